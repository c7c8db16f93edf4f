"""Random walks through the enrollment: two browsers, any order, back buttons, stale pages, restarts, hours of waiting.

What holds between any two steps is in ``walking.Walk.check``. Counts: ``tests/budget.toml``.
"""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.demo.members import write_members
from idp.demo.person import Person
from idp.enrollment.facts import Answer
from idp.kernel.clock import DAY, HOUR, MINUTE, paris_date
from idp.kernel.vault import Pepper, Vault
from idp.members.records import read_folder
from idp.storage.database import Database
from idp.storage.members_import import import_members
from idp.storage.migrate import publish_first_terms
from tests.support.clock import FakeClock
from tests.support.house import BACK, CARD
from tests.unit.enrollment.walking import PEOPLE, SLUGS, Walk, begin_walk, serial_of

BUDGET = tomllib.loads((Path(__file__).parents[2] / "budget.toml").read_text("utf-8"))["walks"]
START = 1_800_000_000_000_000


@dataclass(frozen=True)
class Ground:
    """A database with the demo's members, to be copied for each walk."""

    template: Path
    folder: Path
    numbers: count[int]

    def walk(self) -> Walk:
        path = self.folder / f"{next(self.numbers)}.db"
        shutil.copyfile(self.template, path)
        clock = FakeClock(START)
        return begin_walk(Database(f"sqlite:///{path}", clock, pool_size=1), clock, PEPPER, VAULT)


PEPPER, VAULT = Pepper({1: b"p" * 32}), Vault({1: b"v" * 32})


