"""The four beats: read, take, ask, settle (design section 2), with bounded threads.

*Take* and *settle* run in at most as many threads as the pool has connections; argon2 runs in at most as many as
there are cores and is waited for at most 2 s. A browser that hangs up cancels nothing that has begun.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread

from idp.kernel.errors import ShownError

T = TypeVar("T")
_WAIT_SECONDS = 2


class Beats:
    """The bounded threads of one process."""

    def __init__(self, pool_size: int, cores: int | None = None) -> None:
        self._pool_size = pool_size
        self._cores = cores or os.cpu_count() or 1
        self._database: anyio.CapacityLimiter | None = None
        self._hashing: anyio.CapacityLimiter | None = None
        self._slots: anyio.Semaphore | None = None

    async def settle(self, work: Callable[[], T]) -> T:
        """Run one unit of work in a database thread, to its end."""
        if self._database is None:
            self._database = anyio.CapacityLimiter(self._pool_size)
        return await anyio.to_thread.run_sync(work, limiter=self._database)

    take = settle
    """A take is one autocommitted statement, in the same threads."""
    ask = settle
    """The outside (the registry) is asked in the same threads, with no unit of work open."""

    async def hash(self, work: Callable[[], T]) -> T:
        """Run argon2 in its own threads. Raises ``ShownError`` 503 when no slot is free within 2 s."""
        if self._hashing is None or self._slots is None:
            self._hashing = anyio.CapacityLimiter(self._cores)
            self._slots = anyio.Semaphore(self._cores)
        with anyio.move_on_after(_WAIT_SECONDS) as waiting:
            await self._slots.acquire()
        if waiting.cancelled_caught:
            raise ShownError("error.busy", 503, retry_after=5)
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._hashing)
        finally:
            self._slots.release()
