"""Links and what they opened, without HTTP: many rounds at one moment over the real store, on both databases.

Whoever decides, decides under the account's lock; of two who want one identity the store's own rule picks one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import pytest

from idp.accounts.account import Account
from idp.accounts.terms import Acceptance
from idp.accounts.upstream import UpstreamIdentity
from idp.federation.franceconnect import Returned
from idp.federation.linking import NotLinked, OtherMember, TakenElsewhere, link, unlink
from idp.federation.person import Person
from idp.federation.signing_in import NotSignedIn, sign_in
from idp.federation.transactions import LIFE, Link, Purpose, Transaction
from idp.kernel.clock import DAY, MINUTE
from idp.kernel.ids import digest, new_id
from idp.members.nir import Nir
from idp.oidc.ports import Code, Grant
from idp.signin.gate import look
from idp.signin.needs import SPACE
from idp.signin.opening import OWN_PASSWORD, open_session
from idp.signin.policy import Cleared, Demand, clear
from idp.storage.unit import Unit
from tests.races.scene import together
from tests.support.house import BACK, CARD, Running

ROUNDS = 12
ISSUER = "https://fc.example/api/v2"
SUB = "the-sub"
CAMILLE = Person("VASSEUR", ("Camille",), "1985-03-14", "female", "59350", "99100")
BACK_HERE = Returned(UpstreamIdentity(ISSUER, SUB, "eidas1"), CAMILLE, "an.id.token")


@dataclass
class Stage:
    """A house that has one person twice, under two numbers: both records fit the one identity."""

    running: Running
    accounts: list[str]

    @property
    def now(self) -> int:
        return self.running.clock.now()

    def account(self, which: int = 0) -> Account:
        with self.running.house.begin(write=False) as unit:
            account = unit.accounts.get(self.accounts[which])
        assert account is not None
        return account

    def local(self, which: int = 0, browser: str = "a browser") -> str:
        """Sign in with the own password; return the cookie."""
        with self.running.house.begin() as unit:
            return open_session(unit, None, self.account_in(unit, which), browser, OWN_PASSWORD, self.now).cookie

    def account_in(self, unit: Unit, which: int) -> Account:
        account = unit.accounts.get(self.accounts[which])
        assert account is not None
        return account

    def set_out(self, which: int = 0, purpose: Purpose = Purpose.LINK) -> tuple[str, Transaction]:
        """Sign in and begin to link; return cookie and transaction."""
        browser = new_id()
        cookie, state = self.local(which, browser), digest(new_id())
        with self.running.house.begin() as unit:
            facts = look(unit, cookie, SPACE, self.now)
            assert facts.session is not None
            begun = Transaction(
                state, browser, purpose, ISSUER, "", self.now, self.now + LIFE,
                facts.session.id, facts.session.account_id, facts.session.epoch,
            )  # fmt: skip
            unit.upstream.begin(begun)
        return cookie, begun

    def come_back(self, cookie: str, begun: Transaction) -> object:
        """Come back to link; return True or False as ``link`` does, or why not."""
        try:
            with self.running.house.begin() as unit:
                facts = look(unit, cookie, SPACE, self.now)
                cleared = clear(facts)
                if not isinstance(cleared, Cleared) or facts.session is None:
                    return NotLinked
                return link(unit, begun, cleared, facts.session.id, BACK_HERE, self.now)
        except NotLinked as refused:
            return type(refused)

    def enter(self) -> str | None:
        """Come back to sign in; return the cookie."""
        try:
            with self.running.house.begin() as unit:
                return sign_in(unit, None, new_id(), BACK_HERE, "fc", "source", self.now)
        except NotSignedIn:
            return None

    def unlink(self, which: int = 0) -> bool:
        with self.running.house.begin() as unit:
            return unlink(unit, self.accounts[which], ISSUER, self.now)

    def change(self, which: int = 0) -> bool:
        """Complete a change of password elsewhere."""
        known = self.account(which)
        with self.running.house.begin() as unit:
            return unit.accounts.complete_change(known.id, known.epoch, "a hash", None, self.now) is not None

    def freeze(self, *, on: bool = True) -> bool:
        with self.running.house.begin() as unit:
            freezing, account = unit.freezing, self.accounts[0]
            return freezing.freeze(account, self.now) if on else freezing.thaw(account)

    def linked(self, which: int = 0) -> Link | None:
        with self.running.house.begin(write=False) as unit:
            return unit.upstream.link_for(self.accounts[which], ISSUER)

    def is_in(self, cookie: str | None) -> bool:
        with self.running.house.begin(write=False) as unit:
            return isinstance(clear(look(unit, cookie, SPACE, self.now)), Cleared)


@pytest.fixture
def stage(running: Running) -> Stage:
    now, accounts = running.clock.now(), []
    with running.house.database.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE members SET birth_name = 'Vasseur', given_names = 'Camille Louise', birthdate = '1985-03-14' "
            "WHERE birth_name IN ('Vasseur', 'Delaunoy')"
        )
    with running.house.begin() as unit:
        terms = unit.accounts.current_terms()
        for person in (CARD, BACK):
            member = unit.members.find_by_nir(Nir(person.nir))
            assert member is not None
            account = unit.accounts.ensure(member.id, now)
            unit.accounts.accept_terms(account.id, Acceptance(terms.revision, terms.language, terms.digest, now))
            assert unit.accounts.complete_change(account.id, account.epoch, "a hash", None, now) is not None
            accounts.append(account.id)
    return Stage(running, accounts)


def test_of_two_members_one_links_the_identity_and_the_other_is_told(stage: Stage) -> None:
    for _ in range(ROUNDS):
        ways = [stage.set_out(which) for which in (0, 1)]
        told = together(*(partial(stage.come_back, *way) for way in ways))
        assert sorted(map(str, told)) == sorted(map(str, [True, TakenElsewhere]))
        winner = told.index(True)
        assert [stage.linked(which) is not None for which in (0, 1)] == [winner == 0, winner == 1]
        assert stage.unlink(winner)


def test_one_member_in_two_browsers_links_once(stage: Stage) -> None:
    for _ in range(ROUNDS):
        ways = [stage.set_out() for _ in range(3)]
        told = together(*(partial(stage.come_back, *way) for way in ways))
        assert sorted(told, key=str) == [False, False, True], "made once, and there already for the others"
        stage.running.post.run_once()
        assert stage.unlink()


def test_one_callback_at_one_moment_is_taken_once(stage: Stage) -> None:
    for _ in range(ROUNDS):
        _, begun = stage.set_out()

        def take(begun: Transaction = begun) -> Transaction | None:
            with stage.running.house.begin() as unit:
                return unit.upstream.consume(begun.state, begun.browser, stage.now)

        taken = together(*[take] * 4)
        assert [one for one in taken if one is not None] == [begun]


def test_an_unlink_at_that_moment_leaves_nothing_open(stage: Stage) -> None:
    for _ in range(ROUNDS):
        assert stage.come_back(*stage.set_out()) is True
        own = stage.local()
        first, second, unlinked = together(stage.enter, stage.enter, stage.unlink)
        assert unlinked
        assert not stage.is_in(str(first)), first
        assert not stage.is_in(str(second)), second
        assert stage.is_in(own), "what the own password opened stays"


@pytest.mark.parametrize("shut", ["freeze", "change"])
def test_a_link_at_that_moment_is_made_before_or_not_at_all(stage: Stage, shut: str) -> None:
    """Whoever is linked was told so, in the session that asked, of an account that had not changed hands."""
    for _ in range(ROUNDS):
        cookie, begun = stage.set_out()
        end: Callable[[], object] = stage.freeze if shut == "freeze" else stage.change
        told, done = together(partial(stage.come_back, cookie, begun), end)
        assert done
        assert (stage.linked() is not None) is (told is True)
        assert not stage.is_in(cookie), "the session that asked is over either way"
        assert stage.come_back(cookie, begun) is not True, "and asks for nothing any more"
        if shut == "freeze":
            assert stage.enter() is None, "nobody opens what is frozen"
            assert stage.freeze(on=False)
            assert not stage.is_in(cookie)
        stage.unlink()


@pytest.mark.parametrize("shut", ["freeze", "change"])
def test_a_link_that_was_overtaken_is_not_made(stage: Stage, shut: str) -> None:
    """What was read before the lock is compared with what stands under it. SQLite's writers wait for each other."""
    cookie, begun = stage.set_out()
    read, over = threading.Event(), threading.Event()

    def overtaken() -> tuple[bool, object]:
        with stage.running.house.begin() as unit:
            facts = look(unit, cookie, SPACE, stage.now)
            cleared = clear(facts)
            assert isinstance(cleared, Cleared)
            assert facts.session is not None
            read.set()
            late = over.wait(0.5)
            try:
                return late, link(unit, begun, cleared, facts.session.id, BACK_HERE, stage.now)
            except OtherMember as refused:
                return late, refused

    def end() -> tuple[bool, object]:
        assert read.wait(10)
        done = stage.freeze() if shut == "freeze" else stage.change()
        over.set()
        return done, None

    (late, told), _ = together(overtaken, end)
    assert late is (stage.running.house.database.url.get_backend_name() == "postgresql")
    assert (told is True) is not late
    assert (stage.linked() is None) is late


