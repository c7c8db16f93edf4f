"""Taking the fund's files into the tables, in one transaction: all of it or nothing.

A known member is updated, a changed number renames (same member id, so the same account and ``sub``); a
repeated import changes nothing. Rows absent from the files stay; ``full`` marks absent members as left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, text, update

from idp.kernel.clock import Clock, Instant
from idp.kernel.errors import OperatorError
from idp.kernel.vault import Pepper, Vault
from idp.members.nir import Nir
from idp.members.records import INVOICES, MEMBERS, PAYMENTS, Records
from idp.members.sheet import BadRow
from idp.storage.amounts_import import AmountWriter
from idp.storage.database import Database
from idp.storage.members_plan import batches, plan
from idp.storage.members_rows import Change, MemberWriter
from idp.storage.tables import invoices, members, payments

Progress = Callable[[int, int], None]

_PRESENT = select(members.c.id).where(members.c.left_at.is_(None))
_LEAVE = update(members).where(members.c.id == bindparam("member")).values(left_at=bindparam("now"))
# One import at a time; readers, and foreign keys of other tables, go on.
_LOCK = text("LOCK TABLE members IN SHARE ROW EXCLUSIVE MODE")


class ImportRefused(OperatorError):
    """Nothing was taken; ``bad`` says why, row by row."""

    def __init__(self, message: str, bad: Sequence[BadRow]) -> None:
        super().__init__(f"nothing was imported: {message}")
        self.bad = tuple(bad)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """Members by what was done to them, amounts that were new, and the rows left out under ``keep_good``."""

    added: int
    updated: int
    renamed: int
    unchanged: int
    left: int
    payments: int
    invoices: int
    refused: tuple[BadRow, ...]


def import_members(
    database: Database,
    pepper: Pepper,
    vault: Vault,
    clock: Clock,
    records: Records,
    full: bool = False,
    progress: Progress | None = None,
    *,
    keep_good: bool = False,
) -> ImportResult:
    """Import what ``read_folder`` read; ``progress`` receives rows done and rows in all.

    Raises ``ImportRefused`` when a row is bad, by itself or beside those on record, unless ``keep_good``; in
    any case when a file could not be read, or ``full`` meets a list of members that is not whole.
    """
    if any(bad.whole_file for bad in records.bad):
        raise ImportRefused("a file cannot be read", records.bad)
    _refuse_unless(keep_good, records.bad)
    if full and not records.members:
        raise ImportRefused(f"--full needs members in {MEMBERS}", records.bad)
    with database.begin() as connection:
        if not database.is_sqlite:
            connection.execute(_LOCK)
        steps = _Steps(progress, len(records.members) + len(records.payments) + len(records.invoices))
        writer = MemberWriter(connection, pepper, vault, clock.now())
        planned, bad = plan(connection, pepper, records.members)
        _refuse_unless(keep_good, bad)
        if full and any(row.file == MEMBERS for row in (*records.bad, *bad)):
            # A member whose row is bad is not absent.
            raise ImportRefused(f"--full needs a {MEMBERS} without bad rows", (*records.bad, *bad))
        counts: Counter[Change] = Counter()
        ids: dict[Nir, str] = {}
        for batch in batches(planned):
            for one, (change, member_id) in zip(batch, writer.write(batch), strict=True):
                counts[change] += 1
                ids[one.record.nir] = member_id
                if one.record.previous_nir is not None:
                    ids[one.record.previous_nir] = member_id
            steps.advance(len(batch))
        left = _leave(connection, set(ids.values()), clock.now()) if full else 0
        amounts = AmountWriter(connection, pepper, ids, steps.advance)
        paid = amounts.add(payments, PAYMENTS, records.payments)
        billed = amounts.add(invoices, INVOICES, records.invoices)
        _refuse_unless(keep_good, amounts.bad)
    return ImportResult(
        added=counts[Change.ADDED],
        updated=counts[Change.UPDATED],
        renamed=counts[Change.RENAMED],
        unchanged=counts[Change.UNCHANGED],
        left=left,
        payments=paid,
        invoices=billed,
        refused=(*records.bad, *bad, *amounts.bad),
    )


class _Steps:
    """Counts rows for the progress bar."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def advance(self, rows: int) -> None:
        self._done += rows
        if self._progress is not None:
            self._progress(self._done, self._total)


def _refuse_unless(keep_good: bool, bad: Sequence[BadRow]) -> None:
    if bad and not keep_good:
        raise ImportRefused("there are bad rows", bad)


def _leave(connection: Connection, present: set[str], now: Instant) -> int:
    absent = [member_id for member_id in connection.execute(_PRESENT).scalars() if member_id not in present]
    for batch in batches(absent):
        connection.execute(_LEAVE, [{"member": member_id, "now": now} for member_id in batch])
    return len(absent)
