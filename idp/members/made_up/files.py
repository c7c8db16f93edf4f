"""Writes made-up members as the fund's three files (design section 10), one by one."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from idp.kernel.errors import OperatorError
from idp.members.made_up.people import people
from idp.members.records import AMOUNT_COLUMNS, INVOICES, MEMBER_COLUMNS, MEMBERS, PAYMENTS

COLUMNS = (*MEMBER_COLUMNS.required, "ref")
_STEP = 1_000


def write_made_up(
    folder: Path, count: int, seed: int, today: date, progress: Callable[[int, int], None] | None = None
) -> tuple[int, int]:
    """Write ``count`` members; returns how many payments and invoices they have.

    The same seed and day (Europe/Paris) give the same files. The folder is made when missing and readable by its owner
    alone. Raises ``OperatorError`` when it has one of the files already, and when it cannot be written.
    """
    for name in (MEMBERS, PAYMENTS, INVOICES):
        if (folder / name).exists():  # never over files that may be the fund's own
            raise OperatorError(f"{folder / name} is there already: choose an empty folder")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ExitStack() as opened:
            members = _sheet(opened, folder / MEMBERS, COLUMNS)
            payments = _sheet(opened, folder / PAYMENTS, AMOUNT_COLUMNS.required)
            invoices = _sheet(opened, folder / INVOICES, AMOUNT_COLUMNS.required)
            paid = owed = 0
            for done, one in enumerate(islice(people(seed, today), count), 1):
                members.writerow(one.cells)
                payments.writerows((one.nir, *amount) for amount in one.payments)
                invoices.writerows((one.nir, *amount) for amount in one.invoices)
                paid, owed = paid + len(one.payments), owed + len(one.invoices)
                if progress is not None and (done % _STEP == 0 or done == count):
                    progress(done, count)
            return paid, owed
    except OSError as error:
        raise OperatorError(f"{folder} cannot be written: {error.strerror}") from None


def _sheet(opened: ExitStack, path: Path, columns: Iterable[str]) -> Any:
    """Return the writer of a new file, its columns written."""
    path.touch(mode=0o600)
    writer = csv.writer(opened.enter_context(path.open("w", encoding="utf-8", newline="")))
    writer.writerow(columns)
    return writer
