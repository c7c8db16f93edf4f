"""A walk through the enrollment without HTTP: its use case over a real database, with what everybody remembers of it.

Two browsers may be on the way at once. What is checked after each step stands in ``Walk.check``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, TypeVar, cast

from sqlalchemy import select
from starlette.requests import Request

from idp.accounts.account import Channel
from idp.enrollment.answering import Answered, answer, begin_new, find, go_back
from idp.enrollment.facts import Answer, Facts
from idp.enrollment.flow import current, reachable
from idp.enrollment.needs import EnrollmentNeeds
from idp.enrollment.steps import STEPS
from idp.kernel.errors import Conflict
from idp.kernel.ids import new_id
from idp.kernel.vault import Pepper, Vault
from idp.storage.attempts import SqlAttempts
from idp.storage.database import Database
from idp.storage.registry import ImportedRegistry
from idp.storage.tables import deliveries, enrollments, outbox
from idp.storage.unit import Unit, units
from idp.web.reading import Form
from idp.web.shell import Shell
from tests.support.clock import FakeClock
from tests.support.house import BACK, CARD, PAYMENT

T = TypeVar("T")
PEOPLE = (CARD, BACK, PAYMENT)
"""Two with a card, and one who cannot be asked."""
SLUGS = tuple(step.slug for step in STEPS)


class Beats:
    """The four beats without threads: an await that never waits."""

    async def settle(self, work: Callable[[], T]) -> T:
        return work()

    take = settle
    ask = settle


@dataclass
class Seen:
    """What is remembered of one enrollment: which member's serial was right, and how it was judged."""

    proven: str | None = None
    judged: Answer | None = None


@dataclass
class Walk:
    """One database, two browsers, and what must hold between any two steps."""

    database: Database
    clock: FakeClock
    needs: EnrollmentNeeds
    members: dict[str, str]
    at: dict[int, str] = field(default_factory=dict)
    """Browser → cookie."""
    seen: defaultdict[str, Seen] = field(default_factory=lambda: defaultdict(Seen))
    """Enrollment → what is remembered of it."""

    def go(self, browser: int, slug: str, fields: dict[str, str], *, stale: bool = False) -> Answered | None:
        """Answer a question as the page's form would; None when another tab was faster or the page is not to be had."""
        facts = self.facts(browser)
        form = Form(list({"version": stamp(facts, stale=stale), **fields}.items()))
        try:
            answered = self._answer(browser, facts, slug, form)
        except Conflict:
            answered = None
        if answered is not None and answered.refused is None and answered.facts is not None:
            assert self.facts(browser) == answered.facts, "whoever comes back is where they left"
        self.check()
        return answered

    def _answer(self, browser: int, facts: Facts | None, slug: str, form: Form) -> Answered:
        if facts is None:
            return self._begin(browser, slug, form)
        step = reachable(STEPS, facts, slug)
        if step is None or form.get("version") != facts.enrollment.stamp:
            raise Conflict("another tab moved on")
        asked = run(step.ask(self.needs, cast(Request, None), facts, form))
        with self.needs.begin() as unit:
            present = find(unit, self.needs, self.at[browser])
            assert present is not None
            answered = answer(unit, self.needs, present, slug, form, asked)
        if slug == "verification" and answered.refused is None and answered.facts is not None:
            given = answered.facts.enrollment.answer
            assert given is not Answer.RIGHT or form.get("answer") == serial_of(facts), "the card proves, nothing else"
            self.seen[facts.enrollment.id] = Seen(facts.enrollment.member_id if given is Answer.RIGHT else None, given)
        return answered

    def _begin(self, browser: int, slug: str, form: Form) -> Answered:
        cookie = new_id()
        with self.needs.begin() as unit:
            answered = answer(unit, self.needs, begin_new(unit, self.needs), slug, form, None)
            if answered.refused is None and answered.facts is not None:
                unit.enrollments.renew(answered.facts.enrollment.id, cookie)
                self.at[browser] = cookie
        return answered

    def back(self, browser: int) -> None:
        """Leave a page without a way on."""
        try:
            with self.needs.begin() as unit:
                facts = find(unit, self.needs, self.at.get(browser))
                if facts is not None:
                    go_back(unit, facts, Form([("version", stamp(facts))]))
        except Conflict:
            pass
        self.check()

    def restart(self, browser: int) -> None:
        """Begin again in this browser; what was begun stays in the store, as with a lost cookie."""
        self.at.pop(browser, None)

    def facts(self, browser: int) -> Facts | None:
        """Return what the store says now."""
        with self.needs.begin(write=False) as unit:
            return find(unit, self.needs, self.at.get(browser))

    def slug(self, browser: int) -> str:
        """Return the question this browser is at."""
        facts = self.facts(browser)
        return "profil" if facts is None else current(STEPS, facts).slug

    def check(self) -> None:
        """What holds after every step, whatever the road."""
        with self.database.begin(write=False) as connection:
            owed = connection.execute(select(deliveries)).mappings().all()
            lanes = {row.delivery_id: row.lane for row in connection.execute(select(outbox))}
            bags = connection.execute(select(enrollments)).mappings().all()
        by_delivery = {bag["delivery_id"]: bag for bag in bags if bag["delivery_id"]}
        assert set(lanes) == {row["id"] for row in owed}, "what is owed is in the outbox, and nothing else"
        for row in owed:
            assert lanes[row["id"]] == ("mail" if row["channel"] == Channel.EMAIL else "letter")
            bag = by_delivery.get(row["id"])
            if bag is None:
                assert row["closed_at"] is not None, "only a corrected delivery is forgotten"
                continue
            assert self.members[row["account_id"]] == bag["member_id"], "owed to the member that was named"
            if row["channel"] == Channel.EMAIL:
                assert row["address"] == bag["email"]
        for bag in bags:
            self._check_bag(bag, by_delivery)
        open_ones = [row["id"] for row in owed if row["closed_at"] is None]
        assert set(open_ones) == set(by_delivery), "one delivery is open for each enrollment that ended in one"

    def _check_bag(self, bag: Any, by_delivery: dict[str, Any]) -> None:
        seen = self.seen[bag["id"]]
        if seen.judged is not None:
            assert bag["answer"] == seen.judged, "an answer is never forgotten"
        if bag["answer"] == Answer.RIGHT:
            assert bag["member_id"] == seen.proven, "the number proven is the number that goes on"
        mailed = bag["delivery_id"] is not None and bag["answer"] == Answer.RIGHT
        if mailed:
            assert bag["email"], "no mail without an address"
            assert bag["mailbox_confirmed_at"] is not None
            assert bag["terms_revision"] is not None, "no mail without the terms"
        if bag["finished_at"] is None:
            assert bag["delivery_id"] is None
        if bag["answer"] in (Answer.WRONG, Answer.NO_QUESTION):
            assert bag["terms_revision"] is None


