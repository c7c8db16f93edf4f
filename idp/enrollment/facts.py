"""What an enrollment knows: the bag of facts that is stored, and everything a step decides on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from idp.accounts.account import Account, Delivery
from idp.accounts.terms import Acceptance, Terms
from idp.accounts.upstream import UpstreamIdentity
from idp.kernel.clock import MINUTE, Instant
from idp.members.member import Member
from idp.members.question import Question

LIFE = 60 * MINUTE


class Profile(StrEnum):
    """S2. The last two end on a page that says how the fund registers them."""

    PARTICULIER = "particulier"
    EXPLOITANT = "exploitant"
    ENTREPRISE = "entreprise"
    AUTRE = "autre"


class Purpose(StrEnum):
    """What a walk is for: a first password, or another one in place of a forgotten one."""

    ENROLLMENT = "enrollment"
    RECOVERY = "recovery"


class Answer(StrEnum):
    """What became of the question. ``NO_QUESTION``: none could be asked, or the member has not the document.
    ``NO_WAY``: the fund enrolls this person neither online nor by post; its contacts follow."""

    RIGHT = "right"
    WRONG = "wrong"
    NO_QUESTION = "no_question"
    NO_WAY = "no_way"


@dataclass(frozen=True, slots=True)
class Enrollment:
    """What is known so far. ``version`` is the optimistic lock between tabs; version 0 has no row yet.

    ``shadow`` is the keyed digest of the number typed, kept where nobody is told whether it is a member's.
    ``question`` is fixed with the number; None: none is possible. ``upstream``: the identity that proved the member in
    place of an answer (C6).
    """

    id: str
    version: int
    created_at: Instant
    expires_at: Instant
    purpose: Purpose = Purpose.ENROLLMENT
    profile: Profile | None = None
    member_id: str | None = None
    shadow: str | None = None
    question: Question | None = None
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
    upstream: UpstreamIdentity | None = None
    parked_id: str | None = None
    """The portal's request that waits meanwhile (``prompt=create``)."""

    @property
    def stamp(self) -> str:
        """What a form carries as its version: of this very enrollment, not of another one begun in a second tab."""
        return f"{self.version}.{self.id[:12]}" if self.version else "0"

    @property
    def holder(self) -> str | None:
        """Whose tries an answer costs: the member's, or those of a number that may be nobody's."""
        return self.member_id or self.shadow

    @property
    def by_letter(self) -> bool:
        """The answer was not right: the password goes by post (S14)."""
        return self.answer is not None and self.answer is not Answer.RIGHT


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a step decides on, read in one unit of work.

    ``live_delivery``: the newest password on its way to this member, if its life is not over. ``delayed``: the last
    mail of this enrollment has not left yet. ``confirmed``: a letter tells of it too. ``letter_before``: a letter left
    in the week before this enrollment ended. ``tries_left``: wrong answers until the letter. ``uniform``: nobody is
    told whether a number is known or enrolled (design section 5). ``vouchers``: an upstream identity may stand for the
    answer.
    """

    enrollment: Enrollment
    member: Member | None
    account: Account | None
    delivery: Delivery | None
    live_delivery: Delivery | None
    delayed: bool
    confirmed: bool
    letter_before: bool
    tries_left: int
    terms: Terms
    uniform: bool
    vouchers: bool
    now: Instant

    @property
    def account_is_taken(self) -> bool:
        """The member has finished a change of password once, or the account does not stand: nobody enrolls (S5)."""
        return self.account is not None and (self.account.opened_at is not None or not self.account.stands)

    @property
    def frozen(self) -> bool:
        """Only a letter, or an agent, opens the account again."""
        return self.account is not None and self.account.frozen_at is not None

    @property
    def question(self) -> Question | None:
        """The question to ask; none that a letter alone can settle, unless everybody must see the same."""
        return None if self.frozen and not self.uniform else self.enrollment.question

    @property
    def is_proven_and_over(self) -> bool:
        """An identity proved the member, and every question is answered: the account opens in this browser."""
        return self.enrollment.upstream is not None and self.enrollment.finished_at is not None

    @property
    def can_be_proven(self) -> bool:
        """There is a question to ask, or another way to prove who it is."""
        return self.question is not None or self.may_be_vouched_for

    @property
    def may_be_vouched_for(self) -> bool:
        """An upstream identity may stand for the answer; only a letter opens a frozen account, of which nobody is told
        where everybody must see the same."""
        return self.vouchers and (self.uniform or not self.frozen)
