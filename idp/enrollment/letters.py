"""Whether the records allow a letter: decided by the post's worker, where no visitor can see or time it (S14, law 6).

To the address on record only, at most one in 7 days and three in 90, never burning an earlier one. For an account that
is open already the letter brings another password, and its e-mail address is told at once; for a frozen one it is the
way back.
"""

from __future__ import annotations

from enum import StrEnum

from idp.accounts.account import Account, Channel, Delivery, Vouched
from idp.enrollment.ports import EnrollmentUnit
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import DAY, Instant
from idp.kernel.effects import Kind, Letter, Notice
from idp.kernel.ids import new_id
from idp.members.member import Member

LIMITS = ((7 * DAY, 1), (90 * DAY, 3))


class Withheld(StrEnum):
    """Why no letter leaves."""

    NOBODY = "nobody"
    NO_ADDRESS = "no_address"
    CLOSED = "closed"
    TOO_MANY = "too_many"


def owe_letter(
    unit: EnrollmentUnit, member_id: str | None, reason: str, proof: str | None, now: Instant
) -> Delivery | Withheld:
    """Owe a provisional password by post if the records allow it; either way it is remembered.

    ``reason`` is what became of the question, ``proof`` what was answered right, None when nothing was.
    """
    member = unit.members.get(member_id) if member_id else None
    if member is None or member.left:
        return _withhold(unit, member, Withheld.NOBODY)
    account = unit.accounts.lock(unit.accounts.ensure(member.id, now).id)
    withheld = _reason_against(unit, member, account, proof, now)
    if account is None or withheld is not None:
        return _withhold(unit, member, withheld or Withheld.NOBODY)
    # No phone: what somebody typed who proved nothing never reaches the account of who opens the letter.
    delivery = Delivery(new_id(), account.id, account.epoch, Channel.POST, None, None, now, proof=proof)
    unit.accounts.owe(delivery, reason)
    unit.outbox.put(Letter(delivery.id, 1), now)
    if account.opened_at is not None and account.frozen_at is None and account.email is not None:
        unit.outbox.put(Notice(Kind.RESET_ASKED, account.id), now)
    unit.audit.add(AuditEvent(Tag.DELIVERY_OWED, account=account.id, member=member.id, details={"channel": "post"}))
    return delivery


def _reason_against(
    unit: EnrollmentUnit, member: Member, account: Account | None, proof: str | None, now: Instant
) -> Withheld | None:
    if member.address is None:
        return Withheld.NO_ADDRESS
    if account is None or account.closed_at is not None:
        return Withheld.CLOSED
    since = account.frozen_at or 0  # a freeze burned the letters before it: they do not stand in the way back
    # Three letters that a stranger asked for must not shut out for 90 days whom an agent vouches for.
    limits = LIMITS[:1] if account.frozen_at is not None and proof == Vouched.BY_AGENT else LIMITS
    if any(unit.accounts.letters(account.id, max(now - span, since), now + 1) >= most for span, most in limits):
        return Withheld.TOO_MANY
    return None


def _withhold(unit: EnrollmentUnit, member: Member | None, why: Withheld) -> Withheld:
    unit.audit.add(AuditEvent(Tag.LETTER_WITHHELD, member=member.id if member else None, details={"why": why}))
    return why
