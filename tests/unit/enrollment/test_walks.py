"""Random walks through enrollment and recovery: two browsers, any order, back buttons, stale pages, hours of waiting.

What holds between any two steps is in ``promises`` and ``walking``. Counts: ``tests/budget.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from idp.demo.person import Person
from idp.enrollment import recovery
from idp.enrollment.facts import Answer
from idp.enrollment.steps import WALK
from idp.kernel.clock import DAY, HOUR, MINUTE
from idp.members.nir import Nir
from idp.members.question import Question
from tests.support.house import BACK, CARD, FARMER, PAYMENT
from tests.unit.enrollment.ground import KNOWN, NAMED, NOBODIES, REFUSED, Before, Ground, World
from tests.unit.enrollment.oracle import UNREADABLE, WRONG
from tests.unit.enrollment.walking import SLUGS, Walk

BUDGET = tomllib.loads((Path(__file__).parents[2] / "budget.toml").read_text("utf-8"))["walks"]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    made = Ground(tmp_path_factory.mktemp("members"))
    yield made
    made.database.close()


@dataclass(frozen=True)
class Move:
    """One thing that somebody does; what is typed depends on the page they are at. ``odd`` is how well they do it."""

    kind: str
    browser: int
    who: int
    odd: int
    slug: str
    span: int

    def make(self, walk: Walk) -> None:
        match self.kind:
            case "restart" | "recover":
                road = WALK if self.kind == "restart" else recovery.WALK
                walk.restart(self.browser, road, dropped=self.odd % 2 == 0)
            case "again":
                self._enroll_again(walk)
            case "wait":
                walk.wait(self.span)
            case "post" | "crash":
                walk.post(dies=self.kind == "crash")
            case "change":
                walk.change(self.person(walk))
            case "freeze":
                walk.freeze(self.person(walk))
            case "leave":
                walk.leave(self.person(walk))
            case _:
                self._answer(walk)

    def _answer(self, walk: Walk) -> None:
        browser, here = self.browser, walk.slug(self.browser)
        match self.kind:
            case "on":
                walk.go(browser, here, self.typed(walk, here), down=self.odd == 12)
            case "jump":
                walk.go(browser, self.slug, self.typed(walk, self.slug))
            case "stale":
                walk.go(browser, here, self.typed(walk, here), stale=True)
            case "hurry":
                other = replace(self, kind=HURRIED[self.odd % len(HURRIED)], odd=0)
                walk.go(browser, here, walk.right(browser, here, self.person(walk)), meanwhile=lambda: other.make(walk))
            case "correct":
                walk.go(browser, "messagerie", {"email": REFUSED if self.odd < 4 else f"c{self.odd}@courriel.example"})
            case "back":
                walk.back(browser)

    def _enroll_again(self, walk: Walk) -> None:
        """Somebody comes again for the same member, up to the question."""
        walk.restart(self.browser, recovery.WALK if self.odd % 3 else WALK, dropped=False)
        for _ in range(5):
            here = walk.slug(self.browser)
            if here not in ("verification", "envoi"):
                walk.go(self.browser, here, walk.right(self.browser, here, self.person(walk)))

    def person(self, walk: Walk) -> Person:
        return walk.world.cast[self.who % 2]

    def typed(self, walk: Walk, slug: str) -> dict[str, str]:
        """Return what is typed on a page; mostly right."""
        odd, person = self.odd, self.person(walk)
        match slug:
            case "profil" if odd > 7:
                return {"profile": ("exploitant", "entreprise", "autre", "x", "")[odd - 8]}
            case "identifiant" | "numero" if odd > 7:
                number = walk.world.nobody
                return ({"nir": number}, {"nir": number}, {"nir": "12"}, {"action": "not_received"}, {})[odd - 8]
            case "coordonnees" if odd > 4:
                email = f"a{odd}@courriel.example" if odd < 7 else REFUSED
                return {"email": "a@" if odd == 10 else email, "phone": "12" if odd == 11 else "0639981234"}
            case "verification" if odd in (7, 11):
                return {"answer": person.answer} if odd == 7 else {"action": "by_post"}
            case "verification" if odd in (6, 8, 9, 10):
                old = walk.oracle.old(walk.facts(self.browser))
                return {"answer": {6: old, 8: WRONG[True], 9: WRONG[False], 10: UNREADABLE}[odd]}
            case "messagerie" if odd > 7:
                return {"email": "b@" if odd == 10 else f"b{odd}@courriel.example"}
            case "conditions" if odd > 9:
                return {"accept": "yes", "revision": "2"} if odd == 10 else {"revision": "1"}
            case "envoi" if odd > 7:
                return {"action": ("correct", "")[odd % 2]}
        return walk.right(self.browser, slug, person)


KINDS = [
    *["on"] * 18, "jump", "jump", "stale", "hurry", "hurry", "hurry", "correct", "back", "restart", "recover", "again",
    "wait", "wait", "wait", "post", "post", "post", "crash", "change", "change", "freeze", "leave", "again", "correct",
]  # fmt: skip
HURRIED = ("on", "jump", "jump", "restart", "recover", "back", "post", "change", "freeze")
"""What may happen while an answer is judged."""
SPANS = [MINUTE, MINUTE, 30 * MINUTE, 2 * HOUR, 8 * DAY, 30 * DAY]
MOVES = st.builds(
    Move,
    kind=st.sampled_from(KINDS),
    browser=st.sampled_from([0, 0, 0, 1]),
    who=st.sampled_from([0, 0, 0, 1]),
    odd=st.integers(0, 12),
    slug=st.sampled_from((*SLUGS, "numero", "identifiant", "identifiant")),
    span=st.sampled_from(SPANS),
)
NAMES = st.sampled_from(list(NAMED))
STATES = st.sampled_from([Before.NONE, Before.NONE, Before.NONE, *Before])
WORLDS = st.builds(
    World,
    names=st.tuples(NAMES, NAMES),
    before=st.tuples(STATES, STATES),
    nobody=st.sampled_from(NOBODIES),
    uniform=st.booleans(),
    confirm_all=st.booleans(),
    tries=st.sampled_from([1, 1, 2]),
    days=st.sampled_from([0, 0, 0, 120]),
)


FORGETTING = (Before.OPEN, Before.OPENED_YESTERDAY, Before.OPENED_BY_LETTER, Before.FROZEN)


def walked(ground: Ground, world: World, ready: int, moves: list[Move]) -> None:
    """Most of the wood lies behind the first steps: a walk begins with some right answers of the first member."""
    walk = Walk(ground, world)
    if world.before[0] in FORGETTING and ready < 6:
        walk.restart(0, recovery.WALK, dropped=False)
    for _ in range(ready):
        here = walk.slug(0)
        if here != "envoi":
            walk.go(0, here, walk.right(0, here, world.cast[0]))
    for move in moves:
        move.make(walk)


def walks(budget: dict[str, int], *phases: Phase) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test over as many walks of as many steps as the budget has."""
    moves = st.lists(MOVES, min_size=budget["steps"] // 2, max_size=budget["steps"])
    over = given(world=WORLDS, ready=st.sampled_from([0, 1, 2, 4, 6, 7, 7]), moves=moves)
    unhurried = settings(
        max_examples=budget["examples"],
        deadline=None,
        database=None,
        phases=phases,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    return lambda test: unhurried(over(test))


# Shrinking a failure would take minutes of a commit's time: the deep test does it.
@walks(BUDGET["enrollment"], Phase.generate)
def test_every_walk_keeps_the_promises(ground: Ground, world: World, ready: int, moves: list[Move]) -> None:
    with capture_logs():  # the moves tell of a walk that failed; what the post logs would hide them
        walked(ground, world, ready, moves)


@pytest.mark.deep
@walks(BUDGET["deep_enrollment"], Phase.generate, Phase.shrink)
def test_many_walks_keep_the_promises(ground: Ground, world: World, ready: int, moves: list[Move]) -> None:
    with capture_logs():
        walked(ground, world, ready, moves)


def begin(ground: Ground, *before: Before, uniform: bool = False, people: tuple[Person, Person] = (CARD, BACK)) -> Walk:
    """A walk of these two in a world without chance."""
    one, other = (person.birth_name for person in people)
    first, second = before or (Before.NONE, Before.NONE)
    return Walk(ground, World((one, other), (first, second), NOBODIES[0], uniform, confirm_all=False))


def answer_all(walk: Walk, person: Person, *, until: str = "envoi") -> None:
    """Answer right up to a page."""
    while (here := walk.slug(0)) != until:
        answered = walk.go(0, here, walk.right(0, here, person))
        assert answered is not None
        assert answered.advanced


@pytest.mark.parametrize("uniform", [False, True], ids=["guide", "uniform"])
@pytest.mark.parametrize("person", [CARD, BACK, PAYMENT, FARMER], ids=lambda person: person.who)
def test_the_straight_walk_ends_in_one_mail(ground: Ground, person: Person, uniform: bool) -> None:
    walk, seen = begin(ground, uniform=uniform, people=(person, BACK)), []
    while (here := walk.slug(0)) != "envoi":
        seen.append(here)
        walk.go(0, here, walk.right(0, here, person))
    assert (*seen, "envoi") == SLUGS
    facts = walk.facts(0)
    assert facts is not None
    assert facts.delivery is not None
    assert (facts.enrollment.answer, facts.delivery.address) == (Answer.RIGHT, "camille@courriel.example")


@pytest.mark.parametrize("question", Question)
def test_nobody_s_number_walks_the_same_pages_to_a_letter_that_never_leaves(ground: Ground, question: Question) -> None:
    walk, uniform = begin(ground, uniform=True), ground.uniform
    number = next(nir for nir in NOBODIES if uniform.question(uniform.shadow(Nir(nir))) is question)
    walk.go(0, "profil", {"profile": "particulier"})
    walk.go(0, "identifiant", {"nir": number})
    answer_all(walk, CARD, until="verification")
    walk.go(0, "verification", {"answer": walk.oracle.proof(walk.facts(0))})
    assert walk.slug(0) == "envoi"
    walk.post(dies=False)
    assert [(job.kind, job.outcome) for job in walk.witness.store.jobs.values()] == [("letter_asked", "dropped")]


@pytest.mark.parametrize(
    ("before", "mailed"),
    [
        (Before.OPEN, [("provisional_mail", KNOWN), ("confirmation_letter", KNOWN)]),
        (Before.OPENED_YESTERDAY, [("letter_asked", None)]),
        (Before.OPENED_BY_LETTER, [("letter_asked", None)]),
    ],
)
def test_a_forgotten_password_goes_where_the_fund_knows_the_member(
    ground: Ground, before: Before, mailed: list[tuple[str, str | None]]
) -> None:
    walk = begin(ground, before, Before.NONE)
    walk.restart(0, recovery.WALK, dropped=False)
    answer_all(walk, CARD)
    store = walk.witness.store
    told = [(job.kind, job.delivery_id and store.owed[job.delivery_id].address) for job in store.jobs.values()]
    assert sorted(told, reverse=True) == mailed


OTHER = {
    "profil": {"profile": "exploitant"},
    "identifiant": {"nir": BACK.nir},
    "coordonnees": {"email": "d@courriel.example", "phone": "0639981234"},
}


@pytest.mark.parametrize("slug", OTHER)
def test_another_answer_to_an_earlier_question_asks_what_comes_after_it_again(ground: Ground, slug: str) -> None:
    walk = begin(ground)
    same = {"identifiant": {"nir": CARD.nir}}.get(slug) or walk.right(0, slug, CARD)
    answer_all(walk, CARD, until="verification")
    walk.go(0, slug, same)
    assert walk.slug(0) == "verification", "the same answer loses nothing"
    walk.go(0, slug, OTHER[slug])
    assert walk.slug(0) == SLUGS[SLUGS.index(slug) + 1]


def test_after_the_proof_no_earlier_answer_counts(ground: Ground) -> None:
    walk = begin(ground)
    answer_all(walk, CARD, until="messagerie")
    for slug, fields in (*OTHER.items(), ("documents", {}), ("verification", {"answer": CARD.serial})):
        assert walk.go(0, slug, fields) is None, slug
        assert walk.slug(0) == "messagerie"