def stamp(facts: Facts | None, *, stale: bool = False) -> str:
    """Return what the page's form carries, or what it carried one answer before."""
    if facts is None:
        return "0"
    enrollment = facts.enrollment
    return replace(enrollment, version=enrollment.version - stale).stamp


def serial_of(facts: Facts | None) -> str:
    """Return the serial on the card of the member who was named."""
    assert facts is not None
    assert facts.member is not None
    return next(person.serial for person in PEOPLE if person.birth_name == facts.member.birth_name)


def run(awaitable: Any) -> Any:
    """Run a coroutine that never waits."""
    try:
        awaitable.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waited")


def begin_walk(database: Database, clock: FakeClock, pepper: Pepper, vault: Vault) -> Walk:
    """Return a walk over a database that knows the demo's members."""
    begin = units(database, pepper, vault)
    shell = SimpleNamespace(
        clock=clock,
        beats=Beats(),
        sources=SimpleNamespace(of=lambda _request: "walk"),
        pages=SimpleNamespace(contact=SimpleNamespace(phone="03")),
    )
    registry = ImportedRegistry(database, pepper, clock)
    needs = EnrollmentNeeds(cast(Shell, shell), begin, SqlAttempts(database), registry, proof_tries=1, letter_days=20)
    return Walk(database, clock, needs, _Owners(begin))


class _Owners(dict[str, str]):
    """Account → member, asked once."""

    def __init__(self, begin: Callable[..., Any]) -> None:
        super().__init__()
        self._begin = begin

    def __missing__(self, account_id: str) -> str:
        with self._begin(write=False) as unit:
            assert isinstance(unit, Unit)
            account = unit.accounts.get(account_id)
        assert account is not None
        self[account_id] = account.member_id
        return account.member_id
