"""The page of the link (``/franceconnect``): make it, see it, end it; each needs a password typed a moment ago."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.accounts.account import Account
from idp.federation.linking import unlink
from idp.federation.needs import FederationNeeds, Told
from idp.federation.ports import FederationUnit
from idp.federation.starting import Starting
from idp.federation.transactions import Link, Purpose
from idp.kernel.errors import IdpError
from idp.members.member import Member
from idp.signin.needs import SPACE, fresh
from idp.signin.policy import Demand, Prompt, clear
from idp.web.pages import Block
from idp.web.reading import Form

_CODE = re.compile(r"[A-Z0-9]{8}\Z")


class Elsewhere(IdpError):
    """Something comes first: a screen of sign-in, by its prompt."""

    def __init__(self, prompt: Prompt) -> None:
        super().__init__(prompt.name)
        self.prompt = prompt


@dataclass(frozen=True, slots=True)
class Here:
    """Who looks at the page, and the link there is."""

    account: Account
    session_id: str
    member: Member | None
    link: Link | None


class LinkCard:
    """GET and POST of ``/franceconnect``."""

    def __init__(self, needs: FederationNeeds, starting: Starting) -> None:
        self._needs = needs
        self._shell = needs.shell
        self._starting = starting

    async def get(self, request: Request) -> Response:
        """Show the link, or what became of the way upstream; what it says then is not worth a password."""
        told = _told(request.query_params.get("fait", ""))
        try:
            here = await self._shell.beats.settle(lambda: self._look(request, self._fresh() if told is None else SPACE))
        except Elsewhere as first:
            return self._needs.signin.screen(first.prompt.route, "franceconnect")
        return await self._shell.page(
            request,
            "federation/link.html",
            form_action=self._shell.form_ends(upstream=True),
            block=Block("signed_in", here.member.display_name if here.member else ""),
            linked_at=here.link.linked_at if here.link else None,
            name=self._needs.name,
            told=told,
            reference=code if _CODE.match(code := request.query_params.get("code", "")) else "–",
        )

    async def post(self, request: Request) -> Response:
        """Set out to link, or end the link."""
        form: Form = await self._shell.form(request)
        match form.get("action"):
            case "unlink":
                return await self._unlink(request)
            case "relink":
                return await self._starting.link(request, Purpose.RELINK)
        return await self._starting.link(request, Purpose.LINK)

    async def _unlink(self, request: Request) -> Response:
        """End the link here, then the session upstream when there is one."""
        onward = f"{self._shell.url('franceconnect:link')}?fait={Told.UNLINKED}"
        issuer, now = self._needs.client.registration.issuer, self._shell.clock.now()

        def settle() -> str | None:
            with self._needs.begin() as unit:
                here = self._here(unit, request, self._fresh())
                away = self._needs.signin.upstream.logout_url(unit, here.session_id, onward)
                unlink(unit, here.account.id, issuer, now)
                return away

        try:
            away = await self._shell.beats.settle(settle)
        except Elsewhere as first:
            return self._needs.signin.screen(first.prompt.route, "franceconnect")
        return RedirectResponse(away or onward, 303)

    def _fresh(self) -> Demand:
        return fresh(self._shell.clock.now())

    def _look(self, request: Request, demand: Demand) -> Here:
        with self._needs.begin(write=False) as unit:
            return self._here(unit, request, demand)

    def _here(self, unit: FederationUnit, request: Request, demand: Demand) -> Here:
        """Return who is here. Raises ``Elsewhere`` when the gate says that something comes first."""
        facts = self._needs.signin.facts(unit, request, demand)
        cleared = clear(facts, self._needs.signin.policy)
        if isinstance(cleared, Prompt):
            raise Elsewhere(cleared)
        account, session = facts.account, facts.session
        if account is None or session is None:  # no receipt without them
            raise LookupError(cleared.account)
        link = unit.upstream.link_for(account.id, self._needs.client.registration.issuer)
        return Here(account, session.id, unit.members.get(account.member_id), link)


def _told(word: str) -> Told | None:
    return Told(word) if word in tuple(Told) else None
