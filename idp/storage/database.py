"""The engine and the unit of work: one transaction, one connection, guarded against a second one.

SQLite: autocommit driver with our own begin (``BEGIN IMMEDIATE`` for writers), WAL, ``synchronous=FULL``,
``foreign_keys``, busy time-out. PostgreSQL: READ COMMITTED, ``synchronous_commit=on``. Returning commits, raising
rolls back (design section 2).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import QueuePool

from idp.kernel.clock import Clock
from idp.kernel.holding import holding

BUSY_TIMEOUT_MS = 10_000
_WORKERS = 5


class Database:
    """The database of this node. ``pool_size`` is the size of the limiter of the *settle* beat; the pool has five more
    connections, one for each worker of the post and one for the event loop of the last."""

    def __init__(self, url: str, clock: Clock, *, pool_size: int = 8) -> None:
        self.url = make_url(url)
        self.clock = clock
        self.pool_size = pool_size
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = (_sqlite_engine if self.is_sqlite else _postgresql_engine)(url, pool_size + _WORKERS)
        self.after_commit: list[Callable[[], None]] = []

    @contextmanager
    def begin(self, *, write: bool = True) -> Iterator[Connection]:
        """Open one transaction; ``write=False`` takes no write lock on SQLite.

        Raises ``ConnectionHeld`` inside another one.
        """
        with holding(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
                try:
                    yield connection
                except BaseException:
                    connection.exec_driver_sql("ROLLBACK")
                    raise
                connection.exec_driver_sql("COMMIT")
            else:
                with connection.begin():
                    yield connection

    def committed(self) -> None:
        """Wake those who wait for a commit (the worker of this process)."""
        for wake in self.after_commit:
            wake()

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _sqlite_engine(url: str, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=0,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    return engine


def _postgresql_engine(url: str, pool_size: int) -> Engine:
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        isolation_level="READ COMMITTED",
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={"options": "-c synchronous_commit=on"},
    )
