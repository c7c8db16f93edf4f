"""Retention: what is past its time goes, what is not stays, and a replay is still recognised for a day."""

from __future__ import annotations

from sqlalchemy import func, select

from idp.kernel.clock import DAY
from idp.oidc.initial_tokens import allow
from idp.storage import tables as t
from idp.storage.sweep import sweep
from tests.support.house import Running, open_account


def _count(running: Running, table: object) -> int:
    with running.house.database.begin(write=False) as connection:
        found: int = connection.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]
        return found


def test_a_year_later_nothing_is_left_but_the_member_and_the_account(running: Running) -> None:
    open_account(running)
    assert _count(running, t.enrollments) == 1
    first = sweep(running.house.database)
    assert {name for name, rows in first.items() if rows} <= {"payments", "invoices"}
    running.clock.advance(31 * DAY)
    gone = sweep(running.house.database)
    assert gone["enrollments"] == 1
    assert gone["proof_slots"] == 1
    assert gone["sessions"] == 0
    running.clock.advance(370 * DAY)
    gone = sweep(running.house.database)
    assert gone["sessions"] == 1
    assert _count(running, t.audit_events) == 0
    assert _count(running, t.accounts) == 1
    assert _count(running, t.passwords) == 1


def test_the_network_source_of_an_event_is_cut_after_seven_days(running: Running) -> None:
    open_account(running)
    with running.house.database.begin(write=False) as connection:
        assert connection.execute(select(t.audit_events.c.id).where(t.audit_events.c.source.is_not(None))).first()
    running.clock.advance(8 * DAY)
    assert sweep(running.house.database)["audit_events.source"] > 0
    with running.house.database.begin(write=False) as connection:
        assert not connection.execute(select(t.audit_events.c.id).where(t.audit_events.c.source.is_not(None))).first()


def test_a_token_for_registration_goes_a_month_after_its_end(running: Running) -> None:
    with running.house.begin() as unit:
        allow(unit, "Terres", 7, running.clock.now())
    running.clock.advance(36 * DAY)
    assert sweep(running.house.database)["initial_access_tokens"] == 0
    running.clock.advance(2 * DAY)
    assert sweep(running.house.database)["initial_access_tokens"] == 1
