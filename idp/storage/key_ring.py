"""The rows of the key ring (``kernel.keyring``)."""

from __future__ import annotations

from sqlalchemy import Connection, select

from idp.kernel.keyring import KeyPurpose, RingEntry
from idp.storage.tables import key_ring
from idp.storage.upsert import insert_or_ignore


class SqlKeyRing:
    """Which keys exist, for what, and since when (``kernel.keyring``)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def entries(self) -> tuple[RingEntry, ...]:
        """Return every entry, oldest first."""
        rows = self._connection.execute(select(key_ring).order_by(key_ring.c.created_at, key_ring.c.version))
        return tuple(RingEntry(**{**row._asdict(), "purpose": KeyPurpose(row.purpose)}) for row in rows)

    def add(self, entry: RingEntry) -> bool:
        """Add an entry; False when its kid is already there."""
        values = {name: getattr(entry, name) for name in RingEntry.__slots__}
        added = insert_or_ignore(self._connection, key_ring).returning(key_ring.c.kid)
        return self._connection.execute(added, values).first() is not None
