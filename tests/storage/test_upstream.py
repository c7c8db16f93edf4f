"""The store of the ways upstream on both databases: once means once, one identity for one account (laws 2 and 3)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from idp.accounts.upstream import UpstreamIdentity
from idp.federation.transactions import LIFE, Link, Purpose, Transaction
from idp.kernel.ids import new_id
from idp.storage.tables import upstream_sessions
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
