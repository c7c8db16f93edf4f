"""Tokens as an attacker makes them, and tokens that bear our own signature over claims we never wrote."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from joserfc import jws
from joserfc.jwk import RSAKey

from idp.kernel.keyring import KeyPurpose
from tests.support.house import Running


def encoded(value: object) -> str:
    """Return a value as a segment of a compact token; bytes go as they are."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(claims: object, **header: Any) -> str:
    """Return a token without a signature, ``alg`` none unless the header says otherwise."""
    return f"{encoded({'alg': 'none', **header})}.{encoded(claims)}."


def signing_key(running: Running) -> tuple[str, RSAKey]:
    """Return the provider's own RS256 key and its id."""
    file = next(key for key in running.house.keys if key.purpose is KeyPurpose.SIGN_RS256)
    return file.kid, RSAKey.import_key(file.material)


def signed(running: Running, claims: object) -> str:
    """Return claims under the provider's own signature."""
    kid, key = signing_key(running)
    return jws.serialize_compact({"alg": "RS256", "kid": kid}, json.dumps(claims).encode(), key, ["RS256"])


def hmac_signed(claims: object, secret: bytes, **header: Any) -> str:
    """Return claims under an HMAC with any secret: libraries refuse to use a public key for one."""
    whole = f"{encoded({'alg': 'HS256', **header})}.{encoded(claims)}"
    return f"{whole}.{encoded(hmac.digest(secret, whole.encode(), hashlib.sha256))}"
