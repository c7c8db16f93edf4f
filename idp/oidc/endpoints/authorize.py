"""The authorization endpoint (OpenID Connect Core 3.1.2) and the way back to it after each screen.

A GET is answered at once or parked; a POST is always parked and answered by a GET of the parked id, because a
cross-site POST carries no cookie of ours. The parameters are those of ``oidc.requests.PARAMETERS``.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from idp.kernel.errors import ShownError
from idp.kernel.ids import digest, is_id, new_id, new_secret
from idp.oidc.authorizing import Authorizing, Browser, Done, Restart, Screen
from idp.oidc.devices import MODE as DEVICE_MODE
from idp.oidc.needs import OidcNeeds, request_pairs
from idp.oidc.ports import OidcUnit
from idp.oidc.request_objects import RequestObjects
from idp.oidc.requests import Resolved, ReturnedError
from idp.oidc.responses import authorization_response, see_other
from idp.oidc.session_state import new_session_state
from idp.web.cookies import CookieName

Answer = Done | Screen | Restart


class Authorize:
    """``/oidc/authorize`` and ``/oidc/authorize/{request}``."""

    def __init__(self, needs: OidcNeeds, authorizing: Authorizing) -> None:
        self._needs = needs
        self._shell = needs.shell
        self._authorizing = authorizing
        self._objects = RequestObjects(needs)

    async def ask(self, request: Request) -> Response:
        """Answer a portal's request."""
        sent = await self._objects.resolve(await request_pairs(request))
        if request.method == "POST":
            return await self._posted(request, sent)
        return await self._in_browser(
            request, lambda unit, browser: self._authorizing.answer(unit, sent, browser, self._needs.now())
        )

    async def go_on(self, request: Request) -> Response:
        """Go on with a parked request; a POST is the *cancel* of a page of ours. Raises ``ShownError`` for a foreign
        form."""
        parked_id = str(request.path_params["request"])
        go_on = self._authorizing.resume
        if request.method == "POST":
            form = await self._shell.form(request)
            if form.get("action") != "deny":
                raise ShownError("error.form_expired", 400)
            go_on = self._authorizing.refuse
        if not is_id(parked_id):
            return await self._restart(request, Restart(None))
        return await self._in_browser(
            request, lambda unit, browser: go_on(unit, parked_id, browser, self._needs.now())
        )

    async def _posted(self, request: Request, sent: Resolved) -> Response:
        name = self._shell.browser(request)
        browser = None if name is None else Browser(self._needs.session_cookie(request), name)

        def settle() -> str:
            with self._needs.begin() as unit:
                return self._authorizing.park_posted(unit, sent, browser, self._needs.now())

        try:
            parked_id = await self._shell.beats.settle(settle)
        except ReturnedError as error:
            return self._returned(error)
        return see_other(self._shell.issuer.link(self._shell.url("oidc:resume", request=parked_id)))

    async def _in_browser(self, request: Request, work: Callable[[OidcUnit, Browser], Answer]) -> Response:
        """Settle ``work`` for this browser, which gets its cookie when it has none."""
        known = self._shell.cookies.read(request, CookieName.BROWSER)
        secret = known or new_secret()
        browser = Browser(self._needs.session_cookie(request), digest(secret))

        def settle() -> Answer:
            with self._needs.begin() as unit:
                return work(unit, browser)

        try:
            answer = await self._shell.beats.settle(settle)
        except ReturnedError as error:
            if error.to.mode == DEVICE_MODE:
                raise ShownError("error.device_over", 409) from error
            return self._returned(error)
        if isinstance(answer, Done) and answer.to.mode == DEVICE_MODE:
            return await self._shell.page(request, "oidc/device_done.html", allowed="error" not in answer.params)
        if isinstance(answer, Done):
            return self._done(request, answer)
        if isinstance(answer, Restart):
            return await self._restart(request, answer)
        link = self._shell.issuer.link(f"{self._shell.url(answer.route)}?request={answer.parked}")
        response = see_other(link)
        if not known:
            self._shell.cookies.write(response, CookieName.BROWSER, secret)
        return response

    def _done(self, request: Request, answer: Done) -> Response:
        """Return the answer, where it is offered with the state of the session (Session Management 2)."""
        if not self._needs.offered.session_management or "error" in answer.params:
            return authorization_response(answer.to, self._needs.issuer, answer.params, self._shell.pages)
        known = self._shell.cookies.read(request, CookieName.STATE)
        state = known or new_id()
        told = new_session_state(answer.client_id, answer.to.redirect_uri, state)
        params = {**answer.params, "session_state": told}
        response = authorization_response(answer.to, self._needs.issuer, params, self._shell.pages)
        if known is None:  # signed in before this was offered
            self._shell.cookies.write_state(response, state)
        return response

    async def _restart(self, request: Request, answer: Restart) -> Response:
        return await self._shell.page(request, "signin/restart.html", status=409, portal=answer.portal)

    def _returned(self, error: ReturnedError) -> Response:
        return authorization_response(error.to, self._needs.issuer, error.params, self._shell.pages)
