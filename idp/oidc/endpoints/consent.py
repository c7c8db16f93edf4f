"""The consent screen (OpenID Connect Core 3.1.2.4): what a portal would be told, *allow* or *cancel*.

*Cancel* is posted to the waiting request itself, like the one of the sign-in page.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.ids import is_id
from idp.oidc.authorizing import Authorizing, Browser, Restart, Waiting
from idp.oidc.consent import CONSENT
from idp.oidc.metadata_rules import is_of_an_api
from idp.oidc.needs import OidcNeeds
from idp.oidc.portals import portal
from idp.oidc.ports import OidcUnit
from idp.signin.policy import clear


class Consenting:
    """GET and POST of ``/autorisation``."""

    def __init__(self, needs: OidcNeeds, authorizing: Authorizing) -> None:
        self._needs = needs
        self._shell = needs.shell
        self._authorizing = authorizing

    async def get(self, request: Request) -> Response:
        """Ask a member whose consent is owed; everybody else goes to the dispatcher."""
        request_id = request.query_params.get("request", "")
        owing = await self._shell.beats.settle(lambda: self._read(request, request_id))
        return await self._answer(request, request_id, owing)

    async def post(self, request: Request) -> Response:
        """Remember that the member allows exactly what was shown."""
        form = await self._shell.form(request)
        request_id, shown = form.get("request"), form.get("words")
        owing = await self._shell.beats.settle(lambda: self._settle(request, request_id, shown))
        return await self._answer(request, request_id, owing)

    def _read(self, request: Request, request_id: str) -> Waiting | None:
        with self._needs.begin() as unit:  # a posted request becomes the first browser's that presents it
            return self._owing(unit, request, request_id)

    def _settle(self, request: Request, request_id: str, shown: str) -> Waiting | None:
        """Allow when what was shown is what is asked. Returns what is still owed."""
        now = self._needs.now()
        with self._needs.begin() as unit:
            owing = self._owing(unit, request, request_id)
            if owing is None or owing.facts.account is None or shown != _words(owing):
                return owing
            account = owing.facts.account.id
            # The word is this member's: whoever signs in next in this browser must not find the request agreed to.
            unit.parked.stamp(owing.parked.id, account, owing.facts.account.epoch)
            unit.consents.remember(account, owing.client.id, owing.facts.demand.asks, now)
            unit.parked.consent(owing.parked.id, now)
            unit.audit.add(AuditEvent(Tag.CONSENT_GIVEN, account=account, client=owing.client.id))
            return None

    def _owing(self, unit: OidcUnit, request: Request, request_id: str) -> Waiting | None:
        """Return the waiting request whose next screen this is."""
        browser = self._shell.browser(request)
        if browser is None or not is_id(request_id):
            return None
        here = Browser(self._needs.session_cookie(request), browser)
        found = self._authorizing.find(unit, request_id, here, self._needs.now())
        if isinstance(found, Restart) or clear(found.facts, self._needs.policy) is not CONSENT:
            return None
        return found

    async def _answer(self, request: Request, request_id: str, owing: Waiting | None) -> Response:
        if owing is None:
            known = is_id(request_id)
            return self._shell.goto("oidc:resume", request=request_id) if known else self._shell.goto("space:home")
        shown = portal(owing.client, owing.asked.redirect_uri)
        return await self._shell.page(
            request,
            "oidc/consent.html",
            form_action=shown.origin,
            portal=shown,
            request_id=request_id,
            words=_words(owing),
            is_device=owing.asked.device is not None,
            asks=[self._shell.pages.t(line) for line in _lines(owing.facts.demand.asks)],
        )


_SHOWN = {
    "openid": "oidc.consent.scope.openid",
    "profile": "oidc.consent.scope.profile",
    "email": "oidc.consent.scope.email",
    "phone": "oidc.consent.scope.phone",
    "address": "oidc.consent.scope.address",
    "preferences": "oidc.consent.scope.preferences",
    "birth": "oidc.consent.scope.birth",
    "offline_access": "oidc.consent.scope.offline_access",
}
"""What a member reads of each scope, in this order."""


def _lines(asks: frozenset[str]) -> list[str]:
    """Return what a member reads of these scopes; those of APIs have one line together."""
    lines = [line for scope, line in _SHOWN.items() if scope in asks]
    return [*lines, "oidc.consent.scope.api"] if any(map(is_of_an_api, asks)) else lines


def _words(owing: Waiting) -> str:
    return " ".join(sorted(owing.facts.demand.asks))
