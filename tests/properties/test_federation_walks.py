"""Random walks over link, unlink, relink, new passwords, freezes, both ways in, and what changes upstream (C3, C6).

Never a session for the wrong member, never one identity for two accounts, never anything opened by an identity that was
unlinked. The decisions and the store are the real ones, without HTTP; the way there and back is ``Returned``, a value.
Counts: ``budget.toml``.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.accounts.account import Account
from idp.accounts.terms import Acceptance
from idp.accounts.upstream import UpstreamIdentity
from idp.federation.franceconnect import Returned
from idp.federation.linking import NotLinked, link, unlink
from idp.federation.person import Person
from idp.federation.signing_in import NotSignedIn, sign_in
from idp.federation.transactions import LIFE, Purpose, Transaction
from idp.kernel.clock import HOUR, MINUTE
from idp.kernel.ids import digest, new_id
from idp.members.nir import Nir
from idp.signin.gate import look
from idp.signin.needs import SPACE, fresh
from idp.signin.opening import OWN_PASSWORD, end_session, open_session
from idp.signin.policy import POLICY, Cleared, Facts, clear
from idp.storage.tables import metadata
from idp.storage.unit import Unit
from tests.support.clock import FakeClock
from tests.support.house import BACK, CARD, Running, running_house

BUDGET = tomllib.loads((Path(__file__).parent.parent / "budget.toml").read_text("utf-8"))["walks"]
ISSUER = "https://fc.example/api/v2"
MEMBERS = (CARD, BACK)
FIRST_NAMES = ("Camille", "Clara")
"""The two members are twins: the same name, day and place, and another first name."""
STRANGER = 2
"""A citizen who is nobody's member, and bears the twins' name."""


@dataclass
class Seat:
    """One browser: its cookie, who is in front of it by what they proved, and a way upstream that it has not ended."""

    name: str
    cookie: str | None = None
    who: int | None = None
    waiting: Transaction | None = None


@dataclass
class Walk:
    """The house, two browsers, three citizens, and what a bystander knows."""

    running: Running
    accounts: list[str]
    seats: list[Seat]
    subs: list[str] = field(default_factory=lambda: [f"sub-{citizen}-0" for citizen in range(3)])
    changes: int = 0

    # --- what may happen -------------------------------------------------------------------------------------------

    def locally(self, seat: Seat, member: int) -> None:
        """Type the own password."""
        with self.running.house.begin() as unit:
            account = self._account(unit, member)
            if not account.stands:
                return
            before = self._facts(unit, seat).session
            seat.cookie = open_session(unit, before, account, seat.name, OWN_PASSWORD, self.now).cookie
        seat.who = member

    def federated(self, seat: Seat, citizen: int) -> None:
        """Come back from upstream to sign in."""
        with self.running.house.begin() as unit:
            before = self._facts(unit, seat).session
            try:
                seat.cookie = sign_in(unit, before, seat.name, self.returned(citizen), "fc", "source", self.now)
            except NotSignedIn:
                return
        seat.who = citizen
        assert citizen != STRANGER, "nobody's identity opens nothing"

    def set_out(self, seat: Seat, purpose: Purpose) -> None:
        """Press the button of the page of the link; a password typed a moment ago is needed."""
        with self.running.house.begin() as unit:
            facts = look(unit, seat.cookie, fresh(self.now), self.now)
            cleared = clear(facts, POLICY)
            if not isinstance(cleared, Cleared) or facts.session is None:
                return
            assert facts.session.amr == ("pwd",), "a federated session is never fresh"
            seat.waiting = Transaction(
                digest(new_id()), seat.name, purpose, ISSUER, "", self.now, self.now + LIFE,
                facts.session.id, cleared.account, cleared.epoch,
            )  # fmt: skip
            unit.upstream.begin(seat.waiting)

    def come_back(self, seat: Seat, citizen: int) -> None:
        """Come back to link, maybe as somebody else, maybe long after."""
        if seat.waiting is None:
            return
        state, seat.waiting = seat.waiting.state, None
        with self.running.house.begin() as unit:
            transaction = unit.upstream.consume(state, seat.name, self.now)
        if transaction is None:
            return
        try:
            with self.running.house.begin() as unit:
                facts = self._facts(unit, seat)
                cleared = clear(facts, POLICY)
                if isinstance(cleared, Cleared) and facts.session is not None:
                    link(unit, transaction, cleared, facts.session.id, self.returned(citizen), self.now)
        except NotLinked:
            return

    def unlinked(self, seat: Seat) -> None:
        """Press the button that ends the link."""
        with self.running.house.begin() as unit:
            facts = look(unit, seat.cookie, fresh(self.now), self.now)
            if isinstance(clear(facts, POLICY), Cleared) and facts.account is not None:
                unlink(unit, facts.account.id, ISSUER, self.now)
                assert unit.upstream.link_for(facts.account.id, ISSUER) is None

    def reset(self, member: int) -> None:
        """Complete a change of password elsewhere: whatever was signed in is over."""
        with self.running.house.begin() as unit:
            account = self._account(unit, member)
            unit.accounts.complete_change(account.id, account.epoch, "a hash", None, self.now)

    def frozen(self, member: int, *, on: bool) -> None:
        """Shut the account, or open it again."""
        with self.running.house.begin() as unit:
            if on:
                unit.freezing.freeze(self.accounts[member], self.now)
            else:
                unit.freezing.thaw(self.accounts[member])

    def corrected(self, citizen: int) -> None:
        """Correct the civil status upstream: the sub changes, the person does not."""
        self.changes += 1
        self.subs[citizen] = f"sub-{citizen}-{self.changes}"

    def out(self, seat: Seat) -> None:
        """Sign out."""
        with self.running.house.begin() as unit:
            session = self._facts(unit, seat).session
            if session is not None and session.ended_at is None:
                end_session(unit, session.id, self.now)
        seat.cookie, seat.who = None, None

    # --- what must hold --------------------------------------------------------------------------------------------

    def judge(self) -> None:
        """Look at everything that is honoured."""
        with self.running.house.begin(write=False) as unit:
            for seat in self.seats:
                facts = self._facts(unit, seat)
                if not isinstance(clear(facts, POLICY), Cleared) or facts.account is None or facts.session is None:
                    continue
                assert seat.who is not None
                assert facts.account.id == self.accounts[seat.who], "a session for the wrong member"
                assert facts.account.frozen_at is None
                if facts.session.amr == ("fc",):
                    kept = unit.upstream.link_for(facts.account.id, ISSUER)
                    assert kept is not None, "an identity that was unlinked holds nothing open"
            for member, account in enumerate(self.accounts):
                kept = unit.upstream.link_for(account, ISSUER)
                assert kept is None or kept.sub.startswith(f"sub-{member}-"), "somebody else's identity is linked"

    # --- looking ---------------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        return self.running.clock.now()

    def returned(self, citizen: int) -> Returned:
        """Return what upstream says of a citizen."""
        first = FIRST_NAMES[citizen] if citizen != STRANGER else "Chloé"
        person = Person("VASSEUR", (first,), CARD.birthdate.isoformat(), "female", CARD.birthplace, "99100")
        return Returned(UpstreamIdentity(ISSUER, self.subs[citizen], "eidas1"), person, "an.id.token")

    def _facts(self, unit: Unit, seat: Seat) -> Facts:
        return look(unit, seat.cookie, SPACE, self.now)

    def _account(self, unit: Unit, member: int) -> Account:
        account = unit.accounts.get(self.accounts[member])
        assert account is not None
        return account


Make = Callable[[Walk, Seat, int, int], None]
"""A move of a walk: by whom, for which citizen; ``odd`` is drawn anew for each."""


def _back(walk: Walk, seat: Seat, citizen: int, odd: int) -> None:
    """Come back, one time in ten as somebody else."""
    mine = seat.who if seat.who is not None else citizen % len(MEMBERS)
    walk.come_back(seat, citizen if odd == 0 else mine)


WAITS = (MINUTE, 6 * MINUTE, 40 * MINUTE, 13 * HOUR)
HOW: dict[str, Make] = {
    "local": lambda walk, seat, citizen, _odd: walk.locally(seat, citizen % len(MEMBERS)),
    "federated": lambda walk, seat, citizen, _odd: walk.federated(seat, citizen),
    "link": lambda walk, seat, _citizen, _odd: walk.set_out(seat, Purpose.LINK),
    "relink": lambda walk, seat, _citizen, _odd: walk.set_out(seat, Purpose.RELINK),
    "back": _back,
    "unlink": lambda walk, seat, _citizen, _odd: walk.unlinked(seat),
    "reset": lambda walk, _seat, citizen, _odd: walk.reset(citizen % len(MEMBERS)),
    "freeze": lambda walk, _seat, citizen, _odd: walk.frozen(citizen % len(MEMBERS), on=True),
    "thaw": lambda walk, _seat, citizen, _odd: walk.frozen(citizen % len(MEMBERS), on=False),
    "correct": lambda walk, _seat, citizen, _odd: walk.corrected(citizen),
    "sign out": lambda walk, seat, _citizen, _odd: walk.out(seat),
    "wait": lambda walk, _seat, _citizen, odd: walk.running.clock.advance(WAITS[odd % len(WAITS)]),
}
OFTEN = [*HOW, "local", "local", "federated", "federated", "link", "back", "back", "thaw"]
MOVES = st.tuples(st.sampled_from(OFTEN), st.integers(0, 1), st.integers(0, 2), st.integers(0, 9))


def step(walk: Walk, kind: str, seat: Seat, citizen: int, odd: int) -> None:
    """Make one move."""
    HOW[kind](walk, seat, citizen, odd)


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("walks")
    shutil.copyfile(sqlite_template, folder / "idp.db")
    with running_house(f"sqlite:///{folder / 'idp.db'}", FakeClock(), folder) as running:
        with running.house.database.begin() as connection:
            for person, first in zip(MEMBERS, FIRST_NAMES, strict=True):
                connection.exec_driver_sql(
                    "UPDATE members SET birth_name = 'Vasseur', given_names = ?, birthdate = ?, birthplace = ? "
                    "WHERE birth_name = ? AND given_names = ?",
                    (first, CARD.birthdate.isoformat(), CARD.birthplace, person.birth_name, person.given_names),
                )
        yield running


def begin(running: Running) -> Walk:
    """Start a walk: two open accounts, nothing linked, nobody signed in."""
    now, accounts = running.clock.now(), []
    with running.house.database.begin() as connection:
        for name in ("upstream_sessions", "upstream_links", "upstream_transactions", "outbox", "sessions", "passwords"):
            connection.execute(metadata.tables[name].delete())
    with running.house.begin() as unit:
        terms = unit.accounts.current_terms()
        for person in MEMBERS:
            member = unit.members.find_by_nir(Nir(person.nir))
            assert member is not None
            account = unit.accounts.ensure(member.id, now)
            unit.accounts.accept_terms(account.id, Acceptance(terms.revision, terms.language, terms.digest, now))
            unit.freezing.thaw(account.id)
            thawed = unit.accounts.get(account.id)
            assert thawed is not None
            assert unit.accounts.complete_change(account.id, thawed.epoch, "a hash", None, now)
            accounts.append(account.id)
    return Walk(running, accounts, [Seat("one"), Seat("other")])


def walks(house: Running, examples: int, steps: int) -> None:
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(MOVES, min_size=steps // 2, max_size=steps))
    def walked(moves: list[tuple[str, int, int, int]]) -> None:
        walk = begin(house)
        for kind, seat, citizen, odd in moves:
            step(walk, kind, walk.seats[seat], citizen, odd)
            walk.judge()

    walked()


def test_no_walk_opens_a_session_for_the_wrong_member(house: Running) -> None:
    walks(house, **BUDGET["federation"])


@pytest.mark.deep
def test_no_long_walk_opens_a_session_for_the_wrong_member(house: Running) -> None:
    walks(house, **BUDGET["deep_federation"])


def test_the_walks_meet_what_they_are_about(house: Running) -> None:
    """A walk that links, comes in by it, is corrected upstream, links anew, and unlinks."""
    walk = begin(house)
    seat, other = walk.seats
    for move in (("local", 0), ("link", 0), ("back", 0)):
        step(walk, move[0], seat, move[1], 1)
    step(walk, "federated", other, 0, 1)
    assert is_in(walk, other)
    walk.judge()
    for kind, who in (("correct", seat), ("sign out", other), ("federated", other)):
        step(walk, kind, who, 0, 1)
    assert not is_in(walk, other), "another sub opens nothing"
    for kind in ("link", "back", "federated", "relink", "back"):
        step(walk, kind, seat, 0, 1)
        walk.judge()
    step(walk, "federated", other, 0, 1)
    assert is_in(walk, other)
    step(walk, "local", seat, 0, 1)
    step(walk, "unlink", seat, 0, 1)
    assert not is_in(walk, other)


def is_in(walk: Walk, seat: Seat) -> bool:
    """Tell whether the private space opens in this browser."""
    with walk.running.house.begin(write=False) as unit:
        return isinstance(clear(look(unit, seat.cookie, SPACE, walk.now), POLICY), Cleared)
