"""The worker: claims due jobs, has them delivered without a transaction, settles them (design section 9).

A lane never waits for another when it has a worker of its own; a worker given several takes them in turn.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Mapping

from idp.kernel.clock import Clock
from idp.kernel.effects import Kind, Lane
from idp.kernel.log import get_logger
from idp.post.deliverer import Deliverer, PermanentFailure, RecipientRefused, TemporaryFailure
from idp.post.outbox import Job, LeaseLost, Outcome, Queue
from idp.post.pace import retry_at

POLL_SECONDS = 1.0
"""The longest sleep: other processes put jobs in the outbox too, and their commits wake nobody here."""

AT_ONCE = 1
"""Jobs per claim. One: a lease is fresh when its work begins, and a worker that stops leaves none behind."""


class Worker:
    """Empties the lanes that have a deliverer; rows of other lanes wait.

    ``wake`` is set after a commit that may have put a job in the outbox; it belongs to this worker alone.
    ``owner`` names this worker's leases and must be unique among all workers, past ones included.
    """

    def __init__(
        self,
        outbox: Queue,
        deliverers: Mapping[Kind, Deliverer],
        clock: Clock,
        wake: threading.Event,
        owner: str,
    ) -> None:
        self._outbox = outbox
        self._deliverers = dict(deliverers)
        self._lanes = tuple(lane for lane in Lane if any(kind.lane is lane for kind in deliverers))
        self._clock = clock
        self._wake = wake
        self._owner = owner
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The lanes it empties."""
        return self._lanes

    def run_once(self) -> int:
        """Work every due job of every lane; return how many were worked."""
        return self._pass(threading.Event())

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set; set ``wake`` as well to be heard at once."""
        while not stop.is_set():
            self._wake.clear()  # before the pass: a commit during it must not be slept over
            try:
                self._pass(stop)
            # A database that is away for a minute must not end the worker for good.
            except Exception as error:  # noqa: BLE001
                _log_fault("post.pass_failed", error)
            self._wake.wait(POLL_SECONDS)

    def start(self) -> None:
        """Run in a daemon thread until ``stop``."""
        self._stop.clear()
        self._thread = threading.Thread(target=self.run, args=(self._stop,), name="post", daemon=True)
        self._thread.start()

    def retire(self) -> None:
        """Begin no other job; ``stop`` waits for the one in hand."""
        self._stop.set()
        self._wake.set()

    def stop(self, timeout_seconds: float = 15.0) -> None:
        """End the thread after the job in hand; one that takes longer is retried once its lease is over."""
        self.retire()
        if self._thread is not None:
            self._thread.join(timeout_seconds)
            self._thread = None

    def _pass(self, stop: threading.Event) -> int:
        return sum(self._work_lane(lane, stop) for lane in self._lanes)

    def _work_lane(self, lane: Lane, stop: threading.Event) -> int:
        worked = 0
        while not stop.is_set() and self._is_due(lane):
            jobs = self._outbox.claim(lane, self._owner, self._clock.now(), AT_ONCE)
            if not jobs:
                break  # another worker was faster
            for job in jobs:
                self._work(job)
            worked += len(jobs)
        return worked

    def _is_due(self, lane: Lane) -> bool:
        """Look before claiming: an idle worker takes no write lock."""
        due = self._outbox.next_due(lane)
        return due is not None and due <= self._clock.now()

    def _work(self, job: Job) -> None:
        self._conclude(job, lambda: self._deliverers[job.kind].deliver(job, self._clock.now()))

    def _conclude(self, job: Job, deliver: Callable[[], Outcome]) -> None:
        try:
            outcome = deliver()
        except LeaseLost:
            get_logger().info("post.lease_lost", **_ids(job))
        except RecipientRefused as error:
            self._fail(job, str(error), Outcome.REFUSED)
        except PermanentFailure as error:
            self._fail(job, str(error))
        except TemporaryFailure as error:
            self._try_later(job, str(error))
        # A fault in one job, whatever it is, must neither end the worker nor lose the job.
        except Exception as error:  # noqa: BLE001
            _log_fault("post.fault", error, **_ids(job))
            self._try_later(job, f"fault: {type(error).__name__}")
        else:
            self._outbox.settle(job, outcome, self._clock.now())
            get_logger().info("post.done", outcome=outcome.value, **_ids(job))

    def _try_later(self, job: Job, reason: str) -> None:
        now = self._clock.now()
        again = retry_at(job.kind.lane, job.tries, job.created_at, now)
        if again is None:
            self._fail(job, reason)
            return
        self._outbox.settle(job, None, now, error=reason, retry_at=again)
        get_logger().warning("post.retry", reason=reason, retry_at=again, **_ids(job))

    def _fail(self, job: Job, reason: str, outcome: Outcome = Outcome.FAILED) -> None:
        self._outbox.settle(job, outcome, self._clock.now(), error=reason)
        get_logger().error("post.failed", outcome=outcome.value, reason=reason, **_ids(job))


def _ids(job: Job) -> dict[str, str | int]:
    ids: dict[str, str | int] = {"job": job.id, "kind": job.kind.value, "copy": job.copy, "tries": job.tries}
    return ids if job.delivery is None else {**ids, "delivery": job.delivery.id}


def _log_fault(event: str, error: Exception, **ids: str | int) -> None:
    """Log where a fault happened and its type; its message may quote an address, so it is left out."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    get_logger().error(event, fault=type(error).__name__, frames=frames, **ids)
