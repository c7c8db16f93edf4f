"""The guarded client: decides whether a request may leave, and gives it its time."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING

import anyio

from idp.kernel.holding import refuse_while_holding
from idp.outbound.addresses import Address, is_public, resolve
from idp.outbound.errors import Refused, TooSlow
from idp.outbound.target import Target, read_target

if TYPE_CHECKING:
    from idp.outbound.exchange import Answered

SECONDS = 6.0
"""The longest whole exchange: name, connection, and the last byte of the answer."""

BODY_BOUND = 64 * 1024
"""Bytes of the longest body that is read."""


class Outbound:
    """Asks other machines, on the event loop.

    A host with an address that is not public (private, loopback, link-local, shared, reserved, multicast, or one
    that carries another inside) is refused, all of it, unless ``allow_private``: the issuer itself is a loopback
    address. ``trusted`` are URLs that the operator configured, such as the fund's registry, which normally lives
    on a private network: their origins may have any address. Plain http never leaves the machine.
    """

    def __init__(self, allow_private: bool, trusted: frozenset[str] = frozenset()) -> None:
        self._allow_private = allow_private
        self._trusted = frozenset(read_target(url).origin for url in trusted)
        self._authorities: ssl.SSLContext | None = None

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        tls: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
        limit: int = BODY_BOUND,
    ) -> Answered:
        """Return the answer, whatever its status. Raises one of ``OutboundError``.

        ``tls`` replaces the machine's certificate authorities and may hold a client certificate; ``seconds`` bounds
        the whole exchange, ``limit`` the bytes of the body.
        """
        # Loads httpx2, which a start does not need (design section 11).
        from idp.outbound.exchange import Asked, exchange

        refuse_while_holding("another machine")
        asked = Asked(method, read_target(url), headers or {}, content, limit)
        try:
            with anyio.fail_after(seconds):
                return await exchange(asked, await self._addresses(asked.target), tls or self._public_trust())
        except TimeoutError:
            raise TooSlow("no whole answer in time") from None

    async def _addresses(self, target: Target) -> tuple[Address, ...]:
        """Return the addresses to connect to. Raises ``Refused`` when one of them is forbidden."""
        addresses = await resolve(target.host, target.port)
        anywhere = self._allow_private or target.origin in self._trusted
        if not anywhere and not all(map(is_public, addresses)):
            raise Refused("the host has an address that is not public")
        if target.scheme == "http" and not all(address.is_loopback for address in addresses):
            raise Refused("plain http would leave this machine")
        return addresses

    def _public_trust(self) -> ssl.SSLContext:
        if self._authorities is None:
            self._authorities = ssl.create_default_context()
        return self._authorities
