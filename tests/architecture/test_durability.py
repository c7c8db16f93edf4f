"""Law 11: what was acknowledged is on the disk. Every pooled connection is asked, not the configuration."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from idp.storage.database import BUSY_TIMEOUT_MS, Database
from tests.support.clock import FakeClock
from tests.support.house import Running


def _says(connection: Connection, database: Database) -> dict[str, object]:
    asked = (
        {name: f"PRAGMA {name}" for name in ("synchronous", "journal_mode", "foreign_keys", "busy_timeout")}
        if database.is_sqlite
        else {name: f"SHOW {name}" for name in ("synchronous_commit", "transaction_isolation")}
    )
    return {name: connection.exec_driver_sql(question).scalar_one() for name, question in asked.items()}


def _wanted(database: Database) -> dict[str, object]:
    if database.is_sqlite:
        full = 2
        return {"synchronous": full, "journal_mode": "wal", "foreign_keys": 1, "busy_timeout": BUSY_TIMEOUT_MS}
    return {"synchronous_commit": "on", "transaction_isolation": "read committed"}


def _size(database: Database) -> int:
    return int(database.engine.pool.size())  # type: ignore[attr-defined]


def test_every_pooled_connection_is_durable(database: Database) -> None:
    for _round in range(2):  # fresh connections, then the same ones from the pool
        with ExitStack() as stack:
            pool = [stack.enter_context(database.engine.connect()) for _ in range(_size(database))]
            assert [_says(connection, database) for connection in pool] == [_wanted(database)] * len(pool)


def test_a_unit_of_work_is_durable(database: Database) -> None:
    for write in (True, False):
        with database.begin(write=write) as connection:
            assert _says(connection, database) == _wanted(database)


def test_the_pool_is_bounded_and_leaves_the_worker_a_connection(database: Database) -> None:
    assert database.engine.pool._max_overflow == 0  # type: ignore[attr-defined]
    assert database.pool_size < _size(database) <= database.pool_size + 5


def test_the_running_provider_uses_such_a_database(light: Running) -> None:
    with light.house.begin(write=False):
        pass
    with light.house.database.engine.connect() as connection:
        assert _says(connection, light.house.database) == _wanted(light.house.database)


def test_a_writer_on_sqlite_takes_its_lock_before_it_reads(sqlite_template: Path, clock: FakeClock) -> None:
    database = Database(f"sqlite:///{sqlite_template}", clock)
    other = sqlite3.connect(sqlite_template, timeout=0, isolation_level=None)
    try:
        with database.begin(), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        with database.begin(write=False):
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
    finally:
        other.close()
        database.close()


def test_raising_rolls_back_and_returning_commits(database: Database) -> None:
    insert = text("INSERT INTO attempts (bucket, tat) VALUES (:bucket, 1)")

    def raising() -> None:
        with database.begin() as connection:
            connection.execute(insert, {"bucket": "raised"})
            raise LookupError

    with pytest.raises(LookupError):
        raising()
    with database.begin() as connection:
        connection.execute(insert, {"bucket": "returned"})
    with database.begin(write=False) as connection:
        assert connection.execute(text("SELECT bucket FROM attempts")).scalars().all() == ["returned"]
