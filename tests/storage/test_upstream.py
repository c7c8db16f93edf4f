"""The store of the ways upstream on both databases: once means once, one identity for one account (laws 2 and 3)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from idp.accounts.upstream import UpstreamIdentity
from idp.federation.transactions import LIFE, Link, Purpose, Transaction
from idp.kernel.clock import DAY, MINUTE
from idp.kernel.ids import digest, new_id
from idp.signin.opening import OWN_PASSWORD, Evidence, end_session, open_session
from idp.signin.session import LIFE as SESSION_LIFE
from idp.storage.sweep import sweep
from idp.storage.tables import enrollments, metadata, upstream_sessions
from tests.support.house import BACK, CARD, Running, open_account

ISSUER = "https://fc.example/api/v2"


def transaction(running: Running, state: str, browser: str = "mine", **more: object) -> Transaction:
    now = running.clock.now()
    begun = Transaction(state, browser, Purpose.SIGNIN, ISSUER, "", now, now + LIFE)
    return replace(begun, **more)  # type: ignore[arg-type]


def begin(running: Running, begun: Transaction) -> None:
    with running.house.begin() as unit:
        unit.upstream.begin(begun)


def consume(running: Running, state: str, browser: str = "mine") -> Transaction | None:
    with running.house.begin() as unit:
        return unit.upstream.consume(state, browser, running.clock.now())


def test_a_transaction_is_used_once_by_its_browser_in_time(running: Running) -> None:
    first = transaction(running, "first")
    begin(running, first)
    assert consume(running, "first", "another") is None
    assert consume(running, "unknown") is None
    assert consume(running, "first") == first
    assert consume(running, "first") is None
    begin(running, transaction(running, "late"))
    running.clock.advance(LIFE)
    assert consume(running, "late") is None


def test_a_new_start_ends_the_earlier_one_of_its_browser_alone(running: Running) -> None:
    for state, browser in (("first", "mine"), ("theirs", "another"), ("second", "mine")):
        begin(running, transaction(running, state, browser))
    assert consume(running, "first") is None
    assert consume(running, "second") is not None
    assert consume(running, "theirs", "another") is not None


@pytest.fixture
def accounts(running: Running) -> tuple[str, str]:
    open_account(running, CARD)
    open_account(running, BACK, mail="henri@courriel.example")
    with running.house.database.begin(write=False) as connection:
        found = connection.exec_driver_sql("SELECT id FROM accounts ORDER BY created_at").scalars().all()
    return str(found[0]), str(found[1])


def test_one_identity_opens_one_account_and_one_account_has_one(running: Running, accounts: tuple[str, str]) -> None:
    one, other = accounts
    kept = Link(new_id(), one, ISSUER, "sub", "eidas1", running.clock.now())
    with running.house.begin() as unit:
        assert unit.upstream.link(kept)
        assert not unit.upstream.link(replace(kept, id=new_id(), account_id=other)), "the identity is taken"
        assert not unit.upstream.link(replace(kept, id=new_id(), sub="another")), "the account has one"
        assert unit.upstream.link(replace(kept, id=new_id(), account_id=other, issuer="https://other.example"))
        assert unit.upstream.link_of(ISSUER, "sub") == kept
        assert unit.upstream.link_of(ISSUER, "SUB") is None, "a sub is compared as it is"
        assert unit.upstream.unlink(kept.id)
        assert not unit.upstream.unlink(kept.id)
        assert unit.upstream.link_for(one, ISSUER) is None


def test_the_id_token_is_sealed_to_its_session_and_forgotten_with_the_link(
    running: Running, accounts: tuple[str, str]
) -> None:
    one, _ = accounts
    with running.house.database.begin(write=False) as connection:
        session = str(
            connection.exec_driver_sql(f"SELECT id FROM sessions WHERE account_id = '{one}'").scalar_one()  # noqa: S608
        )
    identity = UpstreamIdentity(ISSUER, "sub", "eidas1")
    with running.house.begin() as unit:
        unit.upstream.remember(session, identity, "an.id.token", running.clock.now())
        unit.upstream.remember(session, identity, "another.id.token", running.clock.now())
        assert unit.upstream.id_token_of(session) == "another.id.token"
        assert unit.upstream.identity_of(session) == identity
    with running.house.database.begin(write=False) as connection:
        sealed = connection.execute(select(upstream_sessions.c.id_token)).scalar_one()
    assert b"id.token" not in bytes(sealed)
    with running.house.begin() as unit:
        unit.upstream.forget(one)
        assert unit.upstream.id_token_of(session) is None
        assert unit.upstream.identity_of(session) is None


IDENTITY = UpstreamIdentity(ISSUER, "a-sub-of-somebody", "eidas1")
FEDERATED = Evidence(("fc",), "eidas1")


def open_sessions(running: Running, account_id: str, *evidence: Evidence) -> list[str]:
    """Open a session by each; return their ids."""
    with running.house.begin() as unit:
        account = unit.accounts.get(account_id)
        assert account is not None
        return [open_session(unit, None, account, new_id(), how, running.clock.now()).session.id for how in evidence]


def test_the_sessions_an_identity_opened_are_those_that_live(running: Running, accounts: tuple[str, str]) -> None:
    one, other = accounts
    first, ended, _ = open_sessions(running, one, FEDERATED, FEDERATED, OWN_PASSWORD)
    (elsewhere,) = open_sessions(running, other, Evidence(("fed",), "urn:idp:acr:federated"))
    with running.house.begin() as unit:
        end_session(unit, ended, running.clock.now())
        assert unit.upstream.sessions_of(one) == (first,)
        assert unit.upstream.sessions_of(other) == (elsewhere,)


def test_what_an_account_began_dies_with_it_and_nothing_else(running: Running, accounts: tuple[str, str]) -> None:
    one, other = accounts
    for state, account in (("mine", one), ("theirs", other), ("anybody's", None)):
        begin(running, transaction(running, state, state, account_id=account, purpose=Purpose.LINK))
    with running.house.begin() as unit:
        unit.upstream.abandon(one, running.clock.now())
    assert consume(running, "mine", "mine") is None
    assert consume(running, "theirs", "theirs") is not None
    assert consume(running, "anybody's", "anybody's") is not None


def test_an_id_token_opens_in_its_own_session_alone(running: Running, accounts: tuple[str, str]) -> None:
    """A row that somebody moved to another session says nothing there, and keeps nobody from signing out."""
    first, second = open_sessions(running, accounts[0], FEDERATED, FEDERATED)
    with running.house.begin() as unit:
        unit.upstream.remember(first, IDENTITY, "an.id.token", running.clock.now())
    with running.house.database.begin() as connection:
        connection.execute(update(upstream_sessions).values(session_id=second))
    with running.house.begin(write=False) as unit:
        assert unit.upstream.id_token_of(second) is None
        assert unit.upstream.id_token_of(first) is None


def test_what_is_forgotten_is_nowhere(running: Running, accounts: tuple[str, str]) -> None:
    one, other = accounts
    mine = open_sessions(running, one, FEDERATED, OWN_PASSWORD)
    (theirs,) = open_sessions(running, other, FEDERATED)
    with running.house.begin() as unit:
        for session in mine:
            unit.upstream.remember(session, IDENTITY, "an.id.token", running.clock.now())
        unit.upstream.remember(theirs, replace(IDENTITY, sub="another"), None, running.clock.now())
        account = unit.accounts.get(one)
    assert account is not None
    with running.house.database.begin() as connection:
        done = {"upstream_issuer": ISSUER, "upstream_sub": IDENTITY.sub, "upstream_acr": "eidas1"}
        connection.execute(update(enrollments).where(enrollments.c.member_id == account.member_id).values(done))
    assert IDENTITY.sub in everything(running)
    with running.house.begin() as unit:
        unit.upstream.forget(one)
        assert unit.upstream.identity_of(theirs) is not None, "another member's stays"
        assert unit.upstream.id_token_of(theirs) is None, "none was kept"
    assert IDENTITY.sub not in everything(running)


def everything(running: Running) -> str:
    """Return every value of the store as one text."""
    with running.house.database.begin(write=False) as connection:
        held = (connection.execute(select(table)) for table in metadata.sorted_tables)
        return "\n".join(repr(tuple(row)) for found in held for row in found)


def test_what_is_over_is_swept(running: Running, accounts: tuple[str, str]) -> None:
    """A transaction is kept for a day after its end, what a session owes upstream for the session's life."""
    (session,) = open_sessions(running, accounts[0], FEDERATED)
    begun = transaction(
        running, digest("a state"), purpose=Purpose.LINK, session_id=session, account_id=accounts[0], epoch=1
    )
    begin(running, begun)
    with running.house.begin() as unit:
        unit.upstream.remember(session, IDENTITY, "an.id.token", running.clock.now())
    left = []
    for passed in (MINUTE, SESSION_LIFE, LIFE + DAY):
        running.clock.advance(passed)
        sweep(running.house.database)
        left.append((count(running, "upstream_transactions"), count(running, "upstream_sessions")))
    assert left == [(1, 1), (1, 0), (0, 0)]
    running.clock.advance(400 * DAY)
    assert sweep(running.house.database)["sessions"] > 0, "nothing hangs on the session any more"


def count(running: Running, table: str) -> int:
    with running.house.database.begin(write=False) as connection:
        return len(connection.execute(select(metadata.tables[table])).all())
