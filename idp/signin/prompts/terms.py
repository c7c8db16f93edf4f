"""The general conditions at sign-in: first acceptance after a letter, or a new revision."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.account import Account
from idp.accounts.obligations import owes_change, owes_terms
from idp.accounts.terms import Acceptance, Terms
from idp.kernel.audit import AuditEvent, Tag
from idp.signin.needs import Portal, SignInNeeds
from idp.signin.ports import SignInUnit
from idp.web.pages import Block
from idp.web.shell import Shell


@dataclass(frozen=True, slots=True)
class Owing:
    """A member who owes the acceptance of these terms."""

    account: Account
    terms: Terms
    portal: Portal | None


class AcceptTerms:
    """GET and POST of ``/conditions``."""

    def __init__(self, needs: SignInNeeds) -> None:
        self._needs = needs
        self._shell: Shell = needs.shell

    async def get(self, request: Request) -> Response:
        """Show the terms to a member who owes their acceptance; everybody else goes to the dispatcher."""
        request_id = request.query_params.get("request", "")
        owing = await self._shell.beats.settle(lambda: self._read(request, request_id))
        return self._needs.onward(request_id) if owing is None else await self._page(request, request_id, owing, {})

    async def post(self, request: Request) -> Response:
        """Remember the acceptance of exactly what was shown."""
        form = await self._shell.form(request)
        request_id = form.get("request")
        accepted = form.get("accept") != ""
        owing = await self._shell.beats.settle(
            lambda: self._settle(request, request_id, form.get("revision") if accepted else "")
        )
        if owing is None:
            return self._needs.onward(request_id)
        errors = {} if accepted else {"accept": self._shell.pages.t("terms.error.missing")}
        return await self._page(request, request_id, owing, errors)

    def _read(self, request: Request, request_id: str) -> Owing | None:
        with self._needs.begin(write=False) as unit:
            return self._owing(unit, request, request_id)

    def _owing(self, unit: SignInUnit, request: Request, request_id: str) -> Owing | None:
        facts = self._needs.facts(unit, request)
        account, session = facts.account, facts.session
        if not facts.member_is_here or account is None or session is None or owes_change(account, session.amr):
            return None
        if not owes_terms(account, facts.terms_revision):
            return None
        return Owing(account, unit.accounts.current_terms(), self._needs.portal(unit, request, request_id))

    def _settle(self, request: Request, request_id: str, shown: str) -> Owing | None:
        """Accept when the revision shown is the current one. Returns what is still owed."""
        with self._needs.begin() as unit:
            owing = self._owing(unit, request, request_id)
            if owing is None or shown != str(owing.terms.revision):
                return owing
            now = self._shell.clock.now()
            terms = owing.terms
            acceptance = Acceptance(terms.revision, terms.language, terms.digest, now)
            unit.accounts.accept_terms(owing.account.id, acceptance)
            unit.audit.add(
                AuditEvent(Tag.TERMS_ACCEPTED, account=owing.account.id, details={"revision": terms.revision})
            )
            return None

    async def _page(self, request: Request, request_id: str, owing: Owing, errors: dict[str, str]) -> Response:
        return await self._shell.page(
            request,
            "signin/terms.html",
            status=422 if errors else 200,
            block=Block("owing"),
            form_action=owing.portal.origin if owing.portal else "",
            errors=errors,
            first=owing.account.terms_accepted == 0,
            terms=owing.terms,
            request_id=self._needs.kept(request_id, owing.portal),
        )
