"""The security events, written into the unit of work they belong to."""

from __future__ import annotations

import json

from sqlalchemy import Connection, insert

from idp.kernel.audit import AuditEvent
from idp.kernel.clock import Clock
from idp.kernel.ids import ordered_id
from idp.storage.tables import audit_events


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
