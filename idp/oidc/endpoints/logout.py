"""The end-session endpoint (OpenID Connect RP-Initiated Logout). Its parameters are those of ``oidc.ending``.

A POST is answered by the same request as a GET: posted from another site it carries no cookie of ours.
"""

from __future__ import annotations

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response

from idp.kernel.tickets import Purpose
from idp.oidc.ending import PARAMETERS, AskFirst, Ended, Target, end
from idp.oidc.frontchannel import frames
from idp.oidc.needs import OidcNeeds, request_pairs
from idp.oidc.requests import Parameters
from idp.oidc.responses import see_other
from idp.web.cookies import CookieName
from idp.web.links import origin, with_params

_LONGEST_TICKET = 4096


class Logout:
    """``/oidc/logout``."""

    def __init__(self, needs: OidcNeeds) -> None:
        self._needs = needs
        self._shell = needs.shell

    async def end(self, request: Request) -> Response:
        """End the session, or ask first."""
        pairs = await request_pairs(request)
        if request.method == "POST":
            # ``logout_hint`` stays behind: a portal may name the member by a number there (law 5).
            known = {name: value for name, value in pairs if name in PARAMETERS and name != "logout_hint"}
            if Parameters(pairs, PARAMETERS).repeated:
                known = {}  # it counts for nothing, as in a GET; one value of the two must not be chosen here
            return see_other(with_params(self._shell.issuer.link(self._shell.url("oidc:logout")), known))
        cookie = self._needs.session_cookie(request)

        def settle() -> tuple[Ended | AskFirst, str | None, tuple[str, ...]]:
            with self._needs.begin() as unit:
                found = end(unit, pairs, cookie, self._needs.issuer, self._needs.keys.verify_own, self._needs.now())
                if isinstance(found, AskFirst) or found.session is None:
                    return found, None, ()
                away = self._needs.upstream.logout_url(unit, found.session, self._onward(found))
                return found, away, frames(unit.clients, found.portals, self._needs.issuer, self._needs.offered)

        outcome, away, loaded = await self._shell.beats.settle(settle)
        if isinstance(outcome, AskFirst):
            return await self._ask(request, outcome.target)
        if loaded and (away or outcome.target):
            response = await self._shell.farewell(request, loaded, away or self._onward(outcome))
        elif away is None:
            response = await self._leave(request, outcome, loaded)
        else:
            response = await self._shell.leave(request, away, self._onward(outcome))
        if outcome.session is not None:
            self._shell.cookies.clear(response, CookieName.SESSION)
        return response

    def _onward(self, outcome: Ended) -> str:
        return self._shell.url("signin:logout") if outcome.target is None else _address(outcome.target)

    async def _leave(self, request: Request, outcome: Ended, frames: tuple[str, ...]) -> Response:
        target = outcome.target
        if target is None:
            return await self._shell.page(request, "signin/signed_out.html", frames=frames, portal=outcome.portal)
        return see_other(_address(target))

    async def _ask(self, request: Request, target: Target | None) -> Response:
        if target is not None:
            ticket = self._shell.tickets.sign(Purpose.LOGOUT, asdict(target))
            if len(ticket) <= _LONGEST_TICKET:
                back = origin(target.uri)
                return await self._shell.page(request, "signin/logout.html", ticket=ticket, form_action=back)
        return await self._shell.page(request, "signin/logout.html", ticket=None)


def _address(target: Target) -> str:
    return with_params(target.uri, {} if target.state is None else {"state": target.state})
