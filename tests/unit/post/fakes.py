"""An outbox in memory, for the deliverer and the worker alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from idp.accounts.account import Channel, Delivery
from idp.kernel.clock import SECOND, Instant
from idp.kernel.effects import Kind, Lane
from idp.post.outbox import LEASE, Job, LeaseLost, Outcome

NOW = 1_800_000_000 * SECOND
DELIVERY = Delivery("delivery", "account", 0, Channel.EMAIL, "marie@exemple.test", None, NOW, None)
JOB = Job("job", Kind.PROVISIONAL_MAIL, DELIVERY, "account", "member", {}, 1, 1, NOW, "Marie Le Goff", "me")


@dataclass
class Settled:
    """One call of ``settle``."""

    job: str
    outcome: Outcome | None
    error: str | None
    retry_at: Instant | None


@dataclass
class MemoryOutbox:
    """Jobs, due when they were put; ``open_`` and ``lost`` decide how ``bear`` ends."""

    jobs: list[Job] = field(default_factory=list)
    leases: dict[str, Instant] = field(default_factory=dict)
    """Job → when its lease ends."""
    born: list[tuple[str, str, Instant]] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    open_: bool = True
    lost: bool = False

    def claim(self, lane: Lane, owner: str, now: Instant, limit: int) -> tuple[Job, ...]:
        ready = [job for job in self.jobs if job.kind.lane is lane and self._due(job) <= now][:limit]
        self.leases.update((job.id, now + LEASE) for job in ready)
        return tuple(replace(job, owner=owner) for job in ready)

    def bear(self, job: Job, digest: str, now: Instant, expires_at: Instant) -> bool:
        if self.lost:
            raise LeaseLost(job.id)
        if self.open_:
            self.born.append((job.id, digest, expires_at))
        return self.open_

    def settle(
        self,
        job: Job,
        outcome: Outcome | None,
        now: Instant,
        *,
        error: str | None = None,
        retry_at: Instant | None = None,
    ) -> bool:
        self.settled.append(Settled(job.id, outcome, error, retry_at))
        return True

    def next_due(self, lane: Lane) -> Instant | None:
        return min((self._due(job) for job in self.jobs if job.kind.lane is lane), default=None)

    def _due(self, job: Job) -> Instant:
        return self.leases.get(job.id, job.created_at)
