"""The program as an operator runs it: words in, exit code and two streams out, over a home of its own."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from idp import cli


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer of ``--json``."""
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home; no variable of this process is read."""
    for name in os.environ:
        if name.startswith("IDP_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("IDP_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``idp`` with these words."""

    def call(*words: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["idp", *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
        told = capsys.readouterr()
        return Ran(int(left.value.code or 0), told.out, told.err)

    return call


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with schema and keys, made once: RSA keys are slow."""
    folder = tmp_path_factory.mktemp("prepared") / "home"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IDP_HOME", str(folder))
        for words in (("migrate",), ("keys", "init")):
            patch.setattr(sys, "argv", ["idp", *words])
            with pytest.raises(SystemExit) as left:
                cli.main()
            assert not left.value.code
    return folder


@pytest.fixture
def ready(run: Run, home: Path, prepared: Path) -> Run:
    """The program in a home with schema and keys."""
    shutil.copytree(prepared, home, dirs_exist_ok=True)
    return run
