"""Owing the provisional password: the one place where a walk ends in a delivery (laws 4 and 6).

By e-mail only after a right answer, an address and the terms. Everything else asks the post for a letter, and whether
the records allow one is decided out of the visitor's sight (``letters``). The secret itself is born at the delivery.
"""

from __future__ import annotations

from dataclasses import replace

from idp.accounts.account import Account, Channel, Delivery
from idp.enrollment.facts import Answer, Enrollment, Facts, Purpose
from idp.enrollment.ports import EnrollmentUnit
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import DAY, Instant
from idp.kernel.effects import Confirmation, LetterAsked, Mail
from idp.kernel.errors import Conflict
from idp.kernel.ids import new_id
from idp.members.member import Member

_MAILS_A_DAY = 10
CONFIRMATIONS_APART = 7 * DAY
TRUSTED_AFTER = 7 * DAY
"""How long an address must have been verified before a forgotten password may go there (design section 5)."""


def issue(unit: EnrollmentUnit, facts: Facts, *, confirm_all: bool) -> Enrollment:
    """Owe one password for this walk and return it finished.

    Raises ``Conflict`` when the account opened meanwhile: there is nothing to enroll any more.
    """
    enrollment = facts.enrollment
    if enrollment.answer is not Answer.RIGHT:
        unit.outbox.put(LetterAsked(enrollment.member_id, enrollment.answer or Answer.NO_QUESTION), facts.now)
        delivery = None
    elif enrollment.upstream is not None:
        return replace(enrollment, finished_at=facts.now)  # nothing is sent: the routes open the account
    elif enrollment.purpose is Purpose.RECOVERY:
        delivery = _recover(unit, facts)
    else:
        delivery = _enroll(unit, facts, confirm_all=confirm_all)
    return replace(
        enrollment,
        finished_at=enrollment.finished_at or facts.now,
        sent_at=facts.now,
        delivery_id=delivery.id if delivery else None,
        sends=enrollment.sends + 1,
    )


def send_again(unit: EnrollmentUnit, facts: Facts) -> Enrollment:
    """Owe another copy of the same delivery (S15); while one is late, it is not asked for twice."""
    delivery, enrollment = facts.delivery, facts.enrollment
    if delivery is None or delivery.closed_at is not None or facts.account_is_taken:
        raise Conflict("the delivery is closed")
    if facts.delayed:
        return enrollment
    copy = enrollment.sends + 1
    _mail(unit, delivery, copy, facts.now)
    unit.audit.add(AuditEvent(Tag.DELIVERY_RESENT, account=delivery.account_id, details={"copy": copy}))
    return replace(enrollment, sends=copy, sent_at=facts.now)


def owe_mail(unit: EnrollmentUnit, member: Member | None, delivery: Delivery, *, confirm: bool) -> None:
    """Owe a first copy by e-mail; ``confirm`` tells the address on record by a letter too, at most one a week."""
    now = delivery.created_at
    unit.accounts.owe(delivery, Answer.RIGHT)
    _mail(unit, delivery, 1, now)
    if confirm:
        owe_confirmation(unit, member, delivery)


def owe_confirmation(unit: EnrollmentUnit, member: Member | None, delivery: Delivery) -> None:
    """Owe a letter that tells the address on record of a delivery, with a code that freezes; at most one a week."""
    now = delivery.created_at
    on_record = member is not None and member.address is not None
    if on_record and not unit.outbox.confirmations(delivery.account_id, now - CONFIRMATIONS_APART):
        unit.outbox.put(Confirmation(delivery.id), now)


def _enroll(unit: EnrollmentUnit, facts: Facts, *, confirm_all: bool) -> Delivery:
    enrollment = facts.enrollment
    if enrollment.member_id is None or enrollment.terms is None or enrollment.email is None:
        raise Conflict("the member, the address or the terms are missing")
    account = unit.accounts.lock(unit.accounts.ensure(enrollment.member_id, facts.now).id)
    if account is None or account.opened_at is not None or not account.stands:
        raise Conflict("the account is open")
    unit.accounts.accept_terms(account.id, enrollment.terms)
    if facts.delivery is not None:
        unit.accounts.close_delivery(facts.delivery.id, facts.now)
    question = enrollment.question
    delivery = _by_email(facts, account, enrollment.email, enrollment.phone, question)
    by_amount = question is not None and not question.about_card
    owe_mail(unit, facts.member, delivery, confirm=confirm_all or by_amount)
    tag = Tag.DELIVERY_OWED if facts.delivery is None else Tag.DELIVERY_CORRECTED
    unit.audit.add(AuditEvent(tag, account=account.id, member=account.member_id, details={"channel": "email"}))
    return delivery


def _recover(unit: EnrollmentUnit, facts: Facts) -> Delivery | None:
    """Owe another password: to the address verified for more than 7 days, else to the one on record. Both are told."""
    account = unit.accounts.lock(facts.account.id) if facts.account else None
    if account is None or (account.opened_at is None and account.stands):
        return None  # nothing to recover: the page leads to enrollment
    unit.audit.add(AuditEvent(Tag.RECOVERY_ASKED, account=account.id, member=account.member_id))
    trusted = account.email_verified_at is not None and account.email_verified_at <= facts.now - TRUSTED_AFTER
    if account.email is None or not trusted or not account.stands:
        unit.outbox.put(LetterAsked(account.member_id, Answer.RIGHT, facts.enrollment.question), facts.now)
        return None
    delivery = _by_email(facts, account, account.email, None, facts.enrollment.question)
    owe_mail(unit, facts.member, delivery, confirm=True)
    return delivery


def _by_email(facts: Facts, account: Account, address: str, phone: str | None, proof: str | None) -> Delivery:
    """Return a delivery by e-mail of the account's epoch."""
    return Delivery(new_id(), account.id, account.epoch, Channel.EMAIL, address, phone, facts.now, proof=proof)


def _mail(unit: EnrollmentUnit, delivery: Delivery, copy: int, now: Instant) -> None:
    """Queue a copy. Above the day's budget of an address or an account it waits for the next day, and is not lost."""
    sent = unit.outbox.mails_since(delivery, now - DAY)
    unit.outbox.put(Mail(delivery.id, copy), now, due_at=now + DAY if sent >= _MAILS_A_DAY else None)
