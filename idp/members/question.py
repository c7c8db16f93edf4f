"""Which question is asked to whom. The record decides, not the profile that was ticked (design section 5)."""

from __future__ import annotations

from enum import StrEnum

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


def question_for(member: Member) -> Question:
    """Return the question: S10 for an exploitant, else S9 with health rights and a card, else S8.

    A card that is not recorded to bear a photo is read on its back.
    """
    if member.situation is Situation.EXPLOITANT:
        return Question.INVOICE
    if member.health_rights and member.has_card:
        return Question.VITALE_FRONT if member.card_photo else Question.VITALE_BACK
    return Question.PAYMENT
