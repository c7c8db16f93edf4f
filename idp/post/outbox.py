"""The outbox as the post sees it: jobs under lease, and the small calls of a worker (design section 9)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from idp.accounts.account import Delivery
from idp.kernel.clock import MINUTE, Instant
from idp.kernel.effects import Lane
from idp.kernel.errors import IdpError

LEASE = MINUTE
"""How long a claimed job is left to its worker; after that another one may take it."""


class Outcome(StrEnum):
    """How a job ended; the values are stored."""

    SENT = "sent"
    DROPPED = "dropped"
    FAILED = "failed"


class LeaseLost(IdpError):
    """Another worker has the job by now: leave it alone."""


@dataclass(frozen=True, slots=True)
class Job:
    """One row of the outbox, claimed by ``owner``.

    ``tries`` counts the claims, this one included: a crash counts as much as a refusal. ``created_at`` is
    when the job was put in the outbox. ``member_name`` is how the member is greeted.
    """

    id: str
    lane: Lane
    delivery: Delivery
    copy: int
    tries: int
    created_at: Instant
    member_name: str
    owner: str


class Queue(Protocol):
    """The queue behind a worker. Every call is its own committed unit of work."""

    def claim(self, lane: Lane, owner: str, now: Instant, limit: int) -> tuple[Job, ...]:
        """Lease at most ``limit`` due jobs of a lane, oldest first. ``owner`` is unique per worker."""
        ...

    def bear(self, job: Job, digest: str, now: Instant, expires_at: Instant) -> bool:
        """Store the digest of a new provisional password and renew the lease (law 4).

        False, and nothing is stored, when the delivery is closed or its account's epoch has moved: the job
        is to be dropped. Raises ``LeaseLost`` when the job is no longer its owner's.
        """
        ...

    def settle(
        self,
        job: Job,
        outcome: Outcome | None,
        now: Instant,
        *,
        error: str | None = None,
        retry_at: Instant | None = None,
    ) -> bool:
        """End the job with ``outcome``, or with None make it due again at ``retry_at``.

        False, and nothing is written, when the job is no longer its owner's.
        """
        ...

    def next_due(self, lane: Lane) -> Instant | None:
        """Return when the next job of a lane can be claimed (it may be past), None when none ever will."""
        ...
