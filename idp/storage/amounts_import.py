"""Taking payments and invoices into their tables. A row already there stays; rows absent are left alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection, Table

from idp.kernel.ids import new_id
from idp.kernel.vault import Pepper
from idp.members.nir import Nir
from idp.members.records import AmountRecord
from idp.members.sheet import BadRow
from idp.storage.members_plan import batches, owners_of
from idp.storage.upsert import insert_or_ignore


class AmountWriter:
    """Adds the amounts of an import; ``bad`` gathers the rows of members nobody knows.

    ``ids`` are the members of the same import by number, old numbers included.
    """

    def __init__(
        self, connection: Connection, pepper: Pepper, ids: Mapping[Nir, str], advance: Callable[[int], None]
    ) -> None:
        self._connection = connection
        self._pepper = pepper
        self._ids = ids
        self._advance = advance
        self.bad: list[BadRow] = []

    def add(self, table: Table, file: str, records: Sequence[AmountRecord]) -> int:
        """Add the amounts of a file to a table; return how many were new."""
        added = 0
        for batch in batches(records):
            strangers = {record.nir for record in batch if record.nir not in self._ids}
            owners = owners_of(self._connection, self._pepper, strangers)
            known = {**self._ids_of(batch), **{nir: owner.member_id for nir, owner in owners.items()}}
            rows = [_row(record, known[record.nir]) for record in batch if record.nir in known]
            self.bad += [
                BadRow(file, record.line, "nir is no member's, neither here nor on record")
                for record in batch
                if record.nir not in known
            ]
            if rows:
                insert = insert_or_ignore(self._connection, table)
                # Many rows go in one statement on PostgreSQL; its count is kept only when asked for.
                counted = {"preserve_rowcount": True}
                added += self._connection.execute(insert, rows, execution_options=counted).rowcount
            self._advance(len(batch))
        return added

    def _ids_of(self, batch: Sequence[AmountRecord]) -> dict[Nir, str]:
        return {record.nir: self._ids[record.nir] for record in batch if record.nir in self._ids}


def _row(record: AmountRecord, member_id: str) -> dict[str, object]:
    return {
        "id": new_id(),
        "member_id": member_id,
        "paid_on": record.paid_on,
        "amount_cents": record.amount_cents,
        "label": record.label,
        "ordinal": record.ordinal,
    }
