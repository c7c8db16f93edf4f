"""JWS compact serialisation, member by member: the ordinary signature and the wrong ones come from the same place."""

import base64
import json
from collections.abc import Callable
from typing import Any

from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry


def b64(content: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """The reverse of `b64`."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signature(algorithm: str, key: ECKey | RSAKey, text: bytes) -> bytes:
    """Sign `text`."""
    return JWSRegistry.algorithms[algorithm].sign(text, key)


def verified(algorithm: str, key: ECKey | RSAKey, signed: str) -> bool:
    """Whether the last part of `signed` signs what is before it."""
    text, _, last = signed.rpartition(".")
    return JWSRegistry.algorithms[algorithm].verify(text.encode(), unb64(last), key)


def compact(header: dict[str, Any], claims: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """Header, claims, and whatever `sign` makes of them."""
    text = f"{b64(_json(header))}.{b64(_json(claims))}"
    return f"{text}.{b64(sign(text.encode()))}"


def _json(members: dict[str, Any]) -> bytes:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