def test_a_way_begun_in_another_session_links_nothing(stage: Stage) -> None:
    _, begun = stage.set_out()
    later, own = stage.set_out()
    assert stage.come_back(later, begun) is OtherMember
    assert stage.come_back(later, replace(own, epoch=(own.epoch or 0) + 1)) is OtherMember
    theirs, _ = stage.set_out(1)
    assert stage.come_back(theirs, own) is OtherMember
    assert stage.linked() is stage.linked(1) is None
    assert stage.come_back(later, own) is True


@pytest.mark.parametrize("shut", ["freeze", "change"])
def test_a_sign_in_at_that_moment_is_worth_nothing_once_it_is_shut(stage: Stage, shut: str) -> None:
    assert stage.come_back(*stage.set_out()) is True
    for _ in range(ROUNDS):
        end: Callable[[], object] = stage.freeze if shut == "freeze" else stage.change
        cookie, done = together(stage.enter, end)
        assert done
        with stage.running.house.begin(write=False) as unit:
            session = look(unit, str(cookie), SPACE, stage.now).session
        newer = session is not None and session.epoch == stage.account().epoch
        assert stage.is_in(str(cookie)) is (shut == "change" and newer), "only what came after it is honoured"
        if shut == "freeze":
            assert stage.freeze(on=False)
            assert not stage.is_in(str(cookie)), "an agent gives nothing of before back"


