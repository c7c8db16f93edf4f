"""``idp members import``: the fund's three files, all or nothing, and every bad row named."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from idp.demo.members import write_members
from idp.demo.people import PEOPLE
from tests.unit.cli.conftest import Run


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "members"
    write_members(folder, date(2026, 9, 15))
    return folder


def _spoil(path: Path, column: str, value: str) -> None:
    """Put a value into the second row (line 3 of the file)."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[2][rows[0].index(column)] = value
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def test_members_are_taken_once(ready: Run, files: Path) -> None:
    first = ready("members", "import", str(files), "--json").json
    assert first["added"] == len(PEOPLE)
    assert first["payments"] > 0
    assert first["invoices"] > 0
    again = ready("members", "import", str(files), "--json").json
    assert (again["added"], again["updated"], again["unchanged"]) == (0, 0, len(PEOPLE))
    assert (again["payments"], again["invoices"]) == (0, 0)


def test_a_bad_row_is_named_by_file_line_and_reason(ready: Run, files: Path) -> None:
    _spoil(files / "members.csv", "gender", "neither")
    ran = ready("members", "import", str(files))
    assert ran.code == 1
    assert "members.csv:3: gender must be" in ran.err
    assert "nothing was imported" in ran.err
    assert ready("members", "import", str(files), "--keep-good", "--json").json["added"] == len(PEOPLE) - 1


def test_nothing_of_a_file_with_a_bad_row_is_taken(ready: Run, files: Path) -> None:
    _spoil(files / "payments.csv", "amount", "twelve")
    assert ready("members", "import", str(files)).code == 1
    write_members(files, date(2026, 9, 15))
    assert ready("members", "import", str(files), "--json").json["added"] == len(PEOPLE)


def test_a_number_is_never_told(ready: Run, files: Path) -> None:
    _spoil(files / "members.csv", "nir", PEOPLE[1].nir[:12] + "Z")
    ran = ready("members", "import", str(files))
    assert ran.code == 1
    assert "members.csv:3: nir" in ran.err
    assert PEOPLE[1].nir[:6] not in ran.err + ran.out


def test_a_missing_folder_is_named(ready: Run, tmp_path: Path) -> None:
    ran = ready("members", "import", str(tmp_path / "nowhere"))
    assert ran.code == 1
    assert "members.csv" in ran.err
    assert "Traceback" not in ran.err


def test_a_row_that_only_the_tables_can_judge_is_named_too(ready: Run, files: Path) -> None:
    _spoil(files / "payments.csv", "nir", "2550175056789")
    ran = ready("members", "import", str(files))
    assert ran.code == 1
    assert "payments.csv:3: " in ran.err
