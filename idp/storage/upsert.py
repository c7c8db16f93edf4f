"""Inserts that meet a row already there: the same words in both dialects, chosen by the connection."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Generic, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

DialectInsert = sqlite.Insert | postgresql.Insert
Statement = TypeVar("Statement")


class PerDialect(Generic[Statement]):
    """A statement prebuilt for both databases from one description."""

    def __init__(self, build: Callable[[Callable[[Table], DialectInsert]], Statement]) -> None:
        self._statements = {"sqlite": build(sqlite.insert), "postgresql": build(postgresql.insert)}

    def on(self, connection: Connection) -> Statement:
        """Return the statement for this connection's database."""
        return self._statements[connection.dialect.name]


def insert_or_ignore(connection: Connection, table: Table) -> DialectInsert:
    """Return an insert that leaves a row already there as it is, whichever of its keys is taken."""
    return _or_ignore(table).on(connection)


@cache
def _or_ignore(table: Table) -> PerDialect[DialectInsert]:
    return PerDialect(lambda insert: insert(table).on_conflict_do_nothing())