def test_nobody_waits_for_somebody_who_waits_for_them(stage: Stage) -> None:
    """Whoever locks, locks the account first: of two in each other's way PostgreSQL would stop one."""
    for _ in range(ROUNDS):
        ways = [stage.set_out(which, Purpose.RELINK) for which in (0, 1)]
        together(
            *(partial(stage.come_back, *way) for way in ways), stage.enter, stage.unlink, stage.change, stage.freeze
        )
        stage.freeze(on=False)
        assert sum(stage.linked(which) is not None for which in (0, 1)) <= 1
        for which in (0, 1):
            stage.unlink(which)


def test_a_transaction_of_before_an_unlink_links_nothing(stage: Stage) -> None:
    assert stage.come_back(*stage.set_out()) is True
    _, begun = stage.set_out(purpose=Purpose.RELINK)
    assert stage.unlink()
    with stage.running.house.begin() as unit:
        assert unit.upstream.consume(begun.state, begun.browser, stage.now) is None


def test_a_code_redeemed_while_its_identity_is_unlinked_is_worth_nothing(stage: Stage) -> None:
    client = stage.running.add_client()
    assert stage.come_back(*stage.set_out()) is True
    code, now = issued(stage, client, str(stage.enter())), stage.now
    spent, over = threading.Event(), threading.Event()

    def redeem() -> None:
        """As the authorization code grant does."""
        with stage.running.house.begin() as unit:
            assert unit.grants.redeem(code.digest, now)
            spent.set()
            over.wait(0.5)  # long enough for an unlink that nobody holds up
            grant = Grant(
                code.grant_id, client, code.account_id, code.epoch, code.session_id, code.sub, code.sid,
                "openid offline_access", True, now, code.amr, code.acr, now, now + 180 * DAY,
            )  # fmt: skip
            unit.grants.open(grant)

    def end() -> None:
        assert spent.wait(10)
        with stage.running.house.begin() as unit:
            assert unlink(unit, code.account_id, ISSUER, now)
        over.set()

    together(redeem, end)
    with stage.running.house.begin(write=False) as unit:
        assert unit.grants.living(code.grant_id, now) is None


def test_a_code_of_before_an_unlink_gives_nothing_after_it(stage: Stage) -> None:
    client = stage.running.add_client()
    assert stage.come_back(*stage.set_out()) is True
    code = issued(stage, client, str(stage.enter()))
    assert stage.unlink()
    with stage.running.house.begin() as unit:
        assert not unit.grants.redeem(code.digest, stage.now)


def issued(stage: Stage, client: str, cookie: str) -> Code:
    """Give a portal a code in the session that an identity opened."""
    now = stage.now
    with stage.running.house.begin() as unit:
        session = look(unit, cookie, Demand(client), now).session
        assert session is not None
        code = Code(
            digest(new_id()), new_id(), client, session.account_id, session.epoch, session.id, "a-sub",
            unit.grants.ensure_sid(session.id, client, now), "{}", now, session.amr, session.acr, now, now + MINUTE,
        )  # fmt: skip
        unit.grants.add_code(code)
    return code
