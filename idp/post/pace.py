"""The pace of retries: quick at first, hourly at last, given up after a day."""

from __future__ import annotations

from idp.kernel.clock import DAY, HOUR, MINUTE, SECOND, Instant

PACE = (30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE)
"""Waits after the first tries; every later one is an hour."""

GIVE_UP = DAY
"""A job that would be tried when older than this has failed, for an operator to see."""


def retry_at(tries: int, created_at: Instant, now: Instant) -> Instant | None:
    """Return when to try again after ``tries`` failures, None when it is time to give up."""
    wait = PACE[tries - 1] if 0 < tries <= len(PACE) else HOUR
    return now + wait if now + wait <= created_at + GIVE_UP else None
