"""Every mistake class and every trap of the kernel has a named attack, and ``docs/mistakes.md`` tells the truth."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.architecture.source import ROOT

MISTAKES = (
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,
)  # fmt: skip
ALSO = (1, 2, 3, 4, 5, 6, 7)
TRAPS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24)
TABLES = {"Classes": ("mistake", MISTAKES), "Also": ("also", ALSO), "Traps of Authlib": ("trap", TRAPS)}
PLACES = ("tests/mistakes", "tests/conformance/test_authlib_traps.py")
LONGEST_LINE = 400
"""Characters of a row: the page is a table, not a book."""


@cache
def attacks() -> frozenset[str]:
    """Return the names of the tests in the places where attacks live."""
    files = [*(ROOT / PLACES[0]).glob("*.py"), ROOT / PLACES[1]]
    trees = [ast.parse(file.read_text("utf-8")) for file in files]
    return frozenset(node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef))


def rows(heading: str) -> dict[int, list[str]]:
    """Return a table of the page: number to cells."""
    page = (ROOT / "docs" / "mistakes.md").read_text("utf-8")
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert section, heading
    found = [line.strip("|\n ").split(" | ") for line in section[1].splitlines() if re.match(r"\| \d", line)]
    assert all(len(cells) == 3 for cells in found)
    return {int(cells[0].split()[0]): cells for cells in found}


@pytest.mark.parametrize("heading", TABLES)
def test_every_number_has_its_named_attack(heading: str) -> None:
    kind, numbers = TABLES[heading]
    there = {int(found[1]) for name in attacks() if (found := re.match(rf"test_{kind}_(\d\d)_\w", name))}
    assert there == set(numbers)


@pytest.mark.parametrize("heading", TABLES)
def test_the_page_has_every_number_with_tests_and_files_that_exist(heading: str) -> None:
    kind, numbers = TABLES[heading]
    table = rows(heading)
    assert list(table) == list(numbers)
    for number, (title, protection, tests) in table.items():
        told = re.findall(r"`(\w+)`", tests)
        assert told, title
        assert all(name.startswith(f"test_{kind}_{number:02}_") for name in told), title
        assert set(told) <= attacks(), title
        files = re.findall(r"`(idp/[\w/]+\.py)`", protection)
        assert files, title
        assert [file for file in files if not (ROOT / file).is_file()] == [], title
        assert len(title) + len(protection) + len(tests) <= LONGEST_LINE, title


def test_no_attack_is_switched_off() -> None:
    texts = [file.read_text("utf-8") for file in (ROOT / "tests" / "mistakes").glob("*.py")]
    texts.append((ROOT / PLACES[1]).read_text("utf-8"))
    assert [text for text in texts if re.search(r"xfail|mark\.skip|pytest\.skip|mark\.deep", text)] == []
