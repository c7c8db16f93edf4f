"""The provider's signed answers, checked claim by claim (facts 1.6, 1.7, 4.2; OpenID Connect Core 3.1.3.7, 5.3.2).

The algorithm is the one registered, whatever a header says; a header holds nothing else than it must.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jwe, jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from idp.federation.errors import ClockApart, Distrusted
from idp.federation.keys import PublicKey
from idp.federation.reading import read_object, split_compact
from idp.kernel.clock import SECOND, Instant, seconds

LEEWAY = 30
"""Seconds that two clocks may differ."""

_SIGNED: Final = frozenset({"alg", "kid", "typ"})
_ENCRYPTED: Final = frozenset({"alg", "enc", "cty", "kid", "iss", "aud", "epk", "typ"})
# The header is checked here: FranceConnect+ copies issuer and audience into it, which the library does not know.
_JWE: Final = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"], strict_check_header=False)
_SUB = re.compile(r"[!-~]{1,255}\Z")
_LONGEST_KID = 256

FindKey = Callable[[str | None, PublicKey | None], Awaitable[PublicKey]]
"""Finds the key of an id; told of one that did not sign, it looks for a newer one."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Whose answer it must be and for whom. ``longest``: microseconds it may live."""

    issuer: str
    client_id: str
    algorithm: str
    longest: int


async def read_id_token(
    token: str, expected: Expected, find_key: FindKey, nonce: str, now: Instant
) -> Mapping[str, Any]:
    """Return the claims of an ID token of this very transaction. Raises ``Distrusted``, ``Unavailable``."""
    claims = await _verified(token, expected, find_key)
    _check_common(claims, expected, now)
    told = claims.get("nonce")
    if not isinstance(told, str) or not told.isascii() or not hmac.compare_digest(told, nonce):
        raise Distrusted("the ID token is of another transaction: nonce")
    return claims


async def read_userinfo(
    token: str, expected: Expected, find_key: FindKey, sub: str, now: Instant
) -> Mapping[str, Any]:
    """Return the claims of a signed userinfo answer about this very person. Raises ``Distrusted``, ``Unavailable``."""
    claims = await _verified(token, expected, find_key)
    _check_common(claims, expected, now)
    if "nonce" in claims:
        raise Distrusted("an ID token came as userinfo")
    require_same_sub(claims, sub)
    return claims


def require_same_sub(claims: Mapping[str, Any], sub: str) -> None:
    """OpenID Connect Core 5.3.2: the userinfo's ``sub`` is the ID token's. Raises ``Distrusted``."""
    if claims.get("sub") != sub:
        raise Distrusted("the userinfo is about somebody else: sub")


def decrypted(token: str, private: Mapping[str, ECKey]) -> str:
    """Return the signed token inside one that is encrypted to a key of ours. Raises ``Distrusted``."""
    header, _ = split_compact(token, parts=5)
    kid = header.get("kid")
    key = private.get(kid) if isinstance(kid, str) else None
    if key is None or not _ENCRYPTED.issuperset(header):
        raise Distrusted("a token is not encrypted to a key of ours")
    try:
        plain = jwe.decrypt_compact(token, key, registry=_JWE).plaintext
        return (plain or b"").decode("ascii")
    except (JoseError, ValueError, TypeError, KeyError):  # the library trusts the types of a header's members
        raise Distrusted("a token does not decrypt") from None


async def _verified(token: str, expected: Expected, find_key: FindKey) -> Mapping[str, Any]:
    header, parts = split_compact(token, parts=3)
    kid = header.get("kid")
    if header.get("alg") != expected.algorithm:
        raise Distrusted("a token is signed by another algorithm than the registered one")
    if not _SIGNED.issuperset(header) or not (kid is None or (isinstance(kid, str) and len(kid) <= _LONGEST_KID)):
        raise Distrusted("a token's header holds what it should not")
    key = await find_key(kid, None)
    payload = _signed_by(key, parts, expected.algorithm)
    if payload is None:
        payload = _signed_by(await find_key(kid, key), parts, expected.algorithm)
    if payload is None:
        raise Distrusted("a token's signature is wrong")
    return read_object(payload)


def _signed_by(key: PublicKey, parts: list[str], algorithm: str) -> bytes | None:
    """Return what a key signed; None when it did not."""
    try:
        return jws.deserialize_compact(".".join(parts), key, algorithms=[algorithm]).payload
    except (JoseError, ValueError):
        return None


def _check_common(claims: Mapping[str, Any], expected: Expected, now: Instant) -> None:
    if claims.get("iss") != expected.issuer:
        raise Distrusted("a token is of another issuer: iss")
    if claims.get("aud") not in (expected.client_id, [expected.client_id]):
        raise Distrusted("a token is for another client: aud")
    if claims.get("azp", expected.client_id) != expected.client_id:
        raise Distrusted("a token is for another client: azp")
    sub = claims.get("sub")
    if not isinstance(sub, str) or not _SUB.match(sub):
        raise Distrusted("a token's sub cannot be one")
    _check_time(claims, expected, seconds(now))


def _check_time(claims: Mapping[str, Any], expected: Expected, now: int) -> None:
    """Made in the past, not over, not longer than such a token lives; 30 s of leeway for the clocks."""
    issued, expires = _instant(claims, "iat"), _instant(claims, "exp")
    starts = _instant(claims, "nbf") if "nbf" in claims else issued
    if issued > now + LEEWAY or starts > now + LEEWAY:
        raise ClockApart(max(issued, starts) - now)
    if expires + LEEWAY <= now:
        raise ClockApart(expires - now)
    if not issued < expires <= now + LEEWAY + expected.longest // SECOND:
        raise Distrusted("a token lives longer than its kind does: exp")


def _instant(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**53:
        raise Distrusted(f"a token's {name} is no instant")
    return int(value)
