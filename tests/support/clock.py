"""A clock that tests move by hand."""

from __future__ import annotations

from idp.kernel.clock import Instant, SystemClock


class FakeClock:
    """Stands still until told otherwise; starts at the real present so that certificates and cookies hold."""

    def __init__(self, start: Instant | None = None) -> None:
        self.instant = SystemClock().now() if start is None else start

    def now(self) -> Instant:
        """Return the instant set last."""
        return self.instant

    def advance(self, microseconds: int) -> None:
        """Let time pass."""
        self.instant += microseconds


class PassingClock(FakeClock):
    """Passes as the real one does, and jumps when told: for tests with another machine's clock in play."""

    def __init__(self) -> None:
        super().__init__()
        self.instant = 0

    def now(self) -> Instant:
        """Return the real instant and every jump so far."""
        return SystemClock().now() + self.instant


class SkewedClock(FakeClock):
    """Another machine's clock: it goes with the first one, always as much ahead of it, or behind."""

    def __init__(self, true: FakeClock, ahead: Instant) -> None:
        super().__init__(ahead)
        self._true = true

    def now(self) -> Instant:
        """Return the true instant, and how much this clock is ahead of it."""
        return self._true.now() + self.instant
