"""The README tells the truth, and every file says what it is for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from idp import cli, settings
from tests.architecture.source import PACKAGE, ROOT, trees

README = (ROOT / "README.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
LEAST = 15
"""Characters of a docstring that says something."""


def _rows(heading: str) -> dict[str, list[str]]:
    """Return the table under a heading: the name in the first cell to the other cells."""
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert section, f"the README has no section {heading}"
    rows = [line.strip("| \n").split(" | ") for line in section[1].splitlines() if line.startswith("| `")]
    return {cells[0].strip("` "): cells[1:] for cells in rows}


def test_the_settings_table_is_the_settings() -> None:
    rows = _rows("Settings")
    assert list(rows) == list(settings.variables())
    for name, description in settings.variables().items():
        assert rows[name][1] == description, name


def test_the_settings_table_has_the_defaults() -> None:
    rows = _rows("Settings")
    for field, info in settings.Settings.model_fields.items():
        default = "" if info.default in (None, "") else str(info.default).replace("\u00a0", " ")
        told = rows["IDP_" + field.upper()][0].strip("` ")
        assert told in (default, "–") or (told == "current folder" and field == "home"), field


def _commands(command: Any, before: str = "idp") -> Iterator[tuple[str, Any]]:
    """Every command that is told of, by its words."""
    below = getattr(command, "commands", {})
    if not below or command.invoke_without_command:
        yield before, command
    for name, one in below.items():
        if not one.hidden:
            yield from _commands(one, f"{before} {name}")


def test_the_commands_table_is_the_commands() -> None:
    told = {re.sub(r" ([A-Z-]|\[).*", "", name) for name in _rows("Commands")}
    assert told == {name for name, _ in _commands(typer.main.get_command(cli.app))}


def test_every_command_that_ends_answers_in_json_too() -> None:
    for name, command in _commands(typer.main.get_command(cli.app)):
        runs_on = name.split()[1] in {"serve", "worker", "demo"}
        assert runs_on != any("--json" in parameter.opts for parameter in command.params), name


def test_options_of_the_readme_exist() -> None:
    known: set[str] = {"--help"}
    waiting: list[Any] = [typer.main.get_command(cli.app)]
    while waiting:
        command = waiting.pop()
        known |= {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        waiting += getattr(command, "commands", {}).values()
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", README)) <= known


def test_make_targets_of_the_readme_exist() -> None:
    told = set(re.findall(r"(?:`|^)make ([a-z-]+)", README, re.MULTILINE))
    assert {"demo", "test"} <= told
    assert told <= set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


def test_paths_of_the_readme_exist() -> None:
    told = re.findall(r"`((?:idp|tests|templates|bench|keys)/[\w./-]*|[\w.-]+\.(?:toml|md))`", README)
    assert told
    assert [path for path in told if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md"])
def test_pages_hold_no_machine_path(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert re.search(r"(?<![\w.])/(work|home|tmp|root|usr|opt)/", text) is None


def test_every_file_says_what_it_is_for() -> None:
    silent = [
        path
        for path, tree in trees().items()
        if len(ast.get_docstring(tree) or "") < LEAST and "/migrations/versions/__init__" not in path
    ]
    assert silent == []


def test_every_package_says_what_it_owns_and_what_it_does_not() -> None:
    packages = sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))
    said = {package.name: ast.get_docstring(trees()[f"idp/{package.name}/__init__.py"]) or "" for package in packages}
    unclear = [name for name, text in said.items() if not re.search(r"own|knows (no|nothing)|decides no", text)]
    assert unclear == []
    assert all(len(text) > 2 * LEAST for text in said.values())
