"""What every command shares: opening this node's house, reading a file or a line of the operator, answering."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from idp.kernel.errors import IdpError, OperatorError
from idp.settings import load

if TYPE_CHECKING:
    from idp.house import House
    from idp.members.nir import Nir

Read = TypeVar("Read")

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def group(summary: str) -> typer.Typer:
    """Return a group of commands that shows its help when called without one."""
    return typer.Typer(no_args_is_help=True, help=summary)


def read_text(path: Path) -> str:
    """Return a file the operator named. Raises ``OperatorError`` when it cannot be read."""
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise OperatorError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise OperatorError(f"{path} is not UTF-8") from None


@contextmanager
def opened() -> Iterator[House]:
    """Open this node's database and keys for one command."""
    from idp.house import open_house

    house = open_house(load())
    try:
        yield house
    finally:
        house.close()


def say(as_json: bool, text: str, value: dict[str, Any]) -> None:
    """Answer: a sentence, or the same facts as JSON."""
    print(as_text(value) if as_json else text)


def as_text(value: dict[str, Any], indent: int | None = None) -> str:
    """Return JSON that can be read as it is and steers no terminal: some of it was written by strangers."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return "".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in text)


def ask_number() -> Nir:
    """Ask for a member's number. It is no argument of any command: shell histories and process lists keep those."""
    from idp.members.nir import read_nir

    nir = ask("number", "number, 13 characters or 15 with its key", read_nir, hidden=True)
    if nir is None:
        raise OperatorError("the member's number is missing")
    return nir


def ask(name: str, asked: str, read: Callable[[str], Read], *, hidden: bool = False) -> Read | None:
    """Return one answer, None when skipped; at a terminal what cannot be read is asked again."""
    while True:
        typed = _line(asked, hidden=hidden)
        if not typed:
            return None
        try:
            return read(typed)
        except IdpError:
            # Nothing of what was typed: it may be the number.
            if not sys.stdin.isatty():
                raise OperatorError(f"{name} cannot be read: {asked}") from None
            print(f"This cannot be read: {asked}.", file=sys.stderr)


def _line(asked: str, *, hidden: bool) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    if hidden:
        from getpass import getpass

        return getpass(f"{asked}: ", stream=sys.stderr).strip()
    print(f"{asked}: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()
