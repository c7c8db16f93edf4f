"""Applying migrations, and the facts of a fresh database: revision 1 of the terms ships with the product."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection

from idp.accounts.terms import Terms, text_digest
from idp.kernel.clock import Instant
from idp.kernel.errors import OperatorError
from idp.storage.accounts import SqlAccounts
from idp.storage.database import Database

FOLDER = Path(__file__).parent / "migrations"


def upgrade(database: Database) -> None:
    """Bring the schema to the newest revision and publish revision 1 of the terms when none is."""
    from alembic import command
    from alembic.config import Config

    if database.is_sqlite and database.url.database:
        Path(database.url.database).parent.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with database.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        publish_first_terms(connection, database.clock.now())


def publish_first_terms(connection: Connection, now: Instant) -> None:
    """Publish the revision that ships with the product, unless one is published."""
    accounts = SqlAccounts(connection)
    try:
        accounts.current_terms()
    except LookupError:
        body = files("idp.storage.migrations").joinpath("terms.fr.txt").read_text("utf-8")
        accounts.publish_terms(Terms(1, "fr", text_digest(body), body, now))


def require_current(database: Database) -> None:
    """Raise ``OperatorError`` unless the schema is the one this program was written for."""
    from sqlalchemy import inspect, text

    newest = max(path.stem for path in (FOLDER / "versions").glob("[0-9]*.py")).partition("_")[0]
    with database.begin(write=False) as connection:
        found = None
        if inspect(connection).has_table("alembic_version"):
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if found != newest:
        raise OperatorError(f"the database is at revision {found or 'none'}, not {newest}: run idp migrate")
