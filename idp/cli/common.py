"""What every command shares: opening this node's house, reading a file the operator named, answering."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from idp.kernel.errors import OperatorError
from idp.settings import load

if TYPE_CHECKING:
    from idp.app import House

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
    from idp.app import open_house

    house = open_house(load())
    try:
        yield house
    finally:
        house.close()


def say(as_json: bool, text: str, value: dict[str, Any]) -> None:
    """Answer: a sentence, or the same facts as JSON."""
    print(json.dumps(value, ensure_ascii=False) if as_json else text)
