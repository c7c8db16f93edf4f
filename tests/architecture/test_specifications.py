"""``docs/specifications.md`` tells the truth: its tests exist, and it explains every member of discovery."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from idp.oidc.endpoints.discovery import document
from idp.oidc.offered import CERTIFICATION, USUAL, Offered
from idp.oidc.routes import PATHS
from idp.web.issuer import Issuer
from tests.architecture.source import PACKAGE, ROOT

PAGE: Final = (ROOT / "docs" / "specifications.md").read_text("utf-8")
STATUS: Final = re.compile(r"yes|certification only(: \S.+)?|(in part|no): \S.+")
LEVELS: Final = frozenset({"MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "RECOMMENDED", "attack"})
LONGEST: Final = 700
"""Characters of a row: the page is a table, not a book."""
SECTIONS: Final = {"Table": 5, "RFC 9700, rule by rule": 5}
"""Headings of the tables and how many columns each has."""
TESTS: Final = ROOT / "tests"

Row = tuple[str, ...]


def rows(heading: str) -> list[Row]:
    """Return the cells of a table's rows."""
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section, heading
    lines = [line for line in section[1].splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in line.strip()[1:-1].split("|")) for line in lines[2:]]


ROWS: Final = {f"{heading}: {row[0]}": row for heading in SECTIONS for row in rows(heading)}


def status(row: Row) -> str:
    """Return the status of a row of either table."""
    return row[2] if row[1] in LEVELS else row[1]


def ticked(cell: str) -> list[str]:
    """Return what stands in backticks, and assert that nothing else does stand in the cell."""
    assert re.sub(r"`[^`]+`", "", cell).strip() == "", cell
    return re.findall(r"`([^`]+)`", cell)


@cache
def collected_from(path: Path) -> frozenset[str]:
    """Return the tests that pytest collects from a file: its own, and those it imports."""
    names: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
    return frozenset(name for name in names if name.startswith("test_"))


def members(offered: Offered) -> dict[str, Any]:
    """Return the discovery document of a provider."""
    return document(Issuer("https://idp.example"), PATHS.__getitem__, (), offered, registers=True)


def test_every_row_is_there_once() -> None:
    assert len(ROWS) == sum(len(rows(heading)) for heading in SECTIONS)
    assert len(ROWS) > 90


@pytest.mark.parametrize("title", ROWS)
def test_every_row_has_its_cells_and_a_status_that_is_a_word(title: str) -> None:
    row = ROWS[title]
    assert len(row) == SECTIONS[title.partition(": ")[0]]
    assert STATUS.fullmatch(status(row))
    assert sum(map(len, row)) <= LONGEST


@pytest.mark.parametrize("title", ROWS)
def test_every_test_that_is_named_exists_and_nothing_is_claimed_without_one(title: str) -> None:
    row = ROWS[title]
    named = ticked(row[-1])
    assert named or status(row).startswith("no:")
    for each in named:
        file, _, name = each.partition("::")
        assert re.fullmatch(r"[\w/]+/test_\w+\.py", file), each
        assert (TESTS / file).is_file(), each
        found = collected_from(TESTS / file)
        assert name in found if name else found, each


@pytest.mark.parametrize("row", rows("Table"), ids=lambda row: row[0])
def test_every_file_of_ours_that_is_named_exists(row: Row) -> None:
    files = ticked(row[2])
    assert files or status(row).startswith("no:")
    assert [file for file in files if not (PACKAGE / file).exists()] == []


def test_every_member_of_discovery_is_explained_and_no_other() -> None:
    told = [name for row in rows("Table") for name in ticked(row[3])]
    assert len(told) == len(set(told))
    assert set(told) == {*members(USUAL), *members(CERTIFICATION)}


def test_what_certification_alone_has_is_told_so() -> None:
    usual, whole = members(USUAL), members(CERTIFICATION)
    added = {name for name in whole if whole[name] != usual.get(name)}
    told = {name for row in rows("Table") if status(row).startswith("certification only") for name in ticked(row[3])}
    assert told == added - {"response_types_supported", "grant_types_supported"}, "those two have rows of their own"


def test_every_rule_of_rfc_9700_has_a_level() -> None:
    found = rows("RFC 9700, rule by rule")
    assert {row[1] for row in found} <= LEVELS
    sections = {row[0].split()[0] for row in found}
    assert sections >= {"2.1", "2.1.1", "2.1.2", "2.2.1", "2.2.2", "2.3", "2.4", "2.5", "2.6"}
    assert sections >= {f"4.{attack}" for attack in range(1, 18)}
    assert all(row[3] or status(row).startswith("no:") for row in found)
