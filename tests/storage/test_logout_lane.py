"""Logouts in the outbox: one thing at a time for each portal, and one line for each that could not be told."""

from __future__ import annotations

import pytest

from idp.kernel.clock import DAY, HOUR, MINUTE, SECOND
from idp.kernel.effects import Kind, Lane, LetterAsked, LogoutToken
from idp.post.outbox import LEASE, FailedJob, Job, Outcome, UntoldPortal
from idp.storage.database import Database
from idp.storage.outbox import SqlOutbox, SqlQueue
from tests.support.clock import FakeClock

ODD = 'po"rt%ail\\'
"""A client's id may hold any printable character."""


@pytest.fixture
def queue(database: Database) -> SqlQueue:
    return SqlQueue(database)


def put(database: Database, *clients: str) -> None:
    """Owe one logout to each, a microsecond apart."""
    with database.begin() as connection:
        for place, client in enumerate(clients):
            SqlOutbox(connection).put(LogoutToken(client, "sub", f"sid{place}"), database.clock.now() + place)


def claimed(queue: SqlQueue, clock: FakeClock, owner: str = "a") -> Job | None:
    found = queue.claim(Lane.LOGOUT, owner, clock.now(), 1)
    return found[0] if found else None


def test_a_job_holds_what_the_token_will_say(database: Database, queue: SqlQueue, clock: FakeClock) -> None:
    put(database, ODD)
    job = claimed(queue, clock)
    assert job is not None
    assert job.kind is Kind.BACKCHANNEL_LOGOUT
    assert job.about == {"client": ODD, "sub": "sub", "sid": "sid0"}
    assert (job.account, job.member, job.delivery, job.tries) == (None, None, None, 1)


def test_a_portal_is_told_one_thing_at_a_time_the_others_meanwhile(
    database: Database, queue: SqlQueue, clock: FakeClock
) -> None:
    put(database, ODD, ODD, ODD, "b", "a", "b")
    clock.advance(SECOND)
    first = [claimed(queue, clock, owner) for owner in "abcdef"]
    assert [job.about["client"] for job in first if job] == [ODD, "b", "a"], "oldest first, each portal once"
    assert queue.next_due(Lane.LOGOUT) is not None
    assert first[0] is not None
    queue.settle(first[0], Outcome.SENT, clock.now())
    again = claimed(queue, clock)
    assert again is not None
    assert again.about == {"client": ODD, "sub": "sub", "sid": "sid1"}


def test_a_worker_that_died_holds_its_portal_up_for_its_lease_alone(
    database: Database, queue: SqlQueue, clock: FakeClock
) -> None:
    put(database, "b", "b")
    clock.advance(SECOND)
    died = claimed(queue, clock)
    assert died is not None
    assert claimed(queue, clock, "b") is None
    clock.advance(LEASE)
    again = claimed(queue, clock, "b")
    assert again is not None
    assert (again.id, again.tries) == (died.id, 2)
    assert claimed(queue, clock, "c") is None
    assert not queue.settle(died, Outcome.SENT, clock.now()), "it is another's by now"


def test_other_lanes_do_not_mind(database: Database, queue: SqlQueue, clock: FakeClock) -> None:
    with database.begin() as connection:
        for _ in range(2):
            SqlOutbox(connection).put(LetterAsked(None, "wrong"), clock.now())
    assert len(queue.claim(Lane.REQUEST, "a", clock.now(), 1)) == 1
    assert len(queue.claim(Lane.REQUEST, "b", clock.now(), 1)) == 1


def test_a_dead_portal_is_one_line_for_the_operator(database: Database, queue: SqlQueue, clock: FakeClock) -> None:
    put(database, *("b" for _ in range(150)), ODD)
    clock.advance(SECOND)
    for turn in range(151):
        job = claimed(queue, clock)
        assert job is not None
        clock.advance(SECOND)
        queue.settle(job, Outcome.FAILED, clock.now(), error=f"reason {turn}" if turn else None)
    with database.begin() as connection:
        SqlOutbox(connection).put(LetterAsked(None, "wrong"), clock.now())
    (letter,) = queue.claim(Lane.REQUEST, "a", clock.now(), 1)
    queue.settle(letter, Outcome.FAILED, clock.now(), error="broken")
    with database.begin(write=False) as connection:
        state = SqlOutbox(connection).state(clock.now())
    assert state.untold == (UntoldPortal(ODD, 1, "reason 150"), UntoldPortal("b", 150, "reason 149"))
    assert state.failed == (FailedJob(letter.id, "letter_asked", None, "broken"),), "it is not hidden by the others"
    clock.advance(7 * DAY + MINUTE)
    with database.begin(write=False) as connection:
        assert SqlOutbox(connection).state(clock.now()).untold == ()


def test_what_was_told_or_owed_no_longer_is_no_line(database: Database, queue: SqlQueue, clock: FakeClock) -> None:
    put(database, "a", "b", "c")
    clock.advance(SECOND)
    for outcome in (Outcome.SENT, Outcome.DROPPED):
        job = claimed(queue, clock)
        assert job is not None
        queue.settle(job, outcome, clock.now())
    clock.advance(2 * HOUR)
    with database.begin(write=False) as connection:
        state = SqlOutbox(connection).state(clock.now())
    assert (state.waiting, state.late, state.failed, state.untold) == (1, 1, (), ())
