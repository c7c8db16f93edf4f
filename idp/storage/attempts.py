"""The throttle's counters: GCRA, one autocommitted upsert per take, the same text on both databases (law 9)."""

from __future__ import annotations

from sqlalchemy import text

from idp.accounts.throttle import Limit
from idp.kernel.clock import Instant
from idp.storage.database import Database

_TAKE = text(
    """
    INSERT INTO attempts (bucket, tat) VALUES (:bucket, :now + :interval)
    ON CONFLICT (bucket) DO UPDATE
    SET tat = CASE WHEN attempts.tat > :now THEN attempts.tat ELSE :now END + :interval
    WHERE CASE WHEN attempts.tat > :now THEN attempts.tat ELSE :now END + :interval <= :now + :reach
    RETURNING tat
    """
)
_NEXT = text("SELECT tat FROM attempts WHERE bucket = :bucket")
_GIVE_BACK = text("UPDATE attempts SET tat = tat - :interval WHERE bucket = :bucket")


class SqlAttempts:
    """See ``accounts.throttle.Attempts``; each call is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, bucket: str, limit: Limit) -> Instant | None:
        """Take one attempt, or return the instant when the next one is free."""
        now = self._database.clock.now()
        with self._database.begin() as connection:
            values = {"bucket": bucket, "now": now, "interval": limit.interval, "reach": limit.reach}
            if connection.execute(_TAKE, values).first() is not None:
                return None
            tat: int = connection.execute(_NEXT, {"bucket": bucket}).scalar_one()
            return tat + limit.interval - limit.reach

    def give_back(self, bucket: str, limit: Limit) -> None:
        """Undo one take."""
        with self._database.begin() as connection:
            connection.execute(_GIVE_BACK, {"bucket": bucket, "interval": limit.interval})
