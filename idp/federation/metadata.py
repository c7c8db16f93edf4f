"""What the provider says of itself: its discovery document, or the documented layout while it is silent.

Asked when somebody wants to go there and what is known is old. A callback waits for it only where nothing is known yet,
a logout never.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import anyio

from idp.federation.errors import Distrusted, Unavailable
from idp.federation.profile import Layout
from idp.federation.reading import read_object
from idp.kernel.clock import MINUTE, Clock, Instant, seconds
from idp.kernel.log import get_logger
from idp.outbound.client import Outbound
from idp.outbound.errors import OutboundError
from idp.outbound.target import read_target

if TYPE_CHECKING:
    from idp.outbound.exchange import Answered

KEPT = 10 * MINUTE
"""How long a document is used without asking again: what FranceConnect suggests (facts 1.1)."""
APART = MINUTE
"""A provider that was silent is asked again after this."""
PATIENCE_SECONDS = 3.0

_WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Metadata:
    """Where to go. ``end_session`` is None for a provider without a logout; ``names_issuer``: it promises ``iss`` in
    the callback (RFC 9207)."""

    authorization: str
    token: str
    userinfo: str
    jwks: str
    end_session: str | None
    names_issuer: bool


@dataclass(frozen=True, slots=True)
class Examination:
    """How the provider answers just now, for the operator.

    ``reason``: why it does not answer as it should, None when it does. ``seconds_apart``: how far its clock is
    ahead of ours (negative: behind), as its answer has it; None when it does not say.
    """

    reason: str | None
    seconds_apart: int | None


class Discovery:
    """The provider's metadata, kept in memory."""

    def __init__(self, outbound: Outbound, issuer: str, layout: Layout | None, clock: Clock) -> None:
        self._outbound = outbound
        self._issuer = issuer
        self._clock = clock
        self._known = None if layout is None else laid_out(issuer, layout)
        self._refusal: Distrusted | None = None
        self._ask_again_at: Instant = 0
        self._lock = anyio.Lock()

    @property
    def known(self) -> Metadata | None:
        """What is known without asking anybody."""
        return self._known

    async def current(self) -> Metadata:
        """Return what is known, asked again when it is old.

        Raises ``Distrusted`` for a document that contradicts the configuration, ``Unavailable`` when the provider is
        silent and its layout is not known.
        """
        async with self._lock:
            if self._ask_again_at <= self._clock.now():
                await self._renew()
        if self._refusal is not None:
            raise self._refusal
        if self._known is None:
            raise Unavailable("the provider's metadata are not known yet")
        return self._known

    async def examine(self) -> Examination:
        """Ask now, whatever is known."""
        try:
            answered = await self._outbound.ask("GET", self._issuer + _WELL_KNOWN, seconds=PATIENCE_SECONDS)
            read_metadata(_document(answered), self._issuer)
        except (OutboundError, Distrusted) as error:
            return Examination(str(error), None)
        return Examination(None, _apart(answered.headers.get("date", ""), self._clock.now()))

    async def _renew(self) -> None:
        self._ask_again_at = self._clock.now() + APART
        try:
            answered = await self._outbound.ask("GET", self._issuer + _WELL_KNOWN, seconds=PATIENCE_SECONDS)
        except OutboundError as error:
            get_logger().warning("federation.discovery_silent", reason=str(error))
            return
        try:
            document = _document(answered)
        except Distrusted as error:
            get_logger().warning("federation.discovery_silent", reason=str(error))
            return
        try:
            self._known, self._refusal = read_metadata(document, self._issuer), None
        except Distrusted as refusal:
            self._refusal = refusal
        else:
            self._ask_again_at = self._clock.now() + KEPT


def _apart(date: str, now: Instant) -> int | None:
    """Return how many seconds a ``Date`` header (RFC 9110 6.6.1) is ahead of us."""
    try:
        return int(parsedate_to_datetime(date).timestamp()) - seconds(now)
    except ValueError:
        return None


def laid_out(issuer: str, layout: Layout) -> Metadata:
    """Return the documented endpoints of an issuer."""
    return Metadata(
        authorization=issuer + layout.authorization,
        token=issuer + layout.token,
        userinfo=issuer + layout.userinfo,
        jwks=issuer + layout.jwks,
        end_session=issuer + layout.end_session,
        names_issuer=True,
    )


def _document(answered: Answered) -> Mapping[str, Any]:
    """Return the document of an answer. Raises ``Distrusted`` for one that is none: a page of a proxy says nothing."""
    if answered.status != 200:
        raise Distrusted(f"status {answered.status}")
    return read_object(answered.body)


def read_metadata(document: Mapping[str, Any], issuer: str) -> Metadata:
    """Read a discovery document (OpenID Connect Discovery 4.3). Raises ``Distrusted`` for one that contradicts us."""
    if document.get("issuer") != issuer:
        raise Distrusted("the discovery document is of another issuer than the one configured")
    end_session = document.get("end_session_endpoint")
    return Metadata(
        authorization=_endpoint(document, "authorization_endpoint", issuer),
        token=_endpoint(document, "token_endpoint", issuer),
        userinfo=_endpoint(document, "userinfo_endpoint", issuer),
        jwks=_endpoint(document, "jwks_uri", issuer),
        end_session=None if end_session is None else _endpoint(document, "end_session_endpoint", issuer),
        names_issuer=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _endpoint(document: Mapping[str, Any], name: str, issuer: str) -> str:
    """Return an endpoint, which lies where the issuer does: our secret goes to no other machine."""
    value = document.get(name)
    try:
        same = isinstance(value, str) and read_target(value).origin == read_target(issuer).origin
    except OutboundError:
        same = False
    if not same:
        raise Distrusted(f"the discovery document's {name} is not at the issuer")
    return str(value)
