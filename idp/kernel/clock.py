"""The one clock. Instants are UTC microseconds as integers (design section 4)."""

from __future__ import annotations

import time
from calendar import monthrange
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

Instant = int
"""Microseconds since 1970-01-01T00:00:00Z."""

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

PARIS = ZoneInfo("Europe/Paris")


class Clock(Protocol):
    """Tells the time. Everything that needs "now" receives one."""

    def now(self) -> Instant:
        """Return the present instant in microseconds."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> Instant:
        """Return the machine's present instant."""
        return time.time_ns() // 1_000


def seconds(instant: Instant) -> int:
    """Return whole seconds since the epoch, as JWT claims want them (RFC 7519 section 2)."""
    return instant // SECOND


def minutes_until(later: Instant, now: Instant) -> int:
    """Return the whole minutes to wait, one at least: what a member is told."""
    return _whole(later - now, MINUTE)


def seconds_until(later: Instant, now: Instant) -> int:
    """Return the whole seconds to wait, one at least: what a program is told (``Retry-After``)."""
    return _whole(later - now, SECOND)


def _whole(wait: int, unit: int) -> int:
    return max(1, -(-wait // unit))


def moment(instant: Instant) -> datetime:
    """Return the aware UTC datetime of an instant."""
    return datetime.fromtimestamp(instant / SECOND, UTC)


def paris_time(instant: Instant) -> datetime:
    """Return the instant as the members read it on their clock."""
    return moment(instant).astimezone(PARIS)


def paris_date(instant: Instant) -> date:
    """Return the calendar day in Europe/Paris, the calendar of every window shown to members."""
    return paris_time(instant).date()


def months_before(today: date, months: int) -> date:
    """Return the same day so many months ago, or the last day of that month."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))
