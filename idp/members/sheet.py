"""The fund's files as rows: UTF-8 with or without a byte order mark, commas, one header line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from idp.members.row import Row

COLUMNS_BOUND = 64
_NAME = re.compile(r"[a-z][a-z_]{0,31}\Z")


@dataclass(frozen=True, slots=True)
class BadRow:
    """Something that is not taken, for the operator. The reason never holds a cell's text.

    ``whole_file`` says that nothing of the file could be read: no ``--keep-good`` helps.
    """

    file: str
    line: int
    reason: str
    whole_file: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns a file must have and those it may have."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


def read_sheet(path: Path, columns: Columns) -> Iterator[Row | BadRow]:
    """Yield every row of a file, or what is wrong with it or with the file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            try:
                yield from _rows(reader, path.name, columns)
            except csv.Error:
                yield BadRow(path.name, reader.line_num, "the line is not readable as CSV", whole_file=True)
            except UnicodeDecodeError:
                line = reader.line_num + 1
                yield BadRow(path.name, line, "the file is not UTF-8 from about here", whole_file=True)
    except FileNotFoundError:
        yield BadRow(path.name, 1, "there is no such file", whole_file=True)
    except OSError as error:
        yield BadRow(path.name, 1, f"the file cannot be opened ({error.strerror})", whole_file=True)


def _rows(reader: Iterator[list[str]], name: str, columns: Columns) -> Iterator[Row | BadRow]:
    header = [cell.strip().lower() for cell in next(reader, [])]
    wrong = tuple(_header_problems(header, columns))
    yield from (BadRow(name, 1, reason, whole_file=True) for reason in wrong)
    if wrong:
        return
    for cells in reader:
        line = int(getattr(reader, "line_num", 0))
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            yield BadRow(name, line, f"the line has {len(cells)} cells, {len(header)} are needed")
            continue
        yield Row(line, {column: cell.strip() for column, cell in zip(header, cells, strict=True)})


def _header_problems(header: list[str], columns: Columns) -> Iterator[str]:
    if not header:
        yield "the file is empty: its first line must name the columns"
        return
    if len(header) > COLUMNS_BOUND:
        yield f"the first line has more than {COLUMNS_BOUND} columns"
        return
    if len(header) == 1 and ";" in header[0]:
        yield "columns must be separated by commas, not by semicolons"
        return
    known = columns.required + columns.optional
    for place, column in enumerate(header, 1):
        # A file without a header has people's data here: only what looks like a name is repeated.
        shown = f"column {column}" if _NAME.match(column) else f"column number {place}"
        if column not in known:
            yield f"{shown} is not known"
        elif column in header[: place - 1]:
            yield f"{shown} stands twice"
    for column in columns.required:
        if column not in header:
            yield f"column {column} is missing"
