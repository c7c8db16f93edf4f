"""The provider's public keys: kept for as long as it suggests, asked again once when none of them fits a token.

Keys are fetched from the address of the metadata alone, never from one that a token's header names (facts 1.11).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from enum import Enum, auto
from typing import Any

import anyio
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from idp.federation.errors import Distrusted, Unavailable
from idp.federation.reading import read_object
from idp.kernel.clock import MINUTE, SECOND, Clock, Instant
from idp.kernel.log import get_logger

KEPT = 10 * MINUTE
"""How long a set of keys is used without asking again."""
WINDOW = MINUTE
"""At most one refetch for keys that do not fit in this time, however many tokens want one."""
COLD_WINDOW = 5 * SECOND
"""The same while no set was ever had."""
MOST_KEYS = 50

_KINDS = {"RS256": "RSA", "ES256": "EC"}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})

PublicKey = RSAKey | ECKey
Fetch = Callable[[], Awaitable[bytes]]


class _Why(Enum):
    """Why a set is fetched; each has its own window, so that a rotation right after a renewal is still met."""

    OLD = auto()
    NO_FIT = auto()


class KeySet:
    """The keys of one algorithm. Kept in memory; every node asks for itself."""

    def __init__(self, fetch: Fetch, algorithm: str, clock: Clock) -> None:
        self._fetch = fetch
        self._algorithm = algorithm
        self._clock = clock
        self._keys: tuple[tuple[str | None, PublicKey], ...] = ()
        self._fetched_at: Instant | None = None
        self._tried_at: dict[_Why, Instant] = {}
        self._lock = anyio.Lock()

    async def find(self, kid: str | None, failed: PublicKey | None = None) -> PublicKey:
        """Return the one key that may have signed: of this id, or the only one when the token names none.

        ``failed`` is the key found before, which did not sign: the provider may have another under the same id by now
        (facts 1.11). Raises ``Unavailable`` when there never was a set, ``Distrusted`` when no key or several fit.
        """
        if self._fetched_at is None or self._fetched_at + KEPT <= self._clock.now():
            await self._renew(_Why.OLD)
        found = self._named(kid)
        if len(found) != 1 or found[0] is failed:
            await self._renew(_Why.NO_FIT)
            found = self._named(kid)
        if len(found) != 1:
            raise Distrusted("no single key of the provider fits the token")
        return found[0]

    def _named(self, kid: str | None) -> list[PublicKey]:
        return [key for name, key in self._keys if kid is None or name == kid]

    async def _renew(self, why: _Why) -> None:
        """Fetch once in a window; who waited for another's fetch uses what it brought. A failure leaves the keys of
        before. Raises ``Unavailable`` when there are none."""
        async with self._lock:
            now = self._clock.now()
            window = COLD_WINDOW if self._fetched_at is None else WINDOW
            if now < self._tried_at.get(why, now - window) + window:
                return self._require()
            self._tried_at[why] = now
            try:
                self._keys = read_keys(await self._fetch(), self._algorithm)
                self._fetched_at = now
            except (Unavailable, Distrusted) as error:
                get_logger().warning("federation.keys_not_renewed", reason=str(error))
            return self._require()

    def _require(self) -> None:
        if self._fetched_at is None:
            raise Unavailable("the provider's keys are not known yet")


def read_keys(body: bytes, algorithm: str) -> tuple[tuple[str | None, PublicKey], ...]:
    """Return the public signature keys of an algorithm, with their ids. Raises ``Distrusted`` for a set that is none.

    A key that is of another kind, meant for encryption, private, or no key at all is left out.
    """
    listed = read_object(body).get("keys")
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise Distrusted("the provider's key set is none")
    found = [(_kid(jwk), key) for jwk in listed if isinstance(jwk, dict) and (key := _read(jwk, algorithm))]
    if not found:
        raise Distrusted("the provider's key set holds no key for the registered algorithm")
    return tuple(found)


def _kid(jwk: Mapping[str, Any]) -> str | None:
    kid = jwk.get("kid")
    return kid if isinstance(kid, str) else None


def _read(jwk: dict[str, Any], algorithm: str) -> PublicKey | None:
    signs = jwk.get("use", "sig") == "sig" and jwk.get("alg") in (None, algorithm)
    if jwk.get("kty") != _KINDS[algorithm] or not signs or not _PRIVATE.isdisjoint(jwk):
        return None
    try:
        if algorithm == "RS256":
            rsa = RSAKey.import_key(jwk)
            return rsa if rsa.public_key.key_size >= 2048 else None
        ec = ECKey.import_key(jwk)
        return ec if ec.curve_name == "P-256" and ec.public_key is not None else None
    except (JoseError, ValueError, TypeError, KeyError):
        return None
