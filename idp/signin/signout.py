"""Sign-out (``/deconnexion``): asks first, then ends this browser's session, and what portals got in it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.tickets import Purpose
from idp.signin.needs import SignInNeeds
from idp.signin.opening import end_session
from idp.web.cookies import CookieName
from idp.web.links import with_params
from idp.web.reading import Form
from idp.web.shell import Shell

_TICKET_SECONDS = 3600


class SignOut:
    """GET and POST of ``/deconnexion``."""

    def __init__(self, needs: SignInNeeds) -> None:
        self._needs = needs
        self._shell: Shell = needs.shell

    async def get(self, request: Request) -> Response:
        """Ask, or say that nobody is signed in any more."""
        here = await self._shell.beats.settle(lambda: self._is_here(request))
        if here:
            return await self._shell.page(request, "signin/logout.html", ticket=None)
        return await self._shell.page(request, "signin/signed_out.html", portal=None)

    async def post(self, request: Request) -> Response:
        """End the session; go back to the portal whose logout request was confirmed, if any."""
        form = await self._shell.form(request)
        onward = self._onward(form)
        upstream, frames = await self._shell.beats.settle(lambda: self._end(request, onward))
        if frames:
            response = await self._shell.farewell(request, frames, upstream or onward)
        elif upstream is not None:
            response = await self._shell.leave(request, upstream, onward)
        else:
            response = RedirectResponse(onward, 303)
        self._shell.cookies.clear(response, CookieName.SESSION)
        return response

    def _is_here(self, request: Request) -> bool:
        with self._needs.begin(write=False) as unit:
            return self._needs.facts(unit, request).member_is_here

    def _onward(self, form: Form) -> str:
        """Return where the way out leads: to the portal whose logout was confirmed, else to our own page."""
        target = self._shell.tickets.read(Purpose.LOGOUT, form.get("ticket"), _TICKET_SECONDS)
        if not isinstance(target, dict):
            return self._shell.url("signin:logout")
        return with_params(target["uri"], {} if target["state"] is None else {"state": target["state"]})

    def _end(self, request: Request, onward: str) -> tuple[str | None, tuple[str, ...]]:
        """End the session here first, whatever others do; returns where to end it upstream, and at portals."""
        now = self._shell.clock.now()
        with self._needs.begin() as unit:
            session = self._needs.facts(unit, request).session
            if session is not None and session.ended_at is None:
                portals = end_session(unit, session.id, now)
                unit.audit.add(AuditEvent(Tag.SIGNED_OUT, account=session.account_id))
                upstream = self._needs.upstream.logout_url(unit, session.id, onward)
                return upstream, self._needs.frames(unit, portals)
            return None, ()
