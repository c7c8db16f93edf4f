"""The worker of a lane whose jobs wait for other machines: many are in hand at the same time.

The thread of the worker claims and settles; an event loop beside it, begun with the first job, does the waiting. One
that hangs keeps a place until its deliverer gives up, and no other job waits for it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

from idp.kernel.clock import Clock, Instant
from idp.kernel.effects import Kind, Lane
from idp.kernel.log import get_logger
from idp.post.outbox import Job, Outcome, Queue
from idp.post.worker import AT_ONCE, Worker

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal

PLACES = 32
"""Jobs in hand at the same time."""


class AsyncDeliverer(Protocol):
    """Works the jobs of one lane, on an event loop; ``post.deliverer.Deliverer`` says the rest."""

    async def deliver(self, job: Job, now: Instant) -> Outcome:
        """Bring one job out of the house, within a few seconds."""
        ...


class FanOut(Worker):
    """Empties one lane."""

    def __init__(
        self,
        outbox: Queue,
        deliverers: Mapping[Kind, AsyncDeliverer],
        clock: Clock,
        wake: threading.Event,
        owner: str,
    ) -> None:
        super().__init__(outbox, {}, clock, wake, owner)
        self._ways = dict(deliverers)
        self._lanes = tuple(lane for lane in Lane if any(kind.lane is lane for kind in deliverers))
        self._in_hand: dict[Future[Outcome], Job] = {}
        self._loop: BlockingPortal | None = None
        self._ending = ExitStack()

    def run_once(self) -> int:
        """Work every due job of the lane to its end; return how many were worked."""
        worked = 0
        try:
            while (begun := self._pass(threading.Event())) or self._in_hand:
                worked += begun
                wait(self._in_hand, return_when=FIRST_COMPLETED)
        finally:
            self._close()
        return worked

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set, then end what is in hand."""
        try:
            super().run(stop)
        finally:
            self._close()

    def _pass(self, stop: threading.Event) -> int:
        """Settle what is done, and begin as much as there is room for."""
        self._settle_done()
        return super()._pass(stop)

    def _work_lane(self, lane: Lane, stop: threading.Event) -> int:
        begun = 0
        while not stop.is_set() and len(self._in_hand) < PLACES and self._is_due(lane):
            jobs = self._outbox.claim(lane, self._owner, self._clock.now(), AT_ONCE)
            if not jobs:
                break  # another worker was faster, or is at work for the same portal
            for job in jobs:
                self._begin(job)
            begun += len(jobs)
        return begun

    def _begin(self, job: Job) -> None:
        done = self._running().start_task_soon(self._ways[job.kind].deliver, job, self._clock.now())
        self._in_hand[done] = job
        done.add_done_callback(lambda _done: self._wake.set())

    def _settle_done(self) -> None:
        for done in [future for future in self._in_hand if future.done()]:
            self._conclude(self._in_hand.pop(done), done.result)

    def _running(self) -> BlockingPortal:
        if self._loop is None:
            from anyio.from_thread import start_blocking_portal

            self._loop = self._ending.enter_context(start_blocking_portal())
            self._loop.call(_widen)
        return self._loop

    def _close(self) -> None:
        """End what is in hand, and the loop."""
        wait(self._in_hand)
        try:
            self._settle_done()
        finally:
            if self._in_hand:
                get_logger().warning("post.left", jobs=len(self._in_hand))
            self._in_hand.clear()
            self._loop = None
            self._ending.close()


async def _widen() -> None:
    """Let as many names be looked up at once as there are places: a slow name server holds a thread for each."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(PLACES, "names"))
