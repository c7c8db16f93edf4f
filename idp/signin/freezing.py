"""``/securite/gel``: the code of a confirmation letter shuts an account at any hour, without signing in.

It deletes nothing: sign-in, factors and links are suspended, every session and token is worth nothing (the epoch
rises), passwords on their way are burned. A letter opens the account again, or an agent.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from idp.accounts import freeze
from idp.accounts.grammar import Fit
from idp.accounts.throttle import FREEZE_SOURCE
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import minutes_until
from idp.signin.needs import SignInNeeds
from idp.signin.opening import freeze_account
from idp.web.reading import Form
from idp.web.shell import Shell


class Freeze:
    """GET and POST of ``/securite/gel``."""

    def __init__(self, needs: SignInNeeds) -> None:
        self._needs = needs
        self._shell: Shell = needs.shell

    async def get(self, request: Request) -> Response:
        """Ask for the code."""
        return await self._page(request)

    async def post(self, request: Request) -> Response:
        """Use the code up and freeze its account; a code that its own check refuses costs no try."""
        form = await self._shell.form(request)
        t = self._shell.pages.t
        typed = form.get("code")
        if not typed.strip():
            return await self._page(request, t("freeze.error.missing"), form)
        match freeze.fit(typed):
            case Fit.OTHER:
                return await self._page(request, t("freeze.error.shape"), form)
            case Fit.MISTYPED:
                return await self._page(request, t("freeze.error.mistyped"), form)
        source = self._shell.sources.of(request)
        bucket = "freeze:source:" + source
        free_at = await self._shell.beats.take(lambda: self._needs.attempts.take(bucket, FREEZE_SOURCE))
        if free_at is not None:
            minutes = minutes_until(free_at, self._shell.clock.now())
            response = await self._page(request, t("freeze.error.throttled", minutes=minutes), form, status=429)
            response.headers["retry-after"] = str(minutes * 60)
            return response
        if not await self._shell.beats.settle(lambda: self._settle(typed, source)):
            phone = self._shell.pages.contact.phone
            return await self._page(request, t("freeze.error.refused", phone=phone), form)
        await self._shell.beats.take(lambda: self._needs.attempts.give_back(bucket, FREEZE_SOURCE))
        return self._shell.goto("signin:frozen")

    async def done(self, request: Request) -> Response:
        """Say what is shut, and the ways back in."""
        return await self._shell.page(request, "signin/frozen.html")

    def _settle(self, typed: str, source: str) -> bool:
        """Freeze the code's account. A second click on a code that has just worked is told the same."""
        now = self._shell.clock.now()
        digest = freeze.code_digest(typed)
        with self._needs.begin() as unit:
            account = unit.freezing.spend(digest, now)
            if account is None:
                if unit.freezing.keeps_frozen(digest):
                    return True
                unit.audit.add(AuditEvent(Tag.FREEZE_REFUSED, source=source))
                return False
            if freeze_account(unit, account, now):
                unit.audit.add(AuditEvent(Tag.ACCOUNT_FROZEN, account=account, source=source))
            return True

    async def _page(self, request: Request, error: str = "", form: Form | None = None, status: int = 422) -> Response:
        return await self._shell.page(
            request,
            "signin/freeze.html",
            status=status if error else 200,
            errors={"code": error} if error else {},
            values={"code": form.get("code")} if form else {},
        )
