"""Attempts are taken before the secret is judged (law 9): GCRA, one number per bucket.

A bucket lets ``burst`` attempts through at once and one more every ``interval`` after that. The stored number is the
theoretical arrival time of the next conforming attempt; one autocommitted upsert takes an attempt or refuses it.
A full bucket delays and never touches another bucket.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from idp.kernel.clock import MINUTE, SECOND, Instant


@dataclass(frozen=True, slots=True)
class Limit:
    """``burst`` attempts at once, then one each ``interval`` microseconds."""

    burst: int
    interval: int

    @property
    def reach(self) -> int:
        """How far ahead of now the stored time may run."""
        return self.burst * self.interval


SIGNIN_ACCOUNT = Limit(burst=10, interval=5 * MINUTE)
SIGNIN_SOURCE = Limit(burst=60, interval=20 * SECOND)
LOOKUP_SOURCE = Limit(burst=30, interval=2 * MINUTE)
FREEZE_SOURCE = Limit(burst=10, interval=5 * MINUTE)
UPSTREAM_SOURCE = Limit(burst=600, interval=2 * SECOND)
"""Ways to an upstream provider that one source may set out on, a whole office among them: each may cost a row, an
event, and a question there."""
RIGHT_SOURCE = Limit(burst=40, interval=30 * MINUTE)
"""Right answers of one source: a branch of the fund has a good day, a thief of a member file many more (law 9)."""


REGISTRATION_SOURCE = Limit(burst=600, interval=2 * SECOND)
"""Registrations that one source may make or replace: each may cost a row, and two questions to another machine. A run
of the certification suite makes some hundreds."""


class Attempts(Protocol):
    """The counters, each call its own transaction."""

    def take(self, bucket: str, limit: Limit) -> Instant | None:
        """Take one attempt. Returns None when taken, else the instant when the next one is free."""
        ...

    def give_back(self, bucket: str, limit: Limit) -> None:
        """Undo one take: the secret was right, or nothing was judged."""
        ...
