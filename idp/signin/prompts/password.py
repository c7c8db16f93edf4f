"""The forced change (S17, C4): the member's own password takes the place of the provisional one.

One conditional write raises the epoch, stores the password, burns every copy, opens the account, renews this session
and this browser's waiting requests; whatever else was signed in ends (laws 1 and 4).
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.account import Account
from idp.accounts.obligations import owes_change
from idp.accounts.password import LONGEST, Rule, refusal, unmet
from idp.accounts.provisional import Provisional
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.effects import Kind, Notice
from idp.kernel.errors import Conflict
from idp.members.member import Member
from idp.signin.needs import Portal, SignInNeeds
from idp.signin.opening import end_sessions, renew_after_change
from idp.signin.policy import Facts
from idp.signin.ports import SignInUnit
from idp.web.cookies import CookieName
from idp.web.pages import Block
from idp.web.reading import Form
from idp.web.shell import Shell


@dataclass(frozen=True, slots=True)
class Owing:
    """A member who owes the change, and the words a password of theirs may not contain."""

    account: Account
    personal: tuple[str, ...]
    portal: Portal | None


class ChangePassword:
    """GET and POST of ``/mot-de-passe``."""

    def __init__(self, needs: SignInNeeds) -> None:
        self._needs = needs
        self._shell: Shell = needs.shell

    async def get(self, request: Request) -> Response:
        """Show the page to a member who owes the change; everybody else goes to the dispatcher."""
        request_id = request.query_params.get("request", "")
        owing = await self._shell.beats.settle(lambda: self._owing(request, request_id))
        if owing is None:
            return self._needs.onward(request_id)
        return await self._page(request, request_id, owing, {}, None)

    async def post(self, request: Request) -> Response:
        """Judge the new password and complete the change."""
        form = await self._shell.form(request)
        request_id = form.get("request")
        owing = await self._shell.beats.settle(lambda: self._owing(request, request_id))
        if owing is None:
            return self._needs.onward(request_id)
        new = form.get("new_password")
        errors = self._judge(form, owing)
        if errors:
            return await self._page(request, request_id, owing, errors, new)
        hashed = await self._shell.beats.hash(lambda: self._needs.hasher.hash(new))
        try:
            cookie = await self._shell.beats.settle(lambda: self._settle(request, owing.account.epoch, hashed))
        except Conflict:
            return self._needs.onward(request_id)
        response = self._needs.onward(request_id)
        self._shell.cookies.write(response, CookieName.SESSION, cookie)
        return response

    def _owing(self, request: Request, request_id: str) -> Owing | None:
        with self._needs.begin(write=False) as unit:
            facts = self._needs.facts(unit, request)
            if not _owes(facts) or facts.account is None or facts.session is None:
                return None
            member = unit.members.get(facts.account.member_id)
            used = self._used(unit, facts)
            address = (used.address if used else None) or facts.account.email
            personal = _personal(member, unit.members.nir_of(facts.account.member_id), address)
            return Owing(facts.account, personal, self._needs.portal(unit, request, request_id))

    def _used(self, unit: SignInUnit, facts: Facts) -> Provisional | None:
        used = facts.session.provisional_id if facts.session else None
        return unit.accounts.provisional_by_id(used) if used else None

    def _judge(self, form: Form, owing: Owing) -> dict[str, str]:
        t = self._shell.pages.t
        new, again = form.get("new_password"), form.get("new_password_again")
        errors = {}
        missing = unmet(new)
        if not new:
            errors["new_password"] = t("password.error.missing")
        elif missing:
            listed = ", ".join(t(f"password.rules.{rule}").partition(",")[0] for rule in missing)
            errors["new_password"] = t("password.error.rules", missing=listed)
        elif refused := refusal(new, owing.personal):
            errors["new_password"] = t(f"password.error.{refused}", max=LONGEST)
        elif not again:
            errors["new_password_again"] = t("password.error.again_missing")
        elif again != new:
            errors["new_password_again"] = t("password.error.mismatch")
        return errors

    def _settle(self, request: Request, epoch: int, hashed: str) -> str:
        """Complete the change. Raises ``Conflict`` when this session no longer owes it: another tab was faster."""
        now = self._shell.clock.now()
        with self._needs.begin() as unit:
            facts = self._needs.facts(unit, request)
            session, account = facts.session, facts.account
            if not _owes(facts) or session is None or account is None or account.epoch != epoch:
                raise Conflict("the change is complete already")
            if not unit.accounts.complete_change(account.id, epoch, hashed, self._used(unit, facts), now):
                raise Conflict("the epoch rose meanwhile")
            cookie = renew_after_change(unit, session, epoch + 1, now)
            if cookie is None:
                raise Conflict("the session ended meanwhile")
            end_sessions(unit, account.id, now, but=session.id)
            self._needs.upstream.changed(unit, session, account, now)
            unit.parked.raise_epoch(session.browser, account.id, epoch + 1)
            unit.audit.add(AuditEvent(Tag.PASSWORD_CHANGED, account=account.id, member=account.member_id))
            if account.frozen_at is not None:
                unit.audit.add(AuditEvent(Tag.ACCOUNT_THAWED, account=account.id, member=account.member_id))
            if account.opened_at is not None:
                unit.outbox.put(Notice(Kind.PASSWORD_CHANGED, account.id), now)
            return cookie

    async def _page(
        self, request: Request, request_id: str, owing: Owing, errors: dict[str, str], typed: str | None
    ) -> Response:
        t = self._shell.pages.t
        missing = unmet(typed) if typed else ()
        states = {rule: ("unmet" if rule in missing else "met") if typed else None for rule in Rule}
        ordered = sorted(Rule, key=lambda rule: states[rule] == "met")
        rules = [(t(f"password.rules.{rule}"), states[rule]) for rule in ordered]
        return await self._shell.page(
            request,
            "signin/password.html",
            status=422 if errors else 200,
            block=Block("owing"),
            form_action=owing.portal.origin if owing.portal else "",
            errors=errors,
            rules=rules,
            request_id=self._needs.kept(request_id, owing.portal),
            then_portal=owing.portal.name if owing.portal else None,
        )


def _owes(facts: Facts) -> bool:
    return (
        facts.member_is_here
        and facts.account is not None
        and facts.session is not None
        and owes_change(facts.account, facts.session.amr)
    )


def _personal(member: Member | None, nir: str, address: str | None) -> tuple[str, ...]:
    names = (member.birth_name, member.usage_name or "", *member.given_names.split()) if member else ()
    local = address.partition("@")[0] if address else ""
    return (*names, local, nir)
