"""A walk through enrollment and recovery without HTTP: their use case, two browsers, the post and what members do.

What must hold after each step stands in ``promises``; here it is checked that everybody is told what they should be.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import update
from starlette.requests import Request

from idp.demo.person import Person
from idp.enrollment import flow
from idp.enrollment.answering import Answered, answer, begin_new, find, go_back
from idp.enrollment.disclosure import Uniform
from idp.enrollment.facts import Answer, Facts, Purpose
from idp.enrollment.flow import current, reachable
from idp.enrollment.steps import WALK
from idp.kernel.clock import HOUR, Instant
from idp.kernel.errors import Conflict
from idp.kernel.ids import new_id
from idp.storage.tables import members
from idp.web.reading import Form
from tests.support.post import Crash
from tests.unit.enrollment.ground import PEPPER, Ground, World
from tests.unit.enrollment.oracle import Expected, Oracle
from tests.unit.enrollment.promises import THIEF, Witness

SLUGS = tuple(step.slug for step in WALK.steps)


class Walk:
    """Two browsers, each on its road; what must hold is checked after every step."""

    def __init__(self, ground: Ground, world: World) -> None:
        ground.prepare(world)
        self.ground, self.world, self.clock = ground, world, ground.clock
        uniform = ground.uniform if world.uniform else None
        self.needs = replace(
            ground.needs, proof_tries=world.tries, confirm_all=world.confirm_all, uniform=uniform
        )
        # Another node, begun when other members were on record: whoever comes back may meet this one.
        self.elsewhere = replace(self.needs, uniform=Uniform(PEPPER, {}) if world.uniform else None)
        self.at: dict[int, str] = {}
        """Browser → cookie."""
        self.roads: dict[int, flow.Walk] = {}
        self._read: dict[int, tuple[object, Facts | None]] = {}
        """Browser → what was read, and of which version of everything."""
        self._stood: dict[int, tuple[object, str]] = {}
        """Browser → what its page depended on, and which page it was."""
        self._hurried = False
        on_record = {member: bool(person.address[0]) for member, person in ground.people.items()}
        self.witness = Witness(ground.database, ground.clock, on_record, confirm_all=world.confirm_all)
        self.oracle = Oracle(ground, self.witness.gone, tries=world.tries, uniform=world.uniform)

    # --- where a browser is -----------------------------------------------------------------------------------------

    def road(self, browser: int) -> flow.Walk:
        """Return what this browser is on: an enrollment unless it began a recovery."""
        return self.roads.get(browser, WALK)

    def facts(self, browser: int) -> Facts | None:
        """Return what another node reads now: neither time nor what others do moves a step."""
        road, cookie = self.road(browser), self.at.get(browser)
        version = (self.witness.store.number, self.clock.now(), road.purpose, cookie)
        if self._read.get(browser, ((), None))[0] == version:
            return self._read[browser][1]
        with self.elsewhere.begin(write=False) as unit:
            facts = find(unit, self.elsewhere, road, cookie)
        if facts is not None:
            assert facts.enrollment.created_at > self.clock.now() - HOUR, "an hour, and it is over"
            slug = current(road.steps, facts).slug
            ended = facts.enrollment.finished_at is not None or facts.enrollment.answer is Answer.NO_WAY
            assert ended or slug != "envoi", "who reads that it is on its way is owed it"
            owed = facts.live_delivery is not None
            state = (facts.enrollment.stamp, facts.account_is_taken, facts.frozen, owed)
            before, stood = self._stood.get(browser, (None, ""))
            assert state != before or slug == stood, "whoever comes back is where they left"
            self._stood[browser] = (state, slug)
        self._read[browser] = (version, facts)
        return facts

    def slug(self, browser: int) -> str:
        """Return the question this browser is at."""
        facts, steps = self.facts(browser), self.road(browser).steps
        return steps[0].slug if facts is None else current(steps, facts).slug

    # --- answering --------------------------------------------------------------------------------------------------

    def go(
        self,
        browser: int,
        slug: str,
        fields: dict[str, str],
        *,
        stale: bool = False,
        down: bool = False,
        meanwhile: Callable[[], None] | None = None,
    ) -> Answered | None:
        """Answer a question as the page's form would; None when another tab was faster or the page is not to be had.

        ``down``: the registry does not answer. ``meanwhile`` happens between the asking and the settling.
        """
        facts, road = self.facts(browser), self.road(browser)
        known, cookie = (facts, self.at[browser]) if facts is not None else (self._blank(road), new_id())
        extra = THIEF if road.purpose is Purpose.RECOVERY else {}
        form = Form([("version", stamp(facts, stale=stale)), *{**extra, **fields}.items()])
        alone = meanwhile is None and not self._hurried
        tables, answered = self.ground.tables, None
        tables.meanwhile, tables.down = self._hurry(meanwhile), down
        try:
            answered = self._answer(road, cookie, known, slug, form)
        except Conflict:
            tables.meanwhile, tables.down = None, False
            in_time = alone and not stale and reachable(road.steps, known, slug)
            assert not in_time or known.account_is_taken, "an answer in time is taken"
        advanced = answered is not None and answered.advanced
        self.witness.after_answer(answered.facts.enrollment if answered is not None and advanced else None)
        if answered is not None and advanced:
            if facts is None:
                self.at[browser], self.roads[browser] = cookie, road
            if self.at.get(browser) == cookie:
                assert self.facts(browser) == answered.facts, "whoever comes back is where they left"
        return answered

    def _blank(self, road: flow.Walk) -> Facts:
        with self.needs.begin(write=False) as unit:
            return begin_new(unit, self.needs, road)

    def _hurry(self, meanwhile: Callable[[], None] | None) -> Callable[[], None] | None:
        """Return what happens while another answer is judged; nothing is promised to who comes second."""
        if meanwhile is None:
            return None

        def hurried() -> None:
            self._hurried = True
            meanwhile()
            self._hurried = False

        return hurried

    def _answer(self, road: flow.Walk, cookie: str, known: Facts, slug: str, form: Form) -> Answered:
        """Take the beats of one POST. Raises ``Conflict``."""
        step, tables = reachable(road.steps, known, slug), self.ground.tables
        if step is None or form.get("version") != known.enrollment.stamp:
            raise Conflict("another tab moved on")
        down, judged = tables.down, slug == "verification"
        expected = self.oracle.expected(known, form, down=down) if judged else Expected(None)
        asked = run(step.ask(self.needs, cast(Request, None), known, form))
        if expected.costs and known.enrollment.holder:
            self.oracle.wrong[known.enrollment.holder].append(self.clock.now())
        tables.do_meanwhile()
        begun = known.enrollment.version > 0
        with self.needs.begin() as unit:
            present = find(unit, self.needs, road, cookie) if begun else known
            if present is None:
                raise Conflict("the enrollment ended meanwhile")
            answered = answer(unit, self.needs, road, present, slug, form, asked)
            if answered.advanced and not begun:
                unit.enrollments.renew(answered.facts.enrollment.id, cookie)
        enrollment = answered.facts.enrollment
        if answered.advanced:
            assert enrollment.version == known.enrollment.version + 1, "one answer to one page"
        if judged:
            frozen_meanwhile = present.question is None and enrollment.answer is Answer.NO_QUESTION
            told = enrollment.answer == expected.answer or frozen_meanwhile or self._hurried
            assert told, "everybody is told what the record says"
            assert enrollment.member_id == known.enrollment.member_id, "the number proven goes on"
        if form.get("nir") and form.get("action") != "not_received":
            self.oracle.check_number(answered, form.get("nir"), down=down)
        return answered

    def right(self, browser: int, slug: str, person: Person) -> dict[str, str]:
        """Return what this person types on a page who has everything at hand."""
        return self.oracle.right(self.facts(browser), slug, person)

    # --- what else happens ------------------------------------------------------------------------------------------

    def back(self, browser: int) -> None:
        """Leave a page without a way on."""
        facts, road = self.facts(browser), self.road(browser)
        cleared = None
        if facts is not None:
            with suppress(Conflict), self.needs.begin() as unit:
                present = find(unit, self.needs, road, self.at.get(browser))
                assert present is not None
                go_back(unit, road, present, Form([("version", stamp(facts))]))
                cleared = facts.enrollment
        self.witness.after_answer(cleared)

    def restart(self, browser: int, road: flow.Walk, *, dropped: bool) -> None:
        """Begin again in this browser, or lose the cookie; what was begun stays in the store."""
        cookie = self.at.pop(browser, None)
        self.roads[browser] = road
        if dropped and cookie:
            with self.needs.begin() as unit:
                unit.enrollments.drop(cookie)
        self.witness.after_others()

    def wait(self, span: Instant) -> None:
        """Let time pass."""
        self.clock.advance(span)
        self.witness.after_answer(None)

    def post(self, *, dies: bool) -> None:
        """The worker of the post works what is due; or it dies after the first job, before it writes it down."""
        with suppress(Crash):
            (self.ground.dying_post if dies else self.ground.post).run_once()
        self.witness.after_post(died=dies)

    def change(self, person: Person) -> None:
        """A member signs in with the newest copy that reached them, and completes the change of password."""
        store, now = self.witness.store, self.clock.now()
        account = store.account_of(self.ground.ids[person])
        live = [copy for copy in store.copies.values() if account and copy.account_id == account.id]
        live = [copy for copy in live if copy.epoch == account.epoch and copy.expires_at > now]
        if not live:
            return
        copy = max(live, key=lambda copy: (copy.created_at, copy.id))
        with self.ground.begin() as unit:
            provisional = unit.accounts.provisional_by_id(copy.id)
            unit.accounts.complete_change(account.id, account.epoch, "argon2id", provisional, now)
        self.witness.after_change(account.id, copy)

    def freeze(self, person: Person) -> None:
        """The code of a confirmation letter shuts this member's account."""
        account = self.witness.store.account_of(self.ground.ids[person])
        if account is not None:
            with self.ground.begin() as unit:
                unit.freezing.freeze(account.id, self.clock.now())
        self.witness.after_others()

    def leave(self, person: Person) -> None:
        """The fund's next file has this member no more."""
        member = self.ground.ids[person]
        self.witness.gone.add(member)
        with self.ground.database.begin() as connection:
            connection.execute(update(members).where(members.c.id == member).values(left_at=self.clock.now()))
        self.witness.after_others()


def stamp(facts: Facts | None, *, stale: bool = False) -> str:
    """Return what the page's form carries, or what it carried one answer before."""
    if facts is None:
        return "0"
    return replace(facts.enrollment, version=facts.enrollment.version - stale).stamp


def run(awaitable: Any) -> Any:
    """Run a coroutine that never waits."""
    try:
        awaitable.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waited")
