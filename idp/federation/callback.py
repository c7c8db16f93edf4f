"""The way back (``/franceconnect/retour``), the one GET that changes something besides the protocol's own (law 7).

Taken once, checked against its issuer, redeemed with nothing held, settled in one unit of work by its purpose.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.federation.answer import Answer, read_answer
from idp.federation.errors import ClockApart, UpstreamError
from idp.federation.failing import failed
from idp.federation.franceconnect import Returned
from idp.federation.leaving import leaving
from idp.federation.linking import NotLinked, OtherMember, OtherPersonLinked, TakenElsewhere, link
from idp.federation.needs import FederationNeeds, Told
from idp.federation.ports import FederationUnit
from idp.federation.proving import prove
from idp.federation.signing_in import NotLinkedYet, NotSignedIn, sign_in
from idp.federation.transactions import Purpose, Transaction
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.errors import Conflict, ShownError
from idp.kernel.ids import digest
from idp.kernel.log import get_logger
from idp.signin.needs import SPACE
from idp.signin.policy import Cleared, clear
from idp.web.cookies import CookieName
from idp.web.reading import parse_pairs

T = TypeVar("T")


class Callback:
    """``GET /franceconnect/retour``."""

    def __init__(self, needs: FederationNeeds) -> None:
        self._needs = needs
        self._shell = needs.shell

    async def back(self, request: Request) -> Response:
        """Take what came back to the end of its purpose."""
        browser = self._shell.cookies.read(request, CookieName.BROWSER)
        answer = _read(request)
        if answer is None or browser is None or _is_idle(request):
            return await failed(self._needs, request, None)
        state, now = digest(answer.state), self._shell.clock.now()
        transaction = await self._in_unit(lambda unit: unit.upstream.consume(state, digest(browser), now))
        if transaction is None:
            return await failed(self._needs, request, None)
        if answer.aborted:
            return self._turned_back(transaction)
        try:
            back = await self._redeemed(transaction, answer, browser)
        except UpstreamError as error:
            await self._tell_operator(error, transaction)
            return await failed(self._needs, request, transaction.purpose, transaction.destination)
        match transaction.purpose:
            case Purpose.SIGNIN:
                return await self._signed_in(request, transaction, back)
            case Purpose.PROOF:
                return await self._proven(request, transaction, back)
            case Purpose.LINK | Purpose.RELINK:
                return await self._linked(request, transaction, back)

    async def _redeemed(self, transaction: Transaction, answer: Answer, browser: str) -> Returned:
        """Return who came back. Raises ``UpstreamError``."""
        client = self._needs.client
        if transaction.issuer != client.registration.issuer:
            raise UpstreamError("the transaction was begun with another provider")
        if not client.is_named(answer.issuer):
            raise UpstreamError("the callback does not name the provider: iss")
        if answer.code is None:
            raise UpstreamError(f"the provider answered {answer.error}")
        return await client.finish(answer.code, answer.state, browser)

    async def _signed_in(self, request: Request, transaction: Transaction, back: Returned) -> Response:
        source = self._shell.sources.of(request)
        amr, now = self._needs.client.profile.amr, self._shell.clock.now()

        def settle(unit: FederationUnit) -> str | NotSignedIn:
            before = self._needs.signin.facts(unit, request).session
            try:
                return sign_in(unit, before, transaction.browser, back, amr, source, now)
            except NotSignedIn as refused:
                unit.audit.add(AuditEvent(Tag.FEDERATED_REFUSED, source=source, details={"purpose": "signin"}))
                return refused

        found = await self._in_unit(settle)
        if isinstance(found, NotSignedIn):
            get_logger().info("federation.not_signed_in", reason=str(found))
            return await self._not_signed_in(request, transaction, back, found)
        response = self._needs.signin.onward(transaction.destination)
        self._shell.cookies.write(response, CookieName.SESSION, found)
        self._shell.cookies.clear(response, CookieName.ENROLLMENT)
        return response

    async def _not_signed_in(
        self, request: Request, transaction: Transaction, back: Returned, why: NotSignedIn
    ) -> Response:
        """Offer the ways on; the session upstream is still open, and can be ended from the page."""
        login = self._shell.url("signin:login")
        return await self._shell.page(
            request,
            "federation/not_linked.html",
            status=403,
            known=not isinstance(why, NotLinkedYet),
            name=self._needs.name,
            request_id=transaction.destination or None,
            leave=leaving(self._needs.client, self._shell, back.id_token, login),
        )

    async def _linked(self, request: Request, transaction: Transaction, back: Returned) -> Response:
        now = self._shell.clock.now()

        def settle(unit: FederationUnit) -> Told:
            facts = self._needs.signin.facts(unit, request, SPACE)
            cleared = clear(facts, self._needs.signin.policy)
            if not isinstance(cleared, Cleared) or facts.session is None or facts.session.is_federated:
                raise OtherMember("the session is over, or is not of a password")
            made = link(unit, transaction, cleared, facts.session.id, back, now)
            return Told.LINKED if made else Told.ALREADY

        try:
            return self._needs.away(back.id_token, self._page_of(await self._in_unit(settle)))
        except NotLinked as refused:
            told = _TOLD.get(type(refused), Told.NOT_LINKED)
            get_logger().warning("federation.not_linked", told=told, reason=str(refused))
        event = AuditEvent(Tag.FEDERATED_REFUSED, account=transaction.account_id, details={"purpose": "link"})
        await self._in_unit(lambda unit: unit.audit.add(event))
        # The page comes after the upstream logout, in another request: it names the one that the log tells of.
        return self._needs.away(back.id_token, f"{self._page_of(told)}&code={request.scope['state']['reference']}")

    def _page_of(self, told: Told) -> str:
        return f"{self._shell.url('franceconnect:link')}?fait={told}"

    async def _proven(self, request: Request, transaction: Transaction, back: Returned) -> Response:
        try:
            cookie = await self._in_unit(lambda unit: prove(unit, self._needs.proving, request, transaction, back))
        except Conflict:
            cookie = None
        response = self._needs.away(back.id_token, self._needs.proving.onward(refused=cookie is None))
        if cookie is not None:
            self._shell.cookies.write(response, CookieName.ENROLLMENT, cookie)
        return response

    def _turned_back(self, transaction: Transaction) -> Response:
        """Nothing failed: the person turned back upstream, and is where they were."""
        match transaction.purpose:
            case Purpose.SIGNIN:
                return self._needs.signin.screen("signin:login", transaction.destination)
            case Purpose.PROOF:
                return RedirectResponse(self._needs.proving.onward(refused=False), 303)
            case Purpose.LINK | Purpose.RELINK:
                return self._shell.goto("franceconnect:link")

    async def _tell_operator(self, error: UpstreamError, transaction: Transaction) -> None:
        """Log why it failed; a clock that is wrong concerns everybody (facts 4.2, 42)."""
        if isinstance(error, ClockApart):
            get_logger().error("federation.clock", seconds_apart=error.seconds_apart)
        kind = type(error).__name__
        get_logger().warning("federation.failed", kind=kind, reason=str(error), purpose=transaction.purpose)
        event = AuditEvent(Tag.FEDERATED_FAULT, details={"reason": str(error), "purpose": transaction.purpose})
        await self._in_unit(lambda unit: unit.audit.add(event))

    async def _in_unit(self, work: Callable[[FederationUnit], T]) -> T:
        """Settle ``work`` in one unit of work of its own."""

        def settle() -> T:
            with self._needs.begin() as unit:
                return work(unit)

        return await self._shell.beats.settle(settle)


_TOLD = {TakenElsewhere: Told.TAKEN, OtherPersonLinked: Told.OTHER_PERSON}


def _read(request: Request) -> Answer | None:
    """Return the answer of a callback's query, None when it cannot be read."""
    try:
        return read_answer(parse_pairs(request.url.query.encode("ascii", "replace")))
    except ShownError:
        return None


def _is_idle(request: Request) -> bool:
    """A look ahead is no visit: neither HEAD nor a prefetch uses anything up."""
    hints = (request.headers.get("sec-purpose", ""), request.headers.get("purpose", ""))
    return request.method == "HEAD" or any("prefetch" in hint for hint in hints)
