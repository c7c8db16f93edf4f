"""Design section 4: the tables are frozen, follow the conventions, and are what the migrations make.

``schema.txt`` is the frozen text. After a wanted change: ``WRITE_SCHEMA=1 pytest tests/architecture/test_tables.py``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Constraint,
    Dialect,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    create_engine,
    inspect,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateTable

from idp.storage.database import Database
from idp.storage.migrate import FOLDER, require_current, upgrade
from idp.storage.tables import metadata
from tests.support.clock import FakeClock

POSTGRESQL: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
SQLITE: Dialect = sqlite.dialect()
FROZEN = Path(__file__).with_name("schema.txt")
TABLES = metadata.sorted_tables
COLUMNS = [column for table in TABLES for column in table.columns]
FLAGS = {"health_rights", "vitale_photo", "offline", "own_password", "verified_email"}
"""Columns that hold yes or no; a new one is named here and gets its CHECK."""
ENUMS = {
    "gender", "situation", "verdict", "channel", "reason", "profile", "answer", "purpose", "lane", "outcome", "kind",
    "question", "proof", "proven_by",
}  # fmt: skip
FREE_TEXT = {"member_lookups.purpose"}
"""Columns named like an enumeration whose values are open: a look-up's purpose comes with its pepper."""


def described() -> str:
    """Return the whole schema as text: one line per table, column, constraint and index."""
    lines: list[str] = []
    for table in sorted(metadata.tables.values(), key=lambda t: t.name):
        lines.append(f"table {table.name}")
        lines += [f"  {c.name} {_type(c)}{'' if c.nullable else ' not null'}" for c in table.columns]
        lines += sorted(f"  {_constraint(constraint)}" for constraint in table.constraints)
        lines += sorted(f"  index {index.name} ({', '.join(c.name for c in index.columns)})" for index in table.indexes)
    return "\n".join(lines) + "\n"


def _type(column: Column[object]) -> str:
    match column.type:
        case Integer():
            return "int"
        case LargeBinary():
            return "bytes"
        case Text():
            return "text"
    return repr(column.type)


def _constraint(constraint: Constraint) -> str:
    match constraint:
        case PrimaryKeyConstraint():
            what = f"primary key ({', '.join(constraint.columns.keys())})"
        case UniqueConstraint():
            what = f"unique ({', '.join(constraint.columns.keys())})"
        case ForeignKeyConstraint():
            what = f"{', '.join(constraint.column_keys)} -> {', '.join(e.target_fullname for e in constraint.elements)}"
        case CheckConstraint():
            what = f"check {constraint.sqltext}"
        case _:
            what = repr(constraint)
    return f"{constraint.name}: {what}"


def test_the_schema_is_the_frozen_one() -> None:
    if os.environ.get("WRITE_SCHEMA"):
        FROZEN.write_text(described(), "utf-8")
    assert described() == FROZEN.read_text("utf-8")


def test_columns_are_text_integers_or_bytes() -> None:
    for column in COLUMNS:
        assert type(column.type) in (Text, Integer, LargeBinary), column
        if isinstance(column.type, Integer):
            assert isinstance(column.type.dialect_impl(POSTGRESQL), BigInteger), column
            assert not isinstance(column.type.dialect_impl(SQLITE), BigInteger), column


def test_values_are_made_by_us_alone() -> None:
    for column in COLUMNS:
        made = (column.server_default, column.default, column.onupdate, column.identity, column.computed)
        assert made == (None,) * 5, column
        assert column.autoincrement == "auto", column
    for table in TABLES:
        rendered = str(CreateTable(table).compile(dialect=POSTGRESQL))
        assert "SERIAL" not in rendered


def test_every_constraint_has_a_name() -> None:
    for table in TABLES:
        for constraint in table.constraints:
            assert re.fullmatch(rf"(pk|fk|uq|ck)_{table.name}\w*", str(constraint.name)), (table, constraint)
        for index in table.indexes:
            assert str(index.name).startswith(f"ix_{table.name}_")


def test_tables_are_strict_on_sqlite() -> None:
    for table in TABLES:
        rendered = str(CreateTable(table).compile(dialect=SQLITE))
        assert rendered.rstrip().endswith("STRICT"), table
        assert "AUTOINCREMENT" not in rendered, table


def test_flags_and_enumerations_are_checked() -> None:
    for column in COLUMNS:
        checks = [str(c.sqltext) for c in column.table.constraints if isinstance(c, CheckConstraint)]
        if column.name in FLAGS:
            assert f"{column.name} IN (0, 1)" in checks, column
        if column.name in ENUMS and str(column) not in FREE_TEXT:
            assert any(check.startswith(f"{column.name} IN ('") for check in checks), column


def test_every_checked_value_is_a_known_flag_or_enumeration() -> None:
    checked = {
        match[1]
        for table in TABLES
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
        and (match := re.match(r"(\w+) IN \(", str(constraint.sqltext)))
    }
    assert checked == FLAGS | ENUMS


# --- migrations ---------------------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def nothing(request: pytest.FixtureRequest, clock: FakeClock, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'empty.db'}", clock)
        yield database
        database.close()
        return
    beside = make_url(request.getfixturevalue("postgresql_url"))
    name = f"{beside.database}_migrated"
    admin = create_engine(beside, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    database = Database(beside.set(database=name).render_as_string(hide_password=False), clock)
    try:
        yield database
    finally:
        database.close()
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def _downgrade(database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with database.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")


def _found(database: Database) -> dict[str, object]:
    """Return what the database itself says of every table; the names and texts of CHECKs included."""
    with database.begin(write=False) as connection:
        seen = inspect(connection)
        return {
            name: {
                "columns": [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in seen.get_columns(name)],
                "primary": seen.get_pk_constraint(name),
                "foreign": sorted(map(repr, seen.get_foreign_keys(name))),
                "unique": sorted(map(repr, seen.get_unique_constraints(name))),
                "checks": sorted(map(repr, seen.get_check_constraints(name))),
                "indexes": sorted(map(repr, seen.get_indexes(name))),
            }
            for name in seen.get_table_names()
            if name != "alembic_version"
        }


def test_migrations_make_exactly_the_tables(nothing: Database) -> None:
    upgrade(nothing)
    require_current(nothing)
    with nothing.begin(write=False) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    migrated = _found(nothing)
    _downgrade(nothing)
    metadata.create_all(nothing.engine)
    assert _found(nothing) == migrated


def test_migrated_tables_are_strict(clock: FakeClock, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'strict.db'}", clock)
    upgrade(database)
    with database.begin(write=False) as connection:
        rows = connection.exec_driver_sql("SELECT name FROM pragma_table_list WHERE strict = 0 AND schema = 'main'")
        loose = {row.name for row in rows if not row.name.startswith("sqlite_")}
    database.close()
    assert loose == {"alembic_version"}


def test_migrations_go_down_and_up_again(nothing: Database) -> None:
    upgrade(nothing)
    before = _found(nothing)
    _downgrade(nothing)
    assert _found(nothing) == {}
    upgrade(nothing)
    assert _found(nothing) == before


def test_upgrading_twice_changes_nothing(nothing: Database) -> None:
    upgrade(nothing)
    upgrade(nothing)
    with nothing.begin(write=False) as connection:
        assert connection.execute(text("SELECT count(*) FROM terms")).scalar_one() == 1
