"""Which question is asked to whom. The record decides, not the profile that was ticked (design section 5)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from idp.kernel.clock import months_before
from idp.members.member import Member, Situation


class Question(StrEnum):
    """What proves that a person is the member they name."""

    VITALE_FRONT = "vitale_front"
    VITALE_BACK = "vitale_back"
    PAYMENT = "payment"
    INVOICE = "invoice"

    @property
    def about_card(self) -> bool:
        """Whether the answer is the serial number of the carte Vitale."""
        return self in (Question.VITALE_FRONT, Question.VITALE_BACK)

    @property
    def months(self) -> int | None:
        """How far back the amounts asked for lie (S8, S10); None for a card, which has no date."""
        return {Question.PAYMENT: 6, Question.INVOICE: 12}.get(self)


def question_for(member: Member) -> Question:
    """Return the question: S10 for an exploitant, else S9 with health rights and a card, else S8.

    A card that is not recorded to bear a photo is read on its back.
    """
    if member.situation is Situation.EXPLOITANT:
        return Question.INVOICE
    if member.health_rights and member.has_card:
        return Question.VITALE_FRONT if member.card_photo else Question.VITALE_BACK
    return Question.PAYMENT


def window(question: Question, today: date) -> tuple[date, date]:
    """Return the first and the last day, both included, of the amounts that answer; ``today`` is Paris's.

    Raises ``ValueError`` for a card, which has no window.
    """
    if question.months is None:
        raise ValueError("a card has no window")
    return months_before(today, question.months), today
