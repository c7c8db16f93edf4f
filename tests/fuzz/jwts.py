"""JWTs as no library makes them: odd headers, odd claims, odd signatures, more or fewer parts."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import strategies as st

from tests.fuzz.judge import CANARY
from tests.fuzz.values import JSON, NOTORIOUS, SCALARS, Values, as_json

KEY = ec.generate_private_key(ec.SECP256R1())
"""The key of the fuzzers' portal; its public half is registered."""


def b64(raw: bytes) -> bytes:
    """Return BASE64URL without padding (RFC 7515 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def public_jwk() -> dict[str, Any]:
    """Return the public half of ``KEY``."""
    numbers = KEY.public_key().public_numbers()
    x, y = (b64(number.to_bytes(32, "big")).decode() for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "fuzz", "use": "sig", "alg": "ES256"}


def signed(header: Mapping[str, Any], payload: bytes, secret: str, how: str) -> bytes:
    """Return a compact JWS over any header and any payload; ``how`` says who signs."""
    covered = b64(as_json(header)) + b"." + b64(payload)
    if how == "secret":
        return covered + b"." + b64(hmac.new(secret.encode(), covered, hashlib.sha256).digest())
    if how == "key":
        r, s = decode_dss_signature(KEY.sign(covered, ec.ECDSA(hashes.SHA256())))
        return covered + b"." + b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return covered + b"." + {"none": b"", "zeros": b64(bytes(64)), "short": b"AA", "text": b"!!!"}[how]


_ALGORITHMS: tuple[Any, ...] = (
    "HS256", "ES256", "RS256", "PS256", "none", "None", "nOnE", "", "EdDSA", "ES256K", "HS512", "dir", "RSA-OAEP",
    "PBES2-HS256+A128KW", "A128KW", None, 1, True, [], {}, ["ES256"], "\ud800", f"<{CANARY}>",
)  # fmt: skip
_HEADERS = st.fixed_dictionaries(
    {"alg": st.sampled_from(_ALGORITHMS)},
    optional={
        "kid": st.one_of(st.sampled_from(("fuzz", "", "../../keys/x", "' OR 1=1", "x" * 5000, "\x00")), SCALARS),
        "crit": st.sampled_from((["b64"], ["exp"], [], "exp", [1], ["x"] * 500, None, {}, ["\ud800"])),
        "b64": st.sampled_from((False, True, 0, "no")),
        "typ": st.sampled_from(("JWT", "at+jwt", "logout+jwt", "", 1, None, [], "client-authentication+jwt")),
        "cty": st.sampled_from(("JWT", 1, None)),
        "enc": st.sampled_from(("A128GCM", "A128CBC-HS256", "", 1, None)),
        "zip": st.sampled_from(("DEF", 1)),
        "p2c": st.sampled_from((10**9, 2**31 - 1, 2**64, -1, "10000000", None)),
        "p2s": st.sampled_from(("AAAAAAAAAAA", 1, None)),
        "epk": st.sampled_from(({}, [], {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"})),
        "jwk": st.one_of(st.just(public_jwk()), SCALARS),
        "jku": st.sampled_from(("http://127.0.0.1:9/jwks", "file:///etc/passwd", 1)),
        "x5u": st.sampled_from(("http://127.0.0.1:9/x5u", 1)),
        "x5c": st.sampled_from((["AA"], [], "AA", [1])),
    },
)


def jwts(good: Mapping[str, Any], secret: str, known: Sequence[str] = ()) -> Values:
    """Return tokens around claims that would be right, signed as the portal could; ``known`` are whole tokens."""
    spoiled = st.fixed_dictionaries({}, optional=dict.fromkeys(good, JSON)).map(lambda wrong: {**good, **wrong})
    right = st.just(dict(good))
    odd_payloads = st.one_of(JSON.map(as_json), st.sampled_from(NOTORIOUS), st.just(b"[" * 3000))
    payloads = st.one_of(right.map(as_json), spoiled.map(as_json), odd_payloads)
    ways = st.sampled_from(("secret", "key", "none", "zeros", "short", "text"))
    whole = st.builds(lambda payload: signed({"alg": "HS256"}, payload, secret, "secret"), payloads)
    keyed = st.builds(
        lambda payload: signed({"alg": "ES256", "kid": "fuzz"}, payload, secret, "key"), spoiled.map(as_json)
    )
    mixed = st.builds(lambda header, payload, how: signed(header, payload, secret, how), _HEADERS, payloads, ways)
    nested = st.builds(lambda inner: signed({"alg": "HS256", "cty": "JWT"}, inner, secret, "secret"), mixed)
    encrypted = st.builds(
        lambda header, count: b64(as_json(header)) + b".AAAA" * count,
        _HEADERS,
        st.sampled_from((0, 1, 2, 3, 4, 5, 900)),
    )
    odd_header = st.builds(
        lambda header: b64(header) + b"." + b64(as_json(dict(good))) + b".AAAA",
        st.one_of(st.sampled_from(NOTORIOUS), JSON.map(as_json), st.just(b'{"alg":' + b"[" * 3000)),
    )
    found: list[Values] = [whole, keyed, mixed, nested, encrypted, odd_header]
    if known:
        tokens = st.sampled_from([token.encode() for token in known])
        found += [tokens, st.builds(_cut, tokens, st.integers(0, 2000), st.binary(max_size=3))]
    return st.one_of(found)


def _cut(token: bytes, at: int, instead: bytes) -> bytes:
    """Replace a few characters of a good token."""
    at %= len(token)
    return token[:at] + instead + token[at + len(instead) :]
