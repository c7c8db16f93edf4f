"""``idp members``: whom the fund knows."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from idp.cli.common import Json, group, opened, say

members = group("Whom the fund knows.")


@members.command("import")
def members_import(
    folder: Annotated[Path, typer.Argument(help="Folder with members.csv, payments.csv, invoices.csv.")],
    full: Annotated[bool, typer.Option("--full", help="Mark absent members as left.")] = False,
    keep_good: Annotated[bool, typer.Option("--keep-good", help="Take the good rows of a file with bad ones.")] = False,
    as_json: Json = False,
) -> None:
    """Take members, payments and invoices from three CSV files; safe to repeat."""
    from dataclasses import asdict

    from idp.kernel.audit import AuditEvent, Tag
    from idp.members.records import read_folder
    from idp.members.sheet import BadRow
    from idp.storage.members_import import ImportRefused, import_members

    def tell(rows: tuple[BadRow, ...]) -> None:
        for bad in rows:
            print(f"{bad.file}:{bad.line}: {bad.reason}", file=sys.stderr)

    with opened() as house:
        try:
            result = import_members(
                house.database,
                house.pepper,
                house.vault,
                house.clock,
                read_folder(folder),
                full,
                _progress(),
                keep_good=keep_good,
            )
        except ImportRefused as refused:
            tell(refused.bad)
            raise
        tell(result.refused)
        with house.begin() as unit:
            unit.audit.add(AuditEvent(Tag.MEMBERS_IMPORTED, details={"added": result.added, "updated": result.updated}))
    values = {**asdict(result), "refused": len(result.refused)}
    say(as_json, ", ".join(f"{count} {what}" for what, count in values.items()), values)


@members.command("generate")
def members_generate(
    folder: Annotated[Path, typer.Argument(help="Folder for members.csv, payments.csv, invoices.csv.")],
    count: Annotated[int, typer.Option(min=1, max=10_000_000, help="How many members.")],
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="The same seed, on one day, gives the same files.")],
    as_json: Json = False,
) -> None:
    """Write the three CSV files with made-up members, for tests."""
    from idp.kernel.clock import SystemClock, paris_date
    from idp.members.made_up.files import write_made_up

    paid, owed = write_made_up(folder, count, seed, paris_date(SystemClock().now()), _progress())
    values = {"members": count, "payments": paid, "invoices": owed}
    say(as_json, ", ".join(f"{number} {what}" for what, number in values.items()), values)


def _progress() -> Callable[[int, int], None] | None:
    """Return a progress bar for a person at a terminal, nothing otherwise."""
    if not sys.stderr.isatty():
        return None
    from rich.progress import Progress

    bar = Progress(transient=True)
    task = bar.add_task("members", total=None)
    bar.start()

    def advance(done: int, total: int) -> None:
        bar.update(task, completed=done, total=total)
        if done >= total:
            bar.stop()

    return advance
