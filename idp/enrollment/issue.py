"""Owing the provisional password: the one place where an enrollment ends in a delivery (laws 4 and 6).

By e-mail only after a right answer, an address and the terms; else by post, to the address on record, at most one
letter in 7 days and three in 90. The secret itself is born later, at the delivery.
"""

from __future__ import annotations

from dataclasses import replace

from idp.accounts.account import Account, Channel, Delivery
from idp.enrollment.facts import Answer, Enrollment, Facts
from idp.enrollment.ports import EnrollmentUnit
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import DAY
from idp.kernel.effects import Letter, Mail
from idp.kernel.errors import Conflict
from idp.kernel.ids import new_id

_MAILS_A_DAY = 10
_LETTER_LIMITS = ((7 * DAY, 1), (90 * DAY, 3))


def issue(unit: EnrollmentUnit, facts: Facts, enrollment: Enrollment) -> Enrollment:
    """Owe one password for this enrollment and return it finished.

    Raises ``Conflict`` when the account opened meanwhile: there is nothing to enroll any more.
    """
    if enrollment.member_id is None or facts.member is None:
        raise Conflict("no member is named")
    account = unit.accounts.lock(unit.accounts.ensure(enrollment.member_id, facts.now).id)
    if account is None or account.opened_at is not None or not account.stands:
        raise Conflict("the account is open")
    if enrollment.answer is Answer.RIGHT:
        delivery: Delivery | None = _by_email(unit, facts, enrollment, account)
    else:
        delivery = _by_post(unit, facts, enrollment, account)
    finished = replace(enrollment, finished_at=enrollment.finished_at or facts.now, sent_at=facts.now)
    return replace(finished, delivery_id=delivery.id if delivery else None, sends=enrollment.sends + 1)


def send_again(unit: EnrollmentUnit, facts: Facts, enrollment: Enrollment) -> Enrollment:
    """Owe another copy of the same delivery (S15)."""
    delivery = facts.delivery
    if delivery is None or delivery.closed_at is not None or facts.account_is_open:
        raise Conflict("the delivery is closed")
    copy = enrollment.sends + 1
    _mail(unit, facts, delivery, copy)
    unit.audit.add(AuditEvent(Tag.DELIVERY_RESENT, account=delivery.account_id, details={"copy": copy}))
    return replace(enrollment, sends=copy, sent_at=facts.now)


def _by_email(unit: EnrollmentUnit, facts: Facts, enrollment: Enrollment, account: Account) -> Delivery:
    if enrollment.terms is None or enrollment.email is None:
        raise Conflict("the address or the terms are missing")
    unit.accounts.accept_terms(account.id, enrollment.terms)
    corrected = facts.delivery is not None
    if facts.delivery is not None:
        unit.accounts.close_delivery(facts.delivery.id, facts.now)
    delivery = _delivery(facts, account, Channel.EMAIL, enrollment.email, enrollment.phone)
    unit.accounts.owe(delivery, Answer.RIGHT)
    _mail(unit, facts, delivery, 1)
    tag = Tag.DELIVERY_CORRECTED if corrected else Tag.DELIVERY_OWED
    unit.audit.add(AuditEvent(tag, account=account.id, member=account.member_id, details={"channel": "email"}))
    return delivery


def _mail(unit: EnrollmentUnit, facts: Facts, delivery: Delivery, copy: int) -> None:
    """Queue a copy. Above the day's budget of an address or an account it waits for the next day, and is not lost."""
    sent = unit.outbox.mails_since(delivery, facts.now - DAY)
    unit.outbox.put(Mail(delivery.id, copy), facts.now, due_at=facts.now + DAY if sent >= _MAILS_A_DAY else None)


def _by_post(unit: EnrollmentUnit, facts: Facts, enrollment: Enrollment, account: Account) -> Delivery | None:
    if facts.member is None or facts.member.address is None:
        return None
    if any(unit.accounts.letters_since(account.id, facts.now - span) >= most for span, most in _LETTER_LIMITS):
        return None
    # The phone typed by somebody who proved nothing never reaches the account of who opens the letter.
    delivery = _delivery(facts, account, Channel.POST, None, None)
    unit.accounts.owe(delivery, enrollment.answer or Answer.NO_QUESTION)
    unit.outbox.put(Letter(delivery.id, 1), facts.now)
    unit.audit.add(
        AuditEvent(Tag.DELIVERY_OWED, account=account.id, member=account.member_id, details={"channel": "post"})
    )
    return delivery


def _delivery(facts: Facts, account: Account, channel: Channel, address: str | None, phone: str | None) -> Delivery:
    return Delivery(new_id(), account.id, account.epoch, channel, address, phone, facts.now, None)
