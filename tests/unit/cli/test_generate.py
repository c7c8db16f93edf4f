"""``idp members generate``: made-up members, ready for ``idp members import``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run


def test_what_is_generated_is_imported(ready: Run, home: Path) -> None:
    folder = str(home / "many")
    made = ready("members", "generate", "--count", "300", "--seed", "7", folder, "--json").json
    assert made["members"] == 300
    taken = ready("members", "import", folder, "--json").json
    assert (taken["added"], taken["payments"], taken["invoices"]) == (300, made["payments"], made["invoices"])
    assert taken["refused"] == 0


def test_neither_database_nor_keys_are_needed(run: Run, home: Path) -> None:
    ran = run("members", "generate", "--count", "1", "--seed", "7", str(home / "one"))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("1 members, ")


def test_files_that_are_there_stay(run: Run, home: Path) -> None:
    words = ("members", "generate", "--count", "2", "--seed", "7", str(home / "two"))
    run(*words)
    before = (home / "two" / "members.csv").read_bytes()
    again = run(*words)
    assert (again.code, again.out) == (1, "")
    assert "is there already" in again.err
    assert (home / "two" / "members.csv").read_bytes() == before


@pytest.mark.parametrize(("count", "seed"), [("0", "7"), ("-1", "7"), ("10000001", "7"), ("2", "-1"), ("two", "7")])
def test_counts_and_seeds_have_bounds(run: Run, home: Path, count: str, seed: str) -> None:
    assert run("members", "generate", "--count", count, "--seed", seed, str(home / "none")).code == 2
    assert not (home / "none").exists()