@pytest.fixture(scope="module")
def ground(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    folder = tmp_path_factory.mktemp("walks")
    template, clock = folder / "template.db", FakeClock(START)
    shutil.copyfile(sqlite_template, template)
    database = Database(f"sqlite:///{template}", clock)
    write_members(folder, paris_date(START))
    import_members(database, PEPPER, VAULT, clock, read_folder(folder))
    with database.begin() as connection:
        publish_first_terms(connection, START - DAY)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return Ground(template, folder, count())


@dataclass(frozen=True)
class Move:
    """One thing that somebody does; what is typed depends on the page they are at."""

    kind: str
    browser: int
    slug: str
    person: Person
    odd: int
    span: int

    def make(self, walk: Walk) -> None:
        here = walk.slug(self.browser)
        match self.kind:
            case "on":
                walk.go(self.browser, here, self.typed(here))
            case "door":
                walk.go(self.browser, "identifiant", {"action": "not_received"})
            case "right" if here == "verification":
                walk.go(self.browser, here, {"answer": serial_of(walk.facts(self.browser))})
            case "jump":
                walk.go(self.browser, self.slug, self.typed(self.slug))
            case "stale":
                walk.go(self.browser, here, self.typed(here), stale=True)
            case "back":
                walk.back(self.browser)
            case "restart":
                walk.restart(self.browser)
            case "wait":
                walk.clock.advance(self.span)

    def typed(self, slug: str) -> dict[str, str]:
        """Return what is typed on a page; mostly right."""
        odd = self.odd
        return {
            "profil": {"profile": "particulier" if odd < 8 else ("exploitant", "autre", "", "x")[odd - 8]},
            "identifiant": {"nir": self.person.nir} if odd < 9 else {"nir": "2530749588157" if odd < 11 else "12"},
            "documents": {},
            "coordonnees": {"email": f"a{odd}@courriel.example" if odd < 10 else "a@", "phone": "0639981234"},
            "verification": {"action": "by_post"} if odd == 11 else {"answer": self.answer()},
            "messagerie": {"email": f"b{odd}@courriel.example" if odd < 11 else "b@"} if odd > 8 else {},
            "conditions": {"accept": "yes" if odd < 10 else "", "revision": "1" if odd < 11 else "2"},
            "envoi": {"action": ("resend", "resend", "correct", "")[odd % 4]},
        }[slug]

    def answer(self) -> str:
        if self.odd < 7:
            return self.person.serial
        return "99999999999" if self.odd < 9 else "douze"


KINDS = ["on"] * 14 + ["door", "right", "right", "jump", "jump", "stale", "back", "restart", "wait"]
SPANS = [MINUTE, MINUTE, 30 * MINUTE, 2 * HOUR, 7 * DAY, 30 * DAY]
MOVES = st.builds(
    Move,
    kind=st.sampled_from(KINDS),
    browser=st.sampled_from([0, 0, 0, 1]),
    slug=st.sampled_from(SLUGS),
    person=st.sampled_from([*PEOPLE[:2], *PEOPLE]),
    odd=st.integers(0, 11),
    span=st.sampled_from(SPANS),
)


def walked(ground: Ground, steps: list[Move]) -> None:
    walk = ground.walk()
    try:
        for step in steps:
            step.make(walk)
    finally:
        walk.database.close()


WALKS = st.lists(MOVES, min_size=BUDGET["enrollment"]["steps"] // 2, max_size=BUDGET["enrollment"]["steps"])
UNHURRIED = settings(
    deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@settings(UNHURRIED, max_examples=BUDGET["enrollment"]["examples"])
@given(steps=WALKS)
def test_every_walk_keeps_the_promises(ground: Ground, steps: list[Move]) -> None:
    walked(ground, steps)


@pytest.mark.deep
@settings(UNHURRIED, max_examples=BUDGET["deep_enrollment"]["examples"])
@given(steps=WALKS)
def test_many_walks_keep_the_promises(ground: Ground, steps: list[Move]) -> None:
    walked(ground, steps)


RIGHT: tuple[tuple[str, dict[str, str]], ...] = (
    ("profil", {"profile": "particulier"}),
    ("identifiant", {"nir": CARD.nir}),
    ("documents", {}),
    ("coordonnees", {"email": "c@courriel.example", "phone": "0639981234"}),
    ("verification", {"answer": CARD.serial}),
    ("messagerie", {}),
    ("conditions", {"accept": "yes", "revision": "1"}),
)


def test_the_straight_walk_ends_in_one_mail(ground: Ground) -> None:
    walk = ground.walk()
    for place, (slug, fields) in enumerate(RIGHT):
        assert walk.slug(0) == slug == SLUGS[place]
        walk.go(0, slug, fields)
    assert walk.slug(0) == "envoi"
    facts = walk.facts(0)
    assert facts is not None
    assert facts.delivery is not None
    assert (facts.enrollment.answer, facts.delivery.address) == (Answer.RIGHT, "c@courriel.example")
    walk.database.close()


OTHER = {
    "profil": {"profile": "exploitant"},
    "identifiant": {"nir": BACK.nir},
    "coordonnees": {"email": "d@courriel.example", "phone": "0639981234"},
}


@pytest.mark.parametrize("slug", OTHER)
def test_another_answer_to_an_earlier_question_asks_what_comes_after_it_again(ground: Ground, slug: str) -> None:
    walk = ground.walk()
    for step, fields in RIGHT[:4]:
        walk.go(0, step, fields)
    walk.go(0, slug, dict(RIGHT)[slug])
    assert walk.slug(0) == "verification", "the same answer loses nothing"
    walk.go(0, slug, OTHER[slug])
    assert walk.slug(0) == SLUGS[SLUGS.index(slug) + 1]
    walk.database.close()


def test_after_the_proof_no_earlier_answer_counts(ground: Ground) -> None:
    walk = ground.walk()
    for step, fields in RIGHT[:5]:
        walk.go(0, step, fields)
    for slug, fields in (*OTHER.items(), ("documents", {}), ("verification", {"answer": CARD.serial})):
        assert walk.go(0, slug, fields) is None, slug
        assert walk.slug(0) == "messagerie"
    walk.database.close()
