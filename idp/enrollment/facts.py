"""What an enrollment knows: the bag of facts that is stored, and everything a step decides on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from idp.accounts.account import Account, Delivery
from idp.accounts.terms import Acceptance, Terms
from idp.kernel.clock import MINUTE, Instant
from idp.members.member import Member
from idp.members.question import Question, question_for

LIFE = 60 * MINUTE


class Profile(StrEnum):
    """S2. The last two end on a page that says how the fund registers them."""

    PARTICULIER = "particulier"
    EXPLOITANT = "exploitant"
    ENTREPRISE = "entreprise"
    AUTRE = "autre"


class Answer(StrEnum):
    """What became of the question. ``NO_QUESTION``: none could be asked, or the member has not the document."""

    RIGHT = "right"
    WRONG = "wrong"
    NO_QUESTION = "no_question"


@dataclass(frozen=True, slots=True)
class Enrollment:
    """What is known so far. ``version`` is the optimistic lock between tabs; version 0 has no row yet."""

    id: str
    version: int
    created_at: Instant
    expires_at: Instant
    profile: Profile | None = None
    member_id: str | None = None
    second_door_at: Instant | None = None
    documents_read_at: Instant | None = None
    email: str | None = None
    phone: str | None = None
    answer: Answer | None = None
    mailbox_confirmed_at: Instant | None = None
    terms: Acceptance | None = None
    finished_at: Instant | None = None
    delivery_id: str | None = None
    sends: int = 0
    sent_at: Instant | None = None

    @property
    def stamp(self) -> str:
        """What a form carries as its version: of this very enrollment, not of another one begun in a second tab."""
        return f"{self.version}.{self.id[:12]}" if self.version else "0"

    @property
    def by_letter(self) -> bool:
        """The answer was not right: the password goes by post (S14)."""
        return self.answer is not None and self.answer is not Answer.RIGHT


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a step decides on, read in one unit of work."""

    enrollment: Enrollment
    member: Member | None
    account: Account | None
    delivery: Delivery | None
    live_delivery: bool
    terms: Terms
    now: Instant

    @property
    def account_is_open(self) -> bool:
        """The member has finished a change of password once, or the account is frozen: nobody enrolls (S5)."""
        return self.account is not None and (self.account.opened_at is not None or not self.account.stands)

    @property
    def question(self) -> Question | None:
        """The question for the member on record, when this release can judge it: the card's."""
        question = question_for(self.member) if self.member else None
        return question if question in (Question.VITALE_FRONT, Question.VITALE_BACK) else None
