"""What dies and comes back while members enroll: the SMTP server, the fund's registry, the process of the post."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from random import Random

from sqlalchemy import Connection

from idp.app import make_post
from idp.house import House
from idp.kernel.clock import Instant
from idp.kernel.effects import Lane
from idp.post.worker import Worker
from idp.storage.database import Database
from idp.storage.outbox import SqlQueue
from idp.storage.unit import units
from tests.support.house import Running
from tests.support.post import Crash
from tests.support.registry import RegistryServer
from tests.support.smtp import SmtpServer

IDLE = "idle"
"""Death at any moment, not at a point of a conversation."""
SMTP_DEATHS = ("recipient", "data", "kept", "goodbye", IDLE)
REGISTRY_DEATHS = ("close", "half", "lost", IDLE)
CALM = 5
"""At most so many pages reach visitors between two moments of the hand."""
GATES = 12
"""At most so many gates of units of work are passed before a process dies."""
PATIENCE = 60
"""Seconds after which a post that has work and does none is stuck."""


class Life:
    """How many gates a process may still pass; at the last one, and at every one after it, it is dead."""

    def __init__(self) -> None:
        self.moved = threading.Event()
        self._left = math.inf
        self._lock = threading.Lock()

    @property
    def is_over(self) -> bool:
        return self._left <= 0

    def last(self, gates: float) -> bool:
        """Let it last so many gates from now; False when it is over already."""
        with self._lock:
            if not self.is_over:
                self._left = gates
            return not self.is_over

    def go_on(self, *, counted: bool) -> None:
        """Pass a gate. Raises ``Crash``."""
        with self._lock:
            self._left -= counted
            over = self.is_over
        self.moved.set()
        if over:
            raise Crash("the process died")


class MortalDatabase(Database):
    """A node's database as one process sees it: it dies before, within or after a unit of work that writes."""

    def __init__(self, whole: Database, life: Life) -> None:
        vars(self).update(vars(whole))  # the same connections, and commits wake the same workers
        self._life = life

    @contextmanager
    def begin(self, *, write: bool = True) -> Iterator[Connection]:
        """Open one transaction, if the process lives."""
        self._life.go_on(counted=write)
        with super().begin(write=write) as connection:
            yield connection
            self._life.go_on(counted=write)
        self._life.go_on(counted=write)


class PostProcess:
    """A process of the post: its workers run, until they are all dead at whatever they were at."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._queue = SqlQueue(house.database)
        self.life = Life()
        self._stop = threading.Event()
        database = MortalDatabase(house.database, self.life)
        crew = make_post(replace(house, database=database, begin=units(database, house.pepper, house.vault)))
        self._threads = [threading.Thread(target=self._live, args=(worker,), daemon=True) for worker in crew._workers]
        for thread in self._threads:
            thread.start()

    def next_due(self) -> Instant | None:
        """Return when the next job can be claimed."""
        return min((due for lane in Lane if (due := self._queue.next_due(lane)) is not None), default=None)

    def catch_up(self) -> None:
        """Return when nothing is due, or the process is dead."""
        self._house.database.committed()  # time may have passed: look again
        begun = time.monotonic()
        while True:
            self.life.moved.clear()
            due = self.next_due()
            if self.life.is_over or due is None or due > self._house.clock.now():
                return
            assert time.monotonic() < begun + PATIENCE, "the post does not get on"
            self.life.moved.wait(1)

    def end(self) -> None:
        """See it to its end."""
        self._stop.set()
        self._house.database.committed()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def _live(self, worker: Worker) -> None:
        with suppress(Crash):
            worker.run(self._stop)


class Hand:
    """Kills and restarts at random moments; a moment comes with a page that reaches a visitor.

    The seed draws which moments and which deaths; whom they meet is the threads' affair.
    """

    def __init__(self, running: Running, registry: RegistryServer, seed: int) -> None:
        self.smtp, self.registry = running.smtp, registry
        self.post = PostProcess(running.house)
        self.post_deaths = 0
        self._house = running.house
        self._random = Random(seed)  # noqa: S311 (moments that come again with their seed, no secret)
        self._lock = threading.Lock()
        self._calm = CALM

    def __enter__(self) -> Hand:
        return self

    def __exit__(self, *_: object) -> None:
        self.post.end()

    def page(self) -> None:
        """A page reached somebody: it may be the moment."""
        with self._lock:
            self._calm -= 1
            if self._calm > 0:
                return
            self._calm = self._random.randint(1, CALM)
            match self._random.randrange(3):
                case 0:
                    self._strike(self.smtp, SMTP_DEATHS)
                case 1:
                    self._strike(self.registry, REGISTRY_DEATHS)
                case _:
                    self._let_post_last(self._random.randint(1, GATES))

    def _strike(self, server: SmtpServer | RegistryServer, deaths: tuple[str, ...]) -> None:
        """Restart a server that is away, else kill it: now, or when it gets to a point of its work."""
        if not server.is_up:
            server.start()
        elif server.dies_at is None:
            death = self._random.choice(deaths)
            if death == IDLE:
                server.deaths.append(IDLE)
                server.stop()
            else:
                server.dies_at = death

    def _let_post_last(self, gates: float) -> None:
        """Let the post last so long, or replace it if it is dead."""
        if not self.post.life.last(gates):
            self.post_deaths += 1
            self.post.end()
            self.post = PostProcess(self._house)

    def rest(self) -> None:
        """Bring everything back, and wish no more deaths."""
        for server in (self.smtp, self.registry):
            server.dies_at = None
            if not server.is_up:
                server.start()
        self._let_post_last(math.inf)
