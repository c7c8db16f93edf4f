"""``idp serve`` loads nothing that a first request does not need (design section 11)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

LATER = (
    "alembic", "psycopg", "sqlalchemy.dialects.postgresql", "fpdf", "webauthn", "phonenumbers", "segno", "pyotp",
    "idp.demo", "dns", "email_validator", "authlib.integrations", "requests", "httpx2",
)  # fmt: skip
"""Loaded by whoever needs it first: a migration, PostgreSQL, a letter, a phone number, the demo. (rich is not here:
structlog imports it whenever it is installed.)"""

_START = """
import asyncio, json, sys
from idp.app import build
from idp.house import open_house
from idp.settings import load

app = build(open_house(load()), worker=False)
answers = []

async def main():
    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}
    async def send(message):
        answers.append(message)
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/.well-known/openid-configuration", "raw_path": b"/", "root_path": "", "query_string": b"",
        "headers": [(b"host", b"localhost:8000")], "client": ("127.0.0.1", 9), "server": ("127.0.0.1", 8000),
    }
    await app(scope, receive, send)

asyncio.run(main())
print(json.dumps({"status": answers[0]["status"], "modules": sorted(sys.modules)}))
"""


def _python(home: Path, *arguments: str) -> str:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    ran = subprocess.run(
        [sys.executable, *arguments],
        env={**plain, "IDP_HOME": str(home)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return ran.stdout


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Every module loaded once discovery has been answered on SQLite."""
    home = tmp_path_factory.mktemp("home")
    _python(home, "-m", "idp", "migrate")
    _python(home, "-m", "idp", "keys", "init")
    said = json.loads(_python(home, "-c", _START).splitlines()[-1])
    assert said["status"] == 200
    return set(said["modules"])


def test_nothing_needless_is_loaded(modules: set[str]) -> None:
    found = {later for later in LATER if any(name == later or name.startswith(later + ".") for name in modules)}
    assert found == set()


def test_the_other_database_s_driver_is_not_loaded(modules: set[str]) -> None:
    assert "sqlite3" in modules
    assert not any(name.startswith("psycopg") for name in modules)
