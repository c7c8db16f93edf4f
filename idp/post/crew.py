"""One worker per lane, so that a lane never waits for another (design section 9)."""

from __future__ import annotations

from idp.kernel.effects import Lane
from idp.post.worker import Worker


class Crew:
    """The workers of one process."""

    def __init__(self, workers: tuple[Worker, ...]) -> None:
        self._workers = workers

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The lanes that this process empties."""
        return tuple(lane for worker in self._workers for lane in worker.lanes)

    def run_once(self) -> int:
        """Work every due job of every lane, one lane after the other; return how many were worked."""
        return sum(worker.run_once() for worker in self._workers)

    def start(self) -> None:
        """Run each worker in a thread of its own until ``stop``."""
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        """End every worker after the job in hand."""
        for worker in self._workers:
            worker.retire()
        for worker in self._workers:
            worker.stop()
