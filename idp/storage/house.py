"""The house's own records: the key ring and the security events."""

from __future__ import annotations

import json

from sqlalchemy import Connection, insert, select

from idp.kernel.audit import AuditEvent
from idp.kernel.clock import Clock
from idp.kernel.ids import ordered_id
from idp.kernel.keyring import KeyPurpose, RingEntry
from idp.storage.tables import audit_events, key_ring
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


class SqlAudit:
    """Writes security events into the unit of work they belong to."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def add(self, event: AuditEvent) -> None:
        """Remember an event."""
        now = self._clock.now()
        self._connection.execute(
            insert(audit_events),
            {
                "id": ordered_id(now),
                "at": now,
                "tag": event.tag,
                "member_id": event.member,
                "account_id": event.account,
                "client_id": event.client,
                "source": event.source,
                "details": json.dumps(dict(event.details), separators=(",", ":")),
            },
        )
