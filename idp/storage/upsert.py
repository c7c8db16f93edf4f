"""Inserts that meet a row already there: the same words in both dialects, chosen by the connection."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Generic, TypeVar

from sqlalchemy import Connection, Table

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

    DialectInsert = SqliteInsert | PostgresqlInsert
Statement = TypeVar("Statement")


class PerDialect(Generic[Statement]):
    """A statement described once, built for the database that is met; the other dialect is never loaded."""

    def __init__(self, build: Callable[[Callable[[Table], DialectInsert]], Statement]) -> None:
        self._build = build
        self._statements: dict[str, Statement] = {}

    def on(self, connection: Connection) -> Statement:
        """Return the statement for this connection's database."""
        name = connection.dialect.name
        if name not in self._statements:
            self._statements[name] = self._build(_insert_of(name))
        return self._statements[name]


def _insert_of(dialect: str) -> Callable[[Table], DialectInsert]:
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert
    from sqlalchemy.dialects import postgresql

    return postgresql.insert


def insert_or_ignore(connection: Connection, table: Table) -> DialectInsert:
    """Return an insert that leaves a row already there as it is, whichever of its keys is taken."""
    return _or_ignore(table).on(connection)


@cache
def _or_ignore(table: Table) -> PerDialect[DialectInsert]:
    return PerDialect(lambda insert: insert(table).on_conflict_do_nothing())
