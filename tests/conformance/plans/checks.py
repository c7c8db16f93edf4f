"""What the suite checks of tokens, claims and token responses in nearly every module (certification 2.1, 2.2).

OpenID Connect Core 2, 3.1.3, 3.2.2.9, 3.3.2.11, 5.1, 5.3; RFC 6749 5.1 and appendix A; RFC 7517.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

import httpx2
from joserfc import jws, jwt
from joserfc.jwk import KeySet

JsonObject = dict[str, Any]

SKEW = 300
"""Seconds that two clocks may differ."""
FAR = 50 * 365 * 86400
"""Seconds after which an ``exp`` is no sane one."""

_TEXTS = (
    "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
    "website", "email", "gender", "birthdate", "zoneinfo", "locale", "phone_number",
)  # fmt: skip
_BOOLEANS = ("email_verified", "phone_number_verified")
_ADDRESS = {"formatted", "street_address", "locality", "region", "postal_code", "country"}
PROFILE = (
    "name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
    "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at",
)  # fmt: skip
"""The claims of the scope ``profile`` (Core 5.4)."""
_ID_TOKEN = {
    "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "at_hash", "c_hash", "s_hash", "sid",
    "jti",
}  # fmt: skip
"""What an ID token may hold unasked."""
_BIRTHDATE = re.compile(r"((0000|YEAR)-[0-9]{2}-[0-9]{2}|YEAR)\Z".replace("YEAR", "(18[5-9]|19[0-9]|20[0-9])[0-9]"))
"""A date, a date without its year, or a year from 1850 on."""
_TOKEN_CHARACTERS = re.compile(r"[\x20-\x7e]+\Z")
"""RFC 6749 A.12 and A.17."""
_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


def jwks(document: Any) -> KeySet:
    """Return the provider's keys once they are fit to be shown to anybody."""
    keys = document["keys"]
    assert isinstance(keys, list)
    kids = [key["kid"] for key in keys]
    assert len(set(kids)) == len(kids), "a key id names one key"
    for key in keys:
        assert isinstance(key["kid"], str)
        assert key["kid"]
        assert key["kty"] in ("RSA", "EC", "OKP"), "no symmetric key is published"
        assert not _PRIVATE & set(key), "no private member is published"
        needed = {"RSA": {"n", "e"}, "EC": {"crv", "x", "y"}, "OKP": {"crv", "x"}}[key["kty"]]
        assert needed <= set(key)
    return KeySet.import_key_set(document)


def id_token(
    token: str, *, keys: KeySet, issuer: str, client_id: str, now: int, nonce: str | None, algorithm: str = "RS256"
) -> JsonObject:
    """Return the claims of an ID token once all of it holds (Core 3.1.3.7)."""
    header = jws.extract_compact(token.encode()).headers()
    assert header["alg"] == algorithm, "RS256 unless the client registered another"
    assert header.get("kid") in {key.kid for key in keys.keys}, "signed by a key of the JWK set, which it names"
    claims: JsonObject = dict(jwt.decode(token, keys, [algorithm]).claims)
    assert claims["iss"] == issuer
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    assert client_id in audience
    assert len(audience) == 1 or claims.get("azp") == client_id
    for name in ("exp", "iat", "nbf", "auth_time", "updated_at"):
        assert name not in claims or _is_number(claims[name]), f"{name} is a JSON number"
    assert now - SKEW < claims["exp"] < now + FAR
    assert abs(now - claims["iat"]) <= SKEW
    assert claims.get("auth_time", now) <= now + SKEW
    assert claims.get("nonce") == nonce
    for name in ("acr", "azp", "sid"):
        assert name not in claims or (isinstance(claims[name], str) and claims[name].strip())
    assert "amr" not in claims or all(isinstance(each, str) for each in claims["amr"])
    assert isinstance(claims["sub"], str)
    assert 0 < len(claims["sub"]) <= 255
    typed(claims)
    return claims


def half_hash(text: str) -> str:
    """Return what ``at_hash`` and ``c_hash`` hold for an algorithm of SHA-256 (Core 3.1.3.6, 3.3.2.11)."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:16]).rstrip(b"=").decode()


def typed(claims: Mapping[str, Any]) -> None:
    """Judge the types of standard claims, wherever they are told (Core 5.1)."""
    for name in _TEXTS:
        assert name not in claims or _is_text(claims[name]), f"{name} is text and not blank: {claims[name]!r}"
    for name in _BOOLEANS:
        assert name not in claims or isinstance(claims[name], bool), f"{name} is a JSON boolean"
    if "birthdate" in claims:
        _birthdate(claims["birthdate"])
    if "updated_at" in claims:
        assert _is_number(claims["updated_at"])
        assert 0 < claims["updated_at"] < 4_102_444_800, "seconds, not milliseconds"
    if "address" in claims:
        assert isinstance(claims["address"], dict), "address is a JSON object"
        assert set(claims["address"]) <= _ADDRESS
        assert all(_is_text(value) for value in claims["address"].values())


def unasked(claims: Mapping[str, Any], *asked: str) -> set[str]:
    """Return what an ID token holds that nobody asked for."""
    return set(claims) - _ID_TOKEN - set(asked)


def token_response(response: httpx2.Response) -> JsonObject:
    """Return a good token response (RFC 6749 5.1)."""
    assert response.status_code == 200, f"{response.status_code} {response.text}"
    assert response.headers["content-type"].startswith("application/json")
    assert "no-store" in response.headers["cache-control"]
    body: JsonObject = response.json()
    assert body["token_type"].lower() == "bearer"
    assert _TOKEN_CHARACTERS.match(body["access_token"])
    assert _TOKEN_CHARACTERS.match(body.get("refresh_token", "x"))
    expires_in(body)
    return body


def expires_in(body: Mapping[str, Any]) -> None:
    """``expires_in`` is there and a number; the suite warns without it."""
    assert _is_number(body["expires_in"])
    assert body["expires_in"] > 0


def token_error(response: httpx2.Response, *errors: str) -> None:
    """Judge an error of the token endpoint (RFC 6749 5.2)."""
    assert response.status_code == 400, f"{response.status_code} {response.text}"
    assert response.headers["content-type"].startswith("application/json")
    assert response.json()["error"] in errors, response.text


def userinfo(response: httpx2.Response, sub: str) -> JsonObject:
    """Return what userinfo tells as plain JSON about the subject of the ID token (Core 5.3.2)."""
    assert response.status_code == 200, f"{response.status_code} {response.text}"
    assert response.headers["content-type"].partition(";")[0] == "application/json"
    claims: JsonObject = response.json()
    assert claims["sub"] == sub
    typed(claims)
    return claims


def unguessable(secret: str, bits: int = 96) -> None:
    """Judge a code or token: at least 128 bits long, and so many of entropy as can be measured in one value."""
    assert len(secret) * 8 >= 128
    counts = Counter(secret).values()
    entropy = -sum(n * math.log2(n / len(secret)) for n in counts)
    assert entropy >= bits, f"{entropy:.0f} bits measured"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.strip() not in ("", "null")


def _birthdate(value: str) -> None:
    assert _BIRTHDATE.match(value), f"{value} is no birthdate of Core 5.1"
    if len(value) == 10:
        date.fromisoformat(f"2000{value[4:]}" if value.startswith("0000") else value)
