"""The outbox as the post sees it: jobs under lease, and the small calls of a worker (design section 9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from idp.accounts.account import Delivery
from idp.kernel.clock import DAY, HOUR, MINUTE, Instant
from idp.kernel.effects import Kind, Lane
from idp.kernel.errors import IdpError

LEASE = MINUTE
"""How long a claimed job is left to its worker; after that another one may take it."""


class Outcome(StrEnum):
    """How a job ended; the values are stored."""

    SENT = "sent"
    DROPPED = "dropped"
    REFUSED = "refused"
    FAILED = "failed"


class LeaseLost(IdpError):
    """Another worker has the job by now: leave it alone."""


@dataclass(frozen=True, slots=True)
class Job:
    """One row of the outbox, claimed by ``owner``.

    ``tries`` counts the claims, this one included: a crash counts as much as a refusal. ``created_at`` is
    when the job was put in the outbox. ``delivery`` is None for what carries no provisional password;
    ``account`` and ``member`` are None where nobody is meant. ``member_name`` is how the member is greeted, empty for
    nobody. ``about`` holds what else the effect said.
    """

    id: str
    kind: Kind
    delivery: Delivery | None
    account: str | None
    member: str | None
    about: Mapping[str, str]
    copy: int
    tries: int
    created_at: Instant
    member_name: str
    owner: str

    @property
    def owed(self) -> Delivery:
        """The delivery, of a job that has one. Raises ``LookupError``."""
        if self.delivery is None:
            raise LookupError(f"job {self.id} owes no delivery")
        return self.delivery


LATE_AFTER = HOUR
"""A job older than this that still waits is late."""
LATELY = 7 * DAY
"""How far back the operator is told of jobs that failed."""
MOST_FAILED = 100


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that ended without its mail or letter; ``reason`` names no address."""

    job: str
    kind: str
    delivery: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class UntoldPortal:
    """A portal that was not told of logouts lately: of how many, and why not of the last one."""

    client: str
    logouts: int
    reason: str


@dataclass(frozen=True, slots=True)
class PostState:
    """What the operator sees of the outbox at 3 a.m.; a dead portal fills one line of it, whatever it missed."""

    waiting: int
    late: int
    failed: tuple[FailedJob, ...]
    untold: tuple[UntoldPortal, ...]


class Queue(Protocol):
    """The queue behind a worker. Every call is its own committed unit of work."""

    def claim(self, lane: Lane, owner: str, now: Instant, limit: int) -> tuple[Job, ...]:
        """Lease at most ``limit`` due jobs of a lane, oldest first. ``owner`` is unique per worker.

        Of the logout lane only jobs of portals that nobody is telling anything at the moment.
        """
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
