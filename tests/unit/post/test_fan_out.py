"""The worker of many at once: what hangs holds nobody up, what fails is settled alone, and stopping leaves nothing."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace

import anyio
import pytest

from idp.kernel.clock import MINUTE, SECOND, Instant
from idp.kernel.effects import Kind, Lane
from idp.post.deliverer import TemporaryFailure
from idp.post.fan_out import PLACES, FanOut
from idp.post.outbox import Job, Outcome
from tests.support.clock import FakeClock
from tests.unit.post.fakes import JOB, NOW, MemoryOutbox, Settled


def jobs(count: int) -> list[Job]:
    return [replace(JOB, id=f"job{n}", kind=Kind.BACKCHANNEL_LOGOUT, delivery=None) for n in range(count)]


class Does:
    """A deliverer that runs a coroutine for each job."""

    def __init__(self, work: Callable[[Job], Awaitable[None]]) -> None:
        self._work = work

    async def deliver(self, job: Job, now: Instant) -> Outcome:
        await self._work(job)
        return Outcome.SENT


def fan_out(outbox: MemoryOutbox, work: Callable[[Job], Awaitable[None]]) -> FanOut:
    return FanOut(outbox, {Kind.BACKCHANNEL_LOGOUT: Does(work)}, FakeClock(NOW), threading.Event(), "me")


def test_it_empties_its_lane_and_no_other() -> None:
    outbox = MemoryOutbox([*jobs(3), JOB])
    done: list[str] = []

    async def work(job: Job) -> None:
        done.append(job.id)

    worker = fan_out(outbox, work)
    assert worker.lanes == (Lane.LOGOUT,)
    assert worker.run_once() == 3
    assert sorted(done) == ["job0", "job1", "job2"]
    assert {settled.outcome for settled in outbox.settled} == {Outcome.SENT}
    assert worker.run_once() == 0


def test_as_many_as_there_are_places_wait_at_the_same_time_and_no_more() -> None:
    waiting, most = 0, 0
    everybody = anyio.Event()

    async def work(job: Job) -> None:
        nonlocal waiting, most
        waiting += 1
        most = max(most, waiting)
        if waiting == PLACES:
            everybody.set()
        await everybody.wait()
        waiting -= 1

    assert fan_out(MemoryOutbox(jobs(PLACES + 8)), work).run_once() == PLACES + 8
    assert most == PLACES


@pytest.mark.parametrize(
    ("error", "told"), [(TemporaryFailure("it answered 500"), "it answered 500"), (KeyError("x"), "fault: KeyError")]
)
def test_what_fails_is_tried_later_and_the_others_are_done(error: Exception, told: str) -> None:
    outbox = MemoryOutbox(jobs(3))

    async def work(job: Job) -> None:
        if job.id == "job1":
            raise error

    fan_out(outbox, work).run_once()
    assert sorted(outbox.settled, key=lambda settled: settled.job) == [
        Settled("job0", Outcome.SENT, None, None),
        Settled("job1", None, told, NOW + 30 * SECOND),
        Settled("job2", Outcome.SENT, None, None),
    ]


def test_the_fifth_failure_is_the_last() -> None:
    outbox = MemoryOutbox([replace(jobs(1)[0], tries=5, created_at=NOW - 43 * MINUTE)])

    async def work(job: Job) -> None:
        raise TemporaryFailure("no answer in time")

    fan_out(outbox, work).run_once()
    assert outbox.settled == [Settled("job0", Outcome.FAILED, "no answer in time", None)]


def test_what_comes_while_others_hang_is_begun_at_once() -> None:
    outbox, hung, second = MemoryOutbox(jobs(1)), threading.Event(), threading.Event()
    release = anyio.Event()

    async def work(job: Job) -> None:
        if job.id == "job0":
            hung.set()
            await release.wait()
        else:
            second.set()
            release.set()

    wake = threading.Event()
    worker = FanOut(outbox, {Kind.BACKCHANNEL_LOGOUT: Does(work)}, FakeClock(NOW), wake, "me")
    worker.start()
    assert hung.wait(5)
    outbox.jobs.append(replace(jobs(1)[0], id="late"))
    wake.set()
    assert second.wait(5)
    worker.stop()
    assert {settled.job for settled in outbox.settled} == {"job0", "late"}


def test_stopping_ends_what_is_in_hand_begins_nothing_and_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    outbox, begun = MemoryOutbox(jobs(1)), threading.Event()

    async def work(job: Job) -> None:
        begun.set()
        await anyio.sleep(0.2)

    worker = fan_out(outbox, work)
    worker.start()
    assert begun.wait(5)
    worker.retire()
    outbox.jobs += [replace(jobs(1)[0], id="late")]
    worker.stop()
    assert [settled.job for settled in outbox.settled] == ["job0"]
    assert set(threading.enumerate()) <= before
