"""Tokens that a client must refuse, or must survive."""

import hmac
import json
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc import jwe

from idp.demo.franceconnect import identity
from idp.demo.franceconnect.compact import b64, compact, signature, unb64
from idp.demo.franceconnect.faults import Fault
from idp.demo.franceconnect.state import Grant, Mock

Signer = Callable[[bytes], bytes]
_HALF: Final = 32
"""Bytes of each of the two numbers in an ES256 signature."""


@dataclass(slots=True)
class Draft:
    """A token before it is signed."""

    header: dict[str, Any]
    claims: dict[str, Any]


def tamper(
    mock: Mock, grant: Grant, draft: Draft, fault: Fault, seal: Callable[[str], str]
) -> tuple[str, str]:
    """The token that `fault` makes of `draft`, and its media type. `seal` encrypts, where the level does."""
    words = _words(mock, grant)
    _edit(draft.claims, fault.get("claims", {}), words)
    draft.claims |= dict.fromkeys(fault.get("nulls", ()))
    for name, seconds in fault.get("shift", {}).items():
        draft.claims[name] = draft.claims.get(name, mock.now()) + seconds
    sign = _signer(mock, grant, draft, fault.get("sign"))
    _edit(draft.header, fault.get("header", {}), words)
    shape = fault.get("shape")
    if shape == "json":
        return json.dumps(draft.claims), "application/json"
    return _shaped(mock, seal(compact(draft.header, draft.claims, sign)), shape), "application/jwt"


def _words(mock: Mock, grant: Grant) -> dict[str, str]:
    """What a fault may name by `$…` in its strings."""
    base = mock.issuer.removesuffix("/api/v2")
    return {
        "issuer": mock.issuer,
        "issuer_upper": mock.issuer.replace("localhost", "LOCALHOST"),
        "base": base,
        "client_id": grant.client.client_id,
        "previous_nonce": mock.last_nonce,
        "other_sub": identity.subject(grant.citizen, "another-entity", mock.salt()),
        "random": mock.word(),
    }


def _fill(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, str):
        return string.Template(value).safe_substitute(words)
    if isinstance(value, list):
        return [_fill(one, words) for one in value]
    return value


def _edit(members: dict[str, Any], changes: dict[str, Any], words: dict[str, str]) -> None:
    """Set members, or remove those that `changes` gives as null."""
    for name, value in changes.items():
        if value is None:
            members.pop(name, None)
        else:
            members[name] = _fill(value, words)


def _signer(mock: Mock, grant: Grant, draft: Draft, kind: str | None) -> Signer:
    """How to sign; `draft.header` gets the `alg` and `kid` that this way of cheating would show."""
    algorithm, keys = grant.client.algorithm, mock.keys
    own = keys.of(algorithm)
    stray = keys.stray if algorithm == "ES256" else keys.stray_rsa
    if kind == "none":
        draft.header["alg"] = "none"
    elif kind in ("hs256_secret", "hs256_public"):
        draft.header["alg"] = "HS256"
    elif kind == "rs256":
        draft.header |= {"alg": "RS256", "kid": keys.kids["RS256"]}
    elif kind == "embedded":
        draft.header["jwk"] = stray.as_dict(private=False)
    signers: dict[str | None, Signer] = {
        None: lambda text: signature(algorithm, own, text),
        "none": lambda text: b"",  # noqa: ARG005  # nothing is signed
        # By hand: the library rightly refuses a public key as a secret.
        "hs256_secret": lambda text: hmac.digest(grant.client.client_secret.encode(), text, "sha256"),
        "hs256_public": lambda text: hmac.digest(own.as_pem(private=False), text, "sha256"),
        "rs256": lambda text: signature("RS256", keys.rsa, text),
        "other_key": lambda text: signature(algorithm, stray, text),
        "embedded": lambda text: signature(algorithm, stray, text),
        "der": lambda text: _der(signature(algorithm, own, text)),
        "zero": lambda text: bytes(len(signature(algorithm, own, text))),
        "broken": lambda text: _flipped(signature(algorithm, own, text)),
        "other_signature": lambda text: signature(algorithm, own, text + b"A"),
    }
    return signers[kind]


def _der(raw: bytes) -> bytes:
    return encode_dss_signature(int.from_bytes(raw[:_HALF]), int.from_bytes(raw[_HALF:]))


def _flipped(raw: bytes) -> bytes:
    return raw[:-1] + bytes([raw[-1] ^ 1])


def _shaped(mock: Mock, text: str, shape: str | None) -> str:
    header, _, rest = text.partition(".")
    payload, _, last = rest.partition(".")
    if shape == "jwe":
        return _encrypted(mock, unb64(payload), None)
    if shape == "nested":
        return _encrypted(mock, text.encode(), "JWT")
    if shape == "five_parts":
        return f"{text}.{b64(b'more')}.{b64(b'parts')}"
    if shape == "padded":
        return ".".join(part + "=" * (-len(part) % 4 or 4) for part in (header, payload, last))
    if shape == "whitespace":
        return f" {header}.\n{payload}.{last}\n"
    return text


def _encrypted(mock: Mock, content: bytes, cty: str | None) -> str:
    """A JWE to a key of the mock's own, which no client has."""
    header = {"alg": "ECDH-ES", "enc": "A256GCM", **({"cty": cty} if cty else {})}
    return jwe.encrypt_compact(header, content, mock.keys.stray, algorithms=["ECDH-ES", "A256GCM"])
