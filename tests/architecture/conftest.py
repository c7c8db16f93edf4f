"""The house that architecture tests walk through has every room: an upstream provider with all its pages as well."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clock import FakeClock
from tests.support.house import Running, running_house

NOBODY = "http://127.0.0.1:9/api/v2"
"""An upstream provider that never answers: no page of ours waits for it."""


@pytest.fixture
def light(sqlite_template: Path, clock: FakeClock, tmp_path: Path) -> Iterator[Running]:
    """The whole provider on a real port, on SQLite alone, with everything configured."""
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    (tmp_path / "button.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', "utf-8")
    upstream = {
        "franceconnect_issuer": NOBODY,
        "franceconnect_client_id": "us",
        "franceconnect_client_secret": "a-secret-of-thirty-two-characters",
        "franceconnect_profile": "franceconnect-plus",
        "franceconnect_button": tmp_path / "button.svg",
    }
    with running_house(f"sqlite:///{tmp_path / 'idp.db'}", clock, tmp_path, **upstream) as house:
        yield house
