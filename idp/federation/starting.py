"""Setting out: one transaction, bound to the browser, and the address upstream. Always a POST of ours (law 7)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.accounts.throttle import UPSTREAM_SOURCE
from idp.federation.errors import UpstreamError
from idp.federation.failing import failed
from idp.federation.needs import FederationNeeds
from idp.federation.ports import FederationUnit
from idp.federation.transactions import LIFE, Purpose, Transaction
from idp.kernel.clock import minutes_until
from idp.kernel.ids import digest
from idp.kernel.log import get_logger
from idp.signin.needs import fresh
from idp.signin.policy import Cleared, clear
from idp.web.cookies import CookieName


class Starting:
    """The buttons that lead upstream."""

    def __init__(self, needs: FederationNeeds) -> None:
        self._needs = needs
        self._shell = needs.shell

    async def signin(self, request: Request) -> Response:
        """``POST /franceconnect/connexion``: sign in with an identity that is linked."""
        form = await self._shell.form(request)
        destination = form.get("request")[:64]

        def bound(unit: FederationUnit, blank: Transaction) -> Transaction | None:
            # A demand for a password of ours is met on our own page: going upstream would lead back there.
            demand = self._needs.signin.demand(unit, request, destination)
            return blank if demand.takes_federated else None

        elsewhere = self._needs.signin.screen("signin:login", destination)
        return await self._go(request, Purpose.SIGNIN, destination, bound, elsewhere)

    async def link(self, request: Request, purpose: Purpose) -> Response:
        """Link the account signed in here; its own password was typed a moment ago, or is asked for first."""

        def bound(unit: FederationUnit, blank: Transaction) -> Transaction | None:
            facts = self._needs.signin.facts(unit, request, fresh(self._shell.clock.now()))
            cleared = clear(facts, self._needs.signin.policy)
            if not isinstance(cleared, Cleared) or facts.session is None:
                return None
            return replace(blank, session_id=facts.session.id, account_id=cleared.account, epoch=cleared.epoch)

        elsewhere = self._needs.signin.screen("signin:login", "franceconnect")
        return await self._go(request, purpose, "", bound, elsewhere)

    async def proof(self, request: Request) -> Response:
        """``POST /franceconnect/preuve``: prove who enrolls, in place of the question."""
        await self._shell.form(request)

        def bound(unit: FederationUnit, blank: Transaction) -> Transaction | None:
            waiting = self._needs.proving.waiting(unit, request)
            return None if waiting is None else replace(blank, enrollment_id=waiting[0])

        elsewhere = RedirectResponse(self._needs.proving.onward(refused=False), 303)
        return await self._go(request, Purpose.PROOF, "", bound, elsewhere)

    async def _go(
        self,
        request: Request,
        purpose: Purpose,
        destination: str,
        bound: Callable[[FederationUnit, Transaction], Transaction | None],
        elsewhere: Response,
    ) -> Response:
        """Ask where the provider is, keep the transaction that ``bound`` completes, and redirect; ``elsewhere`` when
        it may not set out."""
        source = self._shell.sources.of(request)
        free_at = await self._shell.beats.take(
            lambda: self._needs.signin.attempts.take(f"upstream:source:{source}", UPSTREAM_SOURCE)
        )
        if free_at is not None:
            get_logger().warning("federation.throttled", source=source)
            response = await failed(self._needs, request, purpose, destination, status=429)
            response.headers["retry-after"] = str(60 * minutes_until(free_at, self._shell.clock.now()))
            return response
        browser = self._shell.cookies.read(request, CookieName.BROWSER) or ""
        state = secrets.token_hex(32)
        try:
            address = await self._needs.client.authorization_url(state, browser)
        except UpstreamError as error:
            get_logger().error("federation.not_started", reason=str(error))
            return await failed(self._needs, request, purpose, destination, status=503)
        now = self._shell.clock.now()
        blank = Transaction(
            state=digest(state),
            browser=digest(browser),
            purpose=purpose,
            issuer=self._needs.client.registration.issuer,
            destination=destination,
            created_at=now,
            expires_at=now + LIFE,
        )

        def settle() -> bool:
            with self._needs.begin() as unit:
                transaction = bound(unit, blank)
                if transaction is not None:
                    unit.upstream.begin(transaction)
                return transaction is not None

        return RedirectResponse(address, 303) if await self._shell.beats.settle(settle) else elsewhere
