"""The device authorization endpoint (RFC 8628 3.1) and the page on which a member types the device's code (3.3).

No GET changes anything (law 7): the address with the code in it (``verification_uri_complete``) only fills the form in.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.throttle import FREEZE_SOURCE
from idp.kernel.clock import minutes_until, seconds
from idp.kernel.ids import digest, new_secret
from idp.oidc.authorizing import Authorizing, Browser
from idp.oidc.clients import DEVICE_GRANT, Client
from idp.oidc.devices import LIFE, MODE, SECONDS, Device, new_user_code, scopes_asked, user_code_digest
from idp.oidc.endpoints.client_form import ClientForm
from idp.oidc.needs import OidcNeeds
from idp.oidc.ports import OidcUnit
from idp.oidc.protocol import Answer, refusal
from idp.oidc.requests import AuthorizationRequest, Parameters

LONGEST = 40
"""Characters of a typed code that are shown again."""


class DeviceAuthorization:
    """``/oidc/device``."""

    def __init__(self, needs: OidcNeeds) -> None:
        self._needs = needs
        self._form = ClientForm(needs, ("scope", "resource"))

    async def begin(self, request: Request) -> Response:
        """Answer a device."""
        return await self._form.answer(request, self._decide)

    def _decide(self, unit: OidcUnit, client: Client, form: Parameters) -> Answer:
        if not client.may_use(DEVICE_GRANT):
            return refusal(400, "unauthorized_client", "the client did not register this grant type")
        scopes = client.granted(scopes_asked(form.get("scope"), client.metadata.idp_scopes_allowed))
        if "openid" not in scopes:
            return refusal(400, "invalid_scope", "scope must contain openid")
        resource = form.all("resource")
        if not set(resource) <= set(client.metadata.idp_resources):
            return refusal(400, "invalid_target", "resource is not one of this client")
        return self._wait(unit, client, scopes, resource)

    def _wait(self, unit: OidcUnit, client: Client, scopes: tuple[str, ...], resource: tuple[str, ...]) -> Answer:
        """Keep a device that waits, and tell it what to show."""
        now, shell = self._needs.now(), self._needs.shell
        device_code, user_code = new_secret(), new_user_code()
        name = user_code_digest(user_code) or ""
        asked = AuthorizationRequest(
            client_id=client.id,
            redirect_uri="",
            scopes=scopes,
            state=None,
            nonce=None,
            prompt=("consent",),
            max_age=client.metadata.default_max_age,
            code_challenge=None,
            hint_sub=None,
            response_mode=MODE,
            resource=resource,
            device=name,
        )
        unit.devices.add(Device(digest(device_code), name, client.id, asked.to_json(), now, now + LIFE, SECONDS))
        page = shell.issuer.link(shell.url("oidc:device_page"))
        return Answer(
            200,
            {
                "device_code": device_code,
                "user_code": user_code,
                "verification_uri": page,
                "verification_uri_complete": f"{page}?code={user_code}",
                "expires_in": seconds(LIFE),
                "interval": SECONDS,
            },
        )


class DevicePage:
    """GET and POST of ``/appareil``."""

    def __init__(self, needs: OidcNeeds, authorizing: Authorizing) -> None:
        self._needs = needs
        self._shell = needs.shell
        self._authorizing = authorizing

    async def get(self, request: Request) -> Response:
        """Ask for the code."""
        return await self._page(request, request.query_params.get("code", ""))

    async def post(self, request: Request) -> Response:
        """Find the device and go to the dispatcher; a code takes a try of its source before it is looked up."""
        form = await self._shell.form(request)
        typed, t = form.get("code"), self._shell.pages.t
        if not typed.strip():
            return await self._page(request, typed, t("oidc.device.error.missing"))
        if user_code_digest(typed) is None:
            return await self._page(request, typed, t("oidc.device.error.wrong"))
        bucket = "device:source:" + self._shell.sources.of(request)
        free_at = await self._shell.beats.take(lambda: self._needs.attempts.take(bucket, FREEZE_SOURCE))
        if free_at is not None:
            minutes = minutes_until(free_at, self._needs.now())
            response = await self._page(request, typed, t("oidc.device.error.throttled", minutes=minutes), 429)
            response.headers["retry-after"] = str(minutes * 60)
            return response
        browser = Browser(self._needs.session_cookie(request), self._shell.browser(request) or "")
        parked = await self._shell.beats.settle(lambda: self._park(typed, browser))
        if parked is None:
            return await self._page(request, typed, t("oidc.device.error.wrong"))
        await self._shell.beats.take(lambda: self._needs.attempts.give_back(bucket, FREEZE_SOURCE))
        return self._shell.goto("oidc:resume", request=parked)

    def _park(self, typed: str, browser: Browser) -> str | None:
        with self._needs.begin() as unit:
            return self._authorizing.park_device(unit, typed, browser, self._needs.now())

    async def _page(self, request: Request, typed: str, error: str = "", status: int = 422) -> Response:
        return await self._shell.page(
            request,
            "oidc/device.html",
            status=status if error else 200,
            errors={"code": error} if error else {},
            values={"code": typed[:LONGEST]},
        )
