"""Random walks over link, unlink, relink, new passwords, freezes, both ways in, and what changes upstream (C3, C6).

Never a session for the wrong member, never one identity for two accounts, never anything opened by an identity that was
unlinked or replaced, never a token before the own password. Counts: ``budget.toml``.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from idp.federation.transactions import Purpose
from idp.kernel.clock import HOUR, MINUTE
from tests.properties.federation_walk import CITIZENS, MEMBERS, NEWCOMER, STRANGER, Seat, Walk, begin, prepare
from tests.support.clock import FakeClock
from tests.support.house import Running, running_house

BUDGET = tomllib.loads((Path(__file__).parent.parent / "budget.toml").read_text("utf-8"))["walks"]
Make = Callable[[Walk, Seat, int, int], None]
"""A move of a walk: by whom, for which citizen; ``odd`` is drawn anew for each."""


def _back(walk: Walk, seat: Seat, citizen: int, odd: int) -> None:
    """Come back: now and then as whoever upstream still knows in this browser, now and then it is down by then."""
    mine = seat.who if seat.who is not None else citizen
    walk.come_back(seat, {0: citizen, 5: citizen, 6: citizen, 1: None, 7: None}.get(odd, mine))


def _sets_out(purpose: Purpose) -> Make:
    """Set out to link, and half of the time come back at once."""

    def make(walk: Walk, seat: Seat, citizen: int, odd: int) -> None:
        walk.set_out(seat, purpose)
        if odd > 4:
            _back(walk, seat, citizen, odd)

    return make


def _proves(walk: Walk, seat: Seat, citizen: int, odd: int) -> None:
    """Prove who enrolls, most of the time by the right identity."""
    walk.proves(seat, citizen if odd < 3 else NEWCOMER)


def member(citizen: int) -> int:
    """Return a member for any citizen."""
    return citizen % len(MEMBERS)


WAITS = (MINUTE, 6 * MINUTE, 40 * MINUTE, 13 * HOUR)
HOW: dict[str, Make] = {
    "local": lambda walk, seat, citizen, _odd: walk.locally(seat, member(citizen)),
    "federated": lambda walk, seat, citizen, _odd: walk.federated(seat, citizen),
    "link": _sets_out(Purpose.LINK),
    "relink": _sets_out(Purpose.RELINK),
    "back": _back,
    "unlink": lambda walk, seat, _citizen, _odd: walk.unlinked(seat),
    "prove": _proves,
    "go on": lambda walk, seat, _citizen, _odd: walk.goes_on(seat),
    "choose": lambda walk, seat, _citizen, _odd: walk.chooses(seat),
    "visit": lambda walk, seat, _citizen, _odd: walk.visits(seat),
    "reset": lambda walk, _seat, citizen, _odd: walk.reset(member(citizen)),
    "freeze": lambda walk, _seat, citizen, _odd: walk.frozen(member(citizen), on=True),
    "thaw": lambda walk, _seat, citizen, _odd: walk.frozen(member(citizen), on=False),
    "correct": lambda walk, _seat, citizen, _odd: walk.corrected(citizen),
    "sign out": lambda walk, seat, _citizen, _odd: walk.out(seat),
    "wait": lambda walk, _seat, _citizen, odd: walk.running.clock.advance(WAITS[odd % len(WAITS)]),
}
OFTEN = [
    *HOW, *["local", "federated"] * 3, *["link", "relink", "unlink", "back", "visit"] * 2, "thaw", "go on", "choose"
]  # fmt: skip
CITIZEN = st.sampled_from([0, 0, 0, *range(len(CITIZENS))])
"""Mostly one member: what two browsers do to the same account is what a walk is about."""
MOVES = st.tuples(st.sampled_from(OFTEN), st.integers(0, 1), CITIZEN, st.integers(0, 9))


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("walks")
    shutil.copyfile(sqlite_template, folder / "idp.db")
    with running_house(f"sqlite:///{folder / 'idp.db'}", FakeClock(), folder) as running:
        prepare(running)
        running.add_client()
        yield running


@pytest.fixture
def walk(house: Running) -> Walk:
    return fresh_walk(house)


def fresh_walk(house: Running) -> Walk:
    (client,) = house.clients
    return begin(house, client)


def walks(house: Running, examples: int, steps: int, *phases: Phase) -> None:
    @settings(
        max_examples=examples, deadline=None, database=None, phases=phases, suppress_health_check=list(HealthCheck)
    )
    @given(linked=st.integers(0, NEWCOMER), moves=st.lists(MOVES, min_size=steps // 2, max_size=steps))
    def walked(linked: int, moves: list[tuple[str, int, int, int]]) -> None:
        walk = fresh_walk(house)
        for citizen in range(linked):
            for kind in ("local", "link", "sign out"):
                HOW[kind](walk, walk.seats[0], citizen, 9)
        for kind, seat, citizen, odd in moves:
            HOW[kind](walk, walk.seats[seat], citizen, odd)
            walk.judge()

    walked()


def test_no_walk_opens_a_session_for_the_wrong_member(house: Running) -> None:
    budget = BUDGET["federation"]
    # Shrinking a failure would take minutes of a commit's time: the deep test does it.
    walks(house, budget["examples"], budget["steps"], Phase.generate)


@pytest.mark.deep
def test_no_long_walk_opens_a_session_for_the_wrong_member(house: Running) -> None:
    budget = BUDGET["deep_federation"]
    walks(house, budget["examples"], budget["steps"], Phase.generate, Phase.shrink)


# --- the walks meet what they are about -------------------------------------------------------------------------------


def steps(walk: Walk, seat: Seat, *kinds: str, citizen: int = 0) -> None:
    """Make moves in one browser, in the usual way: who sets out comes back."""
    for kind in kinds:
        HOW[kind](walk, seat, citizen, 9)
        walk.judge()


def test_a_link_opens_the_account_until_it_ends(walk: Walk) -> None:
    seat, other = walk.seats
    steps(walk, seat, "local", "link")
    steps(walk, other, "federated", "visit")
    assert walk.is_in(other)
    steps(walk, seat, "unlink")
    assert not walk.is_in(other)
    assert walk.is_in(seat)
    assert walk.given, "a portal had something"


@pytest.mark.parametrize("citizen", [1, STRANGER])
def test_somebody_else_is_not_linked(walk: Walk, citizen: int) -> None:
    """Upstream still knows whoever sat here before, and answers without asking."""
    seat = walk.seats[0]
    steps(walk, seat, "local")
    walk.set_out(seat, Purpose.LINK)
    walk.come_back(seat, citizen)
    walk.judge()
    steps(walk, seat, "sign out", "federated")
    assert not walk.is_in(seat)


def test_a_corrected_civil_status_opens_nothing_before_it_is_linked_anew(walk: Walk) -> None:
    seat, other = walk.seats
    steps(walk, seat, "local", "link", "correct")
    steps(walk, other, "federated")
    assert not walk.is_in(other), "another sub opens nothing"
    steps(walk, seat, "link")
    steps(walk, other, "federated")
    assert not walk.is_in(other), "never replaced in silence"
    steps(walk, seat, "relink")
    steps(walk, other, "federated")
    assert walk.is_in(other)


def test_an_identity_that_was_replaced_holds_nothing_open(walk: Walk) -> None:
    seat, other = walk.seats
    steps(walk, seat, "local", "link")
    steps(walk, other, "federated", "visit", "correct")
    assert walk.is_in(other)
    steps(walk, seat, "relink")
    assert not walk.is_in(other)
    assert walk.is_in(seat)


def test_a_newcomer_proves_who_they_are_and_owes_the_password(walk: Walk) -> None:
    seat, other = walk.seats
    steps(walk, seat, "prove", "go on", "visit")
    assert not walk.is_in(seat)
    assert walk.given == [], "no portal hears of it before the password"
    steps(walk, other, "federated", citizen=NEWCOMER)
    assert not walk.is_in(other), "what proved opens nothing before the password either"
    steps(walk, seat, "choose", "visit")
    steps(walk, other, "federated", citizen=NEWCOMER)
    assert walk.is_in(seat)
    assert walk.is_in(other)


@pytest.mark.parametrize("citizen", [0, 1, STRANGER])
def test_nobody_else_proves_the_newcomer(walk: Walk, citizen: int) -> None:
    walk.proves(walk.seats[0], citizen)
    assert walk.seats[0].proven is None


def test_an_identity_that_opens_an_account_proves_nobody(walk: Walk) -> None:
    """It was linked by whoever is the same person on record: one identity, one account."""
    seat, other = walk.seats
    steps(walk, seat, "prove", "go on", "choose")
    walk.running.clock.advance(MINUTE)
    with walk.running.house.database.begin() as connection:
        connection.exec_driver_sql("UPDATE accounts SET opened_at = NULL WHERE id = ?", (walk.accounts[NEWCOMER],))
    walk.proves(other, NEWCOMER)
    assert other.proven is None
