"""One use case serves every step: read the facts, let the step decide, save under the version, perform (settle)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from idp.accounts.provisional import MAIL_LIFE
from idp.enrollment.facts import LIFE, Answer, Enrollment, Facts, Purpose
from idp.enrollment.flow import Advance, AskAgain, Leave, Step, Walk, current, forget_after, reachable
from idp.enrollment.issue import CONFIRMATIONS_APART, issue, send_again
from idp.enrollment.needs import EnrollmentNeeds
from idp.enrollment.ports import EnrollmentUnit
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import DAY, MINUTE, Instant
from idp.kernel.errors import Conflict
from idp.kernel.ids import new_id
from idp.web.reading import Form

NOBODY = ""
"""The id of no member and no account."""
PATIENCE = MINUTE
"""After this a mail that has not left is told to be late."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a POST. ``refused`` keeps the same page; otherwise the browser goes where ``leave`` says, or on to
    the current step. ``session``: the cookie of who was proven by an identity and signs in at once."""

    facts: Facts
    refused: AskAgain | None = None
    leave: Leave | None = None
    session: str | None = None

    @property
    def advanced(self) -> bool:
        """The enrollment was saved."""
        return self.refused is None and self.leave is None


def read_facts(unit: EnrollmentUnit, needs: EnrollmentNeeds, enrollment: Enrollment, now: Instant) -> Facts:
    """Read everything the steps decide on.

    Nobody's account is looked for as a member's is: how many questions the store answers tells nothing.
    """
    member = unit.members.get(enrollment.member_id or NOBODY)
    account = unit.accounts.of_member(enrollment.member_id or NOBODY)
    account_id = account.id if account else NOBODY
    ended = enrollment.finished_at or now
    delivery = unit.accounts.delivery(enrollment.delivery_id) if enrollment.delivery_id else None
    return Facts(
        enrollment=enrollment,
        member=member,
        account=account,
        delivery=delivery,
        live_delivery=unit.accounts.live_delivery(account_id, now - MAIL_LIFE, now - needs.letter_days * DAY),
        delayed=delivery is not None and unit.outbox.is_waiting(delivery.id, now - PATIENCE),
        confirmed=unit.outbox.confirmations(account_id, now - CONFIRMATIONS_APART) > 0,
        letter_before=unit.accounts.letters(account_id, ended - 7 * DAY, ended) > 0,
        tries_left=max(0, needs.proof_tries - unit.members.tries_taken(enrollment.holder or NOBODY, now)),
        terms=unit.accounts.current_terms(),
        uniform=needs.uniform is not None,
        vouchers=needs.sign_in is not None and enrollment.purpose is Purpose.ENROLLMENT,
        now=now,
    )


def find(unit: EnrollmentUnit, needs: EnrollmentNeeds, walk: Walk, cookie_digest: str | None) -> Facts | None:
    """Return the facts of the live enrollment a cookie names, or None."""
    now = needs.shell.clock.now()
    enrollment = unit.enrollments.find(cookie_digest, walk.purpose) if cookie_digest else None
    if enrollment is None or enrollment.expires_at <= now:
        return None
    return read_facts(unit, needs, enrollment, now)


def begin_new(unit: EnrollmentUnit, needs: EnrollmentNeeds, walk: Walk, parked_id: str | None = None) -> Facts:
    """Start an enrollment: its row is made with its first answer, never by a GET (law 7). ``parked_id`` names the
    portal's request that waits for it."""
    now = needs.shell.clock.now()
    fresh = Enrollment(new_id(), 0, now, now + LIFE, purpose=walk.purpose, parked_id=parked_id)
    return read_facts(unit, needs, fresh, now)


def answer(
    unit: EnrollmentUnit, needs: EnrollmentNeeds, walk: Walk, facts: Facts, slug: str, form: Form, asked: Any
) -> Answered:
    """Settle one answer. Raises ``Conflict`` when another tab was faster or the step is not to be answered now."""
    step = reachable(walk.steps, facts, slug)
    if step is None or form.get("version") != facts.enrollment.stamp:
        raise Conflict("another tab moved on")
    outcome = step.decide(facts, form, asked)
    match outcome:
        case AskAgain():
            return Answered(facts, refused=outcome)
        case Leave():
            return Answered(facts, leave=outcome)
        case Advance():
            return Answered(_advance(unit, needs, walk, facts, step, outcome))


def go_back(unit: EnrollmentUnit, walk: Walk, facts: Facts, form: Form) -> None:
    """Clear the fact that keeps this enrollment on a page without a way on (S2, S5).

    Raises ``Conflict`` when another tab was faster.
    """
    enrollment, step = facts.enrollment, current(walk.steps, facts)
    if enrollment.answer is not None or form.get("version") != enrollment.stamp:
        raise Conflict("another tab moved on")
    save(unit, step.forget(forget_after(walk.steps, enrollment, step)))


def _advance(
    unit: EnrollmentUnit, needs: EnrollmentNeeds, walk: Walk, facts: Facts, step: Step, outcome: Advance
) -> Facts:
    """Save the new facts, run what needs no question, and perform what was asked."""
    enrollment, issuing = outcome.enrollment, outcome.issue
    if enrollment != facts.enrollment and enrollment.finished_at is None:  # the same answer loses nothing
        enrollment = forget_after(walk.steps, enrollment, step)
    known = read_facts(unit, needs, enrollment, facts.now)
    if current(walk.steps, known).slug == "verification" and not known.can_be_proven:
        enrollment, issuing = replace(enrollment, answer=Answer.NO_QUESTION), True
    if issuing:
        enrollment = issue(unit, replace(known, enrollment=enrollment), confirm_all=needs.confirm_all)
    elif outcome.again:
        enrollment = send_again(unit, known)
    return read_facts(unit, needs, save(unit, enrollment), facts.now)


def save(unit: EnrollmentUnit, enrollment: Enrollment) -> Enrollment:
    """Save the next version and return it. Raises ``Conflict`` when another tab was faster."""
    saved = replace(enrollment, version=enrollment.version + 1)
    if not unit.enrollments.save(saved):
        raise Conflict("another tab was faster")
    if saved.version == 1:
        unit.audit.add(AuditEvent(Tag.ENROLLMENT_STARTED))
    return saved
