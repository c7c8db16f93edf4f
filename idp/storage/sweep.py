"""Retention (design section 4): what is past its time is deleted, in batches, so that no writer waits long.

Codes, tokens and parked requests are kept a while after their end, so that a replay is still recognised (law 2);
refresh tokens stay as long as their family.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import ColumnElement, Table, and_, delete, exists, or_, select, update

from idp.kernel.clock import DAY, HOUR, Instant, paris_date
from idp.storage import tables as t
from idp.storage.database import Database

_BATCH = 500


def sweep(database: Database) -> dict[str, int]:
    """Delete everything past its time; returns how many rows of each table went."""
    now = database.clock.now()
    gone: dict[str, int] = {}
    for table, past in _rules(now):
        gone[table.name] = gone.get(table.name, 0) + _delete(database, table, past)
    with database.begin() as connection:
        events = t.audit_events
        cut = update(events).where(events.c.source.is_not(None), events.c.at < now - 7 * DAY).values(source=None)
        gone["audit_events.source"] = connection.execute(cut).rowcount
    return gone


def _rules(now: Instant) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Yield what is past its time, children before their parents."""
    yield t.upstream_transactions, t.upstream_transactions.c.expires_at < now - DAY
    yield t.enrollments, t.enrollments.c.created_at < now - 30 * DAY
    yield t.attempts, t.attempts.c.tat < now - 30 * DAY
    yield t.proof_slots, t.proof_slots.c.taken_at < now - 30 * DAY
    yield t.parked_requests, t.parked_requests.c.expires_at < now - DAY
    yield t.email_codes, t.email_codes.c.asked_at < now - DAY
    yield t.pushed_requests, t.pushed_requests.c.expires_at < now - DAY
    yield t.client_assertions, t.client_assertions.c.expires_at < now - HOUR
    yield t.client_tokens, t.client_tokens.c.expires_at < now - DAY
    yield t.initial_access_tokens, t.initial_access_tokens.c.expires_at < now - 30 * DAY
    yield t.device_grants, t.device_grants.c.expires_at < now - DAY
    yield t.authorization_codes, t.authorization_codes.c.expires_at < now - DAY
    yield t.access_tokens, t.access_tokens.c.expires_at < now - DAY
    ended = select(t.grants.c.id).where(_ended_grant(now))
    yield t.refresh_tokens, t.refresh_tokens.c.family.in_(ended)
    used = exists(select(t.access_tokens.c.digest).where(t.access_tokens.c.grant_id == t.grants.c.id))
    yield t.grants, and_(_ended_grant(now), ~used)
    ended_or_past = or_(t.sessions.c.ended_at.is_not(None), t.sessions.c.expires_at < now)
    yield t.upstream_sessions, t.upstream_sessions.c.session_id.in_(select(t.sessions.c.id).where(ended_or_past))
    over = select(t.sessions.c.id).where(_ended_session(now))
    yield t.client_sessions, t.client_sessions.c.session_id.in_(over)
    yield t.sessions, _ended_session(now)
    yield t.freeze_codes, t.freeze_codes.c.expires_at < now - 30 * DAY
    yield t.provisionals, t.provisionals.c.expires_at < now - 30 * DAY
    thirteen_months = (paris_date(now) - timedelta(days=396)).isoformat()
    yield t.payments, t.payments.c.paid_on < thirteen_months
    yield t.invoices, t.invoices.c.paid_on < thirteen_months
    yield t.outbox, t.outbox.c.done_at < now - 180 * DAY
    yield t.audit_events, t.audit_events.c.at < now - 365 * DAY


def _ended_grant(now: Instant) -> ColumnElement[bool]:
    """A grant of a session that goes on stays: its portal is to be told when that ends."""
    lives = exists(
        select(t.sessions.c.id).where(
            t.sessions.c.id == t.grants.c.session_id, t.sessions.c.ended_at.is_(None), t.sessions.c.expires_at > now
        )
    )
    return and_(or_(t.grants.c.expires_at < now - DAY, t.grants.c.revoked_at < now - DAY), ~lives)


def _ended_session(now: Instant) -> ColumnElement[bool]:
    """A session nothing hangs on any more; the last ones of an account tell it its last visit."""
    grants = exists(select(t.grants.c.id).where(t.grants.c.session_id == t.sessions.c.id))
    codes = exists(select(t.authorization_codes.c.digest).where(t.authorization_codes.c.session_id == t.sessions.c.id))
    return and_(t.sessions.c.expires_at < now - 90 * DAY - HOUR, ~grants, ~codes)


def _delete(database: Database, table: Table, past: ColumnElement[bool]) -> int:
    """Delete in batches, each its own transaction."""
    keys = list(table.primary_key.columns)
    total = 0
    while True:
        with database.begin() as connection:
            rows = connection.execute(select(*keys).where(past).limit(_BATCH)).all()
            for row in rows:
                connection.execute(delete(table).where(*(key == value for key, value in zip(keys, row, strict=True))))
        total += len(rows)
        if len(rows) < _BATCH:
            return total
