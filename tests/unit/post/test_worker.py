"""The worker: what it takes, what it leaves, and how it survives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from idp.kernel.clock import DAY, SECOND, Instant
from idp.kernel.effects import Kind, Lane
from idp.post.deliverer import PermanentFailure, RecipientRefused, TemporaryFailure
from idp.post.outbox import Job, LeaseLost, Outcome
from idp.post.worker import Worker
from tests.support.clock import FakeClock
from tests.unit.post.fakes import JOB, NOW, MemoryOutbox, Settled


class Says:
    """A deliverer that does what it is told, and remembers its jobs."""

    def __init__(self, answer: Callable[[], Outcome]) -> None:
        self._answer = answer
        self.jobs: list[str] = []

    def deliver(self, job: Job, now: Instant) -> Outcome:
        self.jobs.append(job.id)
        return self._answer()


def raises(error: Exception) -> Callable[[], Outcome]:
    def answer() -> Outcome:
        raise error

    return answer


def worker(outbox: MemoryOutbox, deliverer: Says, wake: threading.Event | None = None) -> Worker:
    return Worker(outbox, {Kind.PROVISIONAL_MAIL: deliverer}, FakeClock(NOW), wake or threading.Event(), "me")


@pytest.mark.parametrize(
    ("answer", "settled"),
    [
        (lambda: Outcome.SENT, Settled("job", Outcome.SENT, None, None)),
        (lambda: Outcome.DROPPED, Settled("job", Outcome.DROPPED, None, None)),
        (raises(PermanentFailure("550")), Settled("job", Outcome.FAILED, "550", None)),
        (raises(RecipientRefused("550 at RCPT")), Settled("job", Outcome.REFUSED, "550 at RCPT", None)),
        (raises(TemporaryFailure("450")), Settled("job", None, "450", NOW + 30 * SECOND)),
        (raises(KeyError("marie@exemple.test")), Settled("job", None, "fault: KeyError", NOW + 30 * SECOND)),
    ],
)
def test_how_a_job_ends(answer: Callable[[], Outcome], settled: Settled) -> None:
    outbox = MemoryOutbox([JOB])
    assert worker(outbox, Says(answer)).run_once() == 1
    assert outbox.settled == [settled]


def test_a_job_of_another_worker_by_now_is_left_alone() -> None:
    outbox = MemoryOutbox([JOB])
    worker(outbox, Says(raises(LeaseLost("job")))).run_once()
    assert outbox.settled == []


def test_a_job_a_day_old_fails_at_its_next_refusal() -> None:
    outbox = MemoryOutbox([replace(JOB, created_at=NOW - DAY, tries=28)])
    worker(outbox, Says(raises(TemporaryFailure("450")))).run_once()
    assert outbox.settled == [Settled("job", Outcome.FAILED, "450", None)]


def test_one_pass_works_every_due_job_and_no_other() -> None:
    jobs = [replace(JOB, id=f"job{n}") for n in range(3)]
    outbox = MemoryOutbox([*jobs, replace(JOB, id="later", created_at=NOW + 1)])
    deliverer = Says(lambda: Outcome.SENT)
    assert worker(outbox, deliverer).run_once() == 3
    assert deliverer.jobs == ["job0", "job1", "job2"]


def test_a_lane_without_a_deliverer_is_not_touched() -> None:
    outbox = MemoryOutbox([replace(JOB, kind=Kind.PROVISIONAL_LETTER)])
    assert worker(outbox, Says(lambda: Outcome.SENT)).run_once() == 0
    assert outbox.leases == {}


def test_a_failing_job_does_not_stop_the_next_one() -> None:
    outbox = MemoryOutbox([JOB, replace(JOB, id="next")])
    deliverer = Says(raises(ZeroDivisionError()))
    worker(outbox, deliverer).run_once()
    assert deliverer.jobs == ["job", "next"]


def test_a_fault_is_logged_with_its_place_and_ids_but_not_its_message() -> None:
    outbox = MemoryOutbox([JOB])
    with capture_logs() as logs:
        worker(outbox, Says(raises(ValueError("marie@exemple.test")))).run_once()
    assert (logs[0]["event"], logs[0]["fault"], logs[0]["job"]) == ("post.fault", "ValueError", "job")
    assert "in deliver" in logs[0]["frames"]
    assert "marie@" not in repr(logs)


def test_an_outbox_that_is_away_for_a_moment_does_not_end_the_thread() -> None:
    class Away(MemoryOutbox):
        calls = 0

        def next_due(self, lane: Lane) -> Instant | None:
            self.calls += 1
            if self.calls == 1:
                wake.set()
                raise OSError("the database is away")
            return super().next_due(lane)

    delivered = threading.Event()

    def answer() -> Outcome:
        delivered.set()
        return Outcome.SENT

    wake = threading.Event()
    busy = worker(Away([JOB]), Says(answer), wake)
    with capture_logs() as logs:
        busy.start()
        assert delivered.wait(5)
        busy.stop()
    assert logs[0]["event"] == "post.pass_failed"


def test_stopping_ends_the_thread_at_once() -> None:
    idle = worker(MemoryOutbox(), Says(lambda: Outcome.SENT))
    idle.start()
    idle.stop()
    assert "post" not in [thread.name for thread in threading.enumerate()]
