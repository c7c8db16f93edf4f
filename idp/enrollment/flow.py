"""The bag of facts, the shape of a step, and the rule that chooses the next one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from starlette.requests import Request

from idp.accounts.account import Account, Delivery
from idp.accounts.terms import Acceptance, Terms
from idp.enrollment.needs import EnrollmentNeeds
from idp.kernel.clock import MINUTE, Instant
from idp.members.member import Member
from idp.members.question import Question, question_for
from idp.web.reading import Form

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


@dataclass(frozen=True, slots=True)
class Advance:
    """The fact is settled: go on. ``issue`` asks the shell to owe a provisional password, ``again`` another copy."""

    enrollment: Enrollment
    issue: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class AskAgain:
    """The same page with messages: field → (catalogue id, values)."""

    errors: Mapping[str, tuple[str, Mapping[str, object]]]
    status: int = 422


@dataclass(frozen=True, slots=True)
class Leave:
    """Elsewhere, by route name."""

    route: str


Outcome = Advance | AskAgain | Leave


def ask_again(field_name: str, message: str, **values: object) -> AskAgain:
    """Return the outcome of one wrong field."""
    return AskAgain({field_name: (message, values)})


async def nothing_to_ask(_needs: EnrollmentNeeds, _request: Request, _facts: Facts, _form: Form) -> None:
    """Most steps only settle."""


@dataclass(frozen=True)
class Step:
    """One question. ``ask`` is its exchange with the outside (take, then ask), ``decide`` its pure decision over the
    facts, what was typed and what was asked."""

    stage: int
    slug: str
    template: str
    done: Callable[[Facts], bool]
    decide: Callable[[Facts, Form, Any], Outcome]
    forget: Callable[[Enrollment], Enrollment]
    view: Callable[[Facts, Form], dict[str, Any]] = field(default=lambda _facts, _query: {})
    ask: Callable[[EnrollmentNeeds, Request, Facts, Form], Awaitable[Any]] = nothing_to_ask


def current(steps: tuple[Step, ...], facts: Facts) -> Step:
    """Return the first step whose fact is missing; the last one never is done."""
    return next(step for step in steps if not step.done(facts))


def reachable(steps: tuple[Step, ...], facts: Facts, slug: str) -> Step | None:
    """Return the step of this slug when it may be answered now: the current one or an earlier one, but nothing
    before an answered proof: nobody proves one number and then swaps it."""
    places = [step.slug for step in steps]
    if slug not in places:
        return None
    wanted, now = places.index(slug), places.index(current(steps, facts).slug)
    proof = places.index("verification")
    if wanted > now or (facts.enrollment.answer is not None and wanted <= proof):
        return None
    if facts.enrollment.finished_at is not None and slug not in ("envoi", "messagerie"):
        return None
    if facts.enrollment.by_letter and wanted != now:
        return None
    return steps[wanted]


def forget_after(steps: tuple[Step, ...], enrollment: Enrollment, step: Step) -> Enrollment:
    """Clear every fact later than a step: an earlier question was answered again."""
    for later in steps[steps.index(step) + 1 :]:
        enrollment = later.forget(enrollment)
    return enrollment
