"""The public keys of clients (RFC 7591 2): ``jwks`` by value, or ``jwks_uri``, fetched in the *ask* beat and kept.

A set is kept for ten minutes and asked again at once when a signature fits none of its keys, so that a client may
rotate whenever it likes; but never more often than ``WINDOW`` allows: junk must not make us hammer a portal, nor wait
for one that hangs. Every node asks for itself. What is kept is bounded in number, bytes and time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

import anyio

from idp.kernel.clock import MINUTE, SECOND, Clock, Instant
from idp.kernel.errors import IdpError
from idp.kernel.strict import Malformed, read_object
from idp.oidc.clients import Metadata
from idp.oidc.signed import Signed
from idp.outbound.client import Outbound
from idp.outbound.errors import OutboundError

KEPT: Final = 10 * MINUTE
"""How long a set is used without asking again: so long may a key that was withdrawn still be believed."""
WINDOW: Final = 5 * SECOND
"""One address is asked at most once in this time, whatever comes."""
MOST_SETS: Final = 256
MOST_KEYS: Final = 20

Jwks = tuple[Mapping[str, Any], ...]


class KeysUnknown(IdpError):
    """A client's keys cannot be had. ``str()`` is a reason for the log, without any byte of an answer."""


class ClientKeys:
    """Judges what clients sign. One for the whole process."""

    def __init__(self, outbound: Outbound, clock: Clock) -> None:
        self._outbound = outbound
        self._clock = clock
        self._sets: OrderedDict[str, _Fetched] = OrderedDict()

    async def signed(self, token: Signed, metadata: Metadata) -> bool:
        """Tell whether this client signed. Raises ``KeysUnknown`` when there is nothing to judge by."""
        if metadata.jwks is not None:
            return token.is_signed_by(metadata.jwks["keys"])
        if metadata.jwks_uri is None:
            raise KeysUnknown("the client registered no keys")
        fetched = self._set(metadata.jwks_uri)
        known = await fetched.current()
        if token.is_signed_by(known):
            return True
        newer = await fetched.newer(known)
        return newer is not known and token.is_signed_by(newer)

    def _set(self, url: str) -> _Fetched:
        fetched = self._sets.get(url)
        if fetched is None:
            fetched = self._sets[url] = _Fetched(url, self._outbound, self._clock)
        self._sets.move_to_end(url)
        if len(self._sets) > MOST_SETS:
            self._sets.popitem(last=False)
        return fetched


class _Fetched:
    """What one address answered last."""

    def __init__(self, url: str, outbound: Outbound, clock: Clock) -> None:
        self._url = url
        self._outbound = outbound
        self._clock = clock
        self._keys: Jwks | None = None
        self._fetched_at: Instant = 0
        self._tried_at: Instant | None = None
        self._failure = ""
        self._lock = anyio.Lock()

    async def current(self) -> Jwks:
        """Return a set that is not too old, without waiting for anybody who looks for a newer one. Raises
        ``KeysUnknown``."""
        if self._keys is not None and self._clock.now() < self._fetched_at + KEPT:
            return self._keys
        return await self.newer(self._keys)

    async def newer(self, known: Jwks | None) -> Jwks:
        """Return a set fetched after ``known``, or ``known`` when it is too early to ask. Raises ``KeysUnknown``."""
        async with self._lock:
            if self._keys is known and self._may_ask():
                try:
                    self._keys = await self._asked()
                    self._failure = ""
                except OutboundError as error:
                    self._failure = f"the client's keys could not be fetched: {error}"
                except KeysUnknown as error:
                    self._failure = str(error)
                # Not when it began: who waited for an address that hangs must not ask it again, one after the other.
                self._tried_at = self._clock.now()
            if self._failure or self._keys is None:
                raise KeysUnknown(self._failure)
            return self._keys

    def _may_ask(self) -> bool:
        return self._tried_at is None or self._clock.now() >= self._tried_at + WINDOW

    async def _asked(self) -> Jwks:
        now = self._clock.now()
        answered = await self._outbound.ask("GET", self._url, headers={"accept": "application/json"})
        if answered.status != 200:
            raise KeysUnknown(f"the address of the client's keys answered with status {answered.status}")
        keys = _read(answered.body)
        self._fetched_at = now
        return keys


def _read(body: bytes) -> Jwks:
    """Return the keys of a JWK set (RFC 7517 5). Which of them may verify is decided at each signature."""
    try:
        listed = read_object(body).get("keys")
    except Malformed as error:
        raise KeysUnknown(f"what the address of the client's keys answered {error}") from None
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise KeysUnknown(f"the address of the client's keys answered no set of at most {MOST_KEYS} keys")
    return tuple(jwk for jwk in listed if isinstance(jwk, dict))
