"""An upstream identity in place of the answer (C6): what federation is given, and where the walk opens the account.

No password is sent then: the member sets the own password at once, in the same browser, before anything else (C4).
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from starlette.requests import Request

from idp.accounts.account import Account, Channel, Delivery
from idp.accounts.upstream import UpstreamIdentity
from idp.enrollment.answering import find, save
from idp.enrollment.facts import Answer, Facts
from idp.enrollment.flow import current
from idp.enrollment.issue import owe_confirmation
from idp.enrollment.needs import EnrollmentNeeds
from idp.enrollment.ports import EnrollmentUnit
from idp.enrollment.steps import WALK
from idp.enrollment.steps.proof import REFUSED
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.errors import Conflict
from idp.kernel.ids import digest, new_id, new_secret
from idp.web.cookies import CookieName


class Vouching:
    """See ``federation.needs.Proving``."""

    def __init__(self, needs: EnrollmentNeeds) -> None:
        self._needs = needs

    def waiting(self, unit: EnrollmentUnit, request: Request) -> tuple[str, str | None] | None:
        """Return this browser's enrollment and its member when its question is the one to answer now."""
        facts = self._facts(unit, request)
        return None if facts is None else (facts.enrollment.id, facts.enrollment.member_id)

    def accept(
        self, unit: EnrollmentUnit, request: Request, enrollment_id: str, identity: UpstreamIdentity
    ) -> str | None:
        """Count the question as answered right. Returns the enrollment's new cookie: one noted before opens nothing;
        None when the walk moved on meanwhile. Raises ``Conflict`` when another tab was faster."""
        facts = self._facts(unit, request)
        if facts is None or facts.enrollment.id != enrollment_id or facts.account_is_taken:
            return None
        save(unit, replace(facts.enrollment, answer=Answer.RIGHT, upstream=identity))
        cookie = new_secret()
        unit.enrollments.renew(enrollment_id, digest(cookie))
        return cookie

    def onward(self, *, refused: bool) -> str:
        """Return the path where the walk goes on; after a refusal, its question with a word about it."""
        url = self._needs.shell.url
        if refused:
            return f"{url(WALK.route('step'), slug='verification')}?{urlencode([REFUSED])}"
        return url(WALK.route("resume"))

    def _facts(self, unit: EnrollmentUnit, request: Request) -> Facts | None:
        """Return the facts of an enrollment that stands before its question, where an identity may answer it."""
        cookie = self._needs.shell.cookies.read(request, CookieName.ENROLLMENT)
        facts = find(unit, self._needs, WALK, digest(cookie) if cookie else None)
        if facts is None or not facts.may_be_vouched_for or current(WALK.steps, facts).slug != "verification":
            return None
        return facts


def open_account(unit: EnrollmentUnit, facts: Facts, *, confirm: bool) -> Account:
    """Make the account of a member whom an identity proved: terms accepted, contact kept, no password yet.

    ``confirm`` tells the address on record by a letter. Its delivery is closed from the start: no password is sent.
    Raises ``Conflict`` when the account opened meanwhile.
    """
    enrollment = facts.enrollment
    if enrollment.member_id is None or enrollment.terms is None or enrollment.email is None:
        raise Conflict("the member, the address or the terms are missing")
    account = unit.accounts.lock(unit.accounts.ensure(enrollment.member_id, facts.now).id)
    if account is None or account.opened_at is not None or not account.stands:
        raise Conflict("the account is open")
    unit.accounts.accept_terms(account.id, enrollment.terms)
    unit.accounts.keep_contact(account.id, enrollment.email, enrollment.phone)
    if confirm:
        told = Delivery(
            new_id(), account.id, account.epoch, Channel.EMAIL, enrollment.email, enrollment.phone, facts.now, facts.now
        )
        unit.accounts.owe(told, Answer.RIGHT)
        owe_confirmation(unit, facts.member, told)
    unit.audit.add(AuditEvent(Tag.FEDERATED_ENROLLED, account=account.id, member=account.member_id))
    return account
