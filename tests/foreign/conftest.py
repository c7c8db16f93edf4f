"""One provider on the real time, with one open account, for the clients of this folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clock import PassingClock
from tests.support.house import Running, open_account, running_house


@pytest.fixture(scope="package")
def provider(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("foreign")
    shutil.copyfile(sqlite_template, folder / "idp.db")
    with running_house(f"sqlite:///{folder / 'idp.db'}", PassingClock(), folder) as running:
        open_account(running)
        yield running
