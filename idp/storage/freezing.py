"""Freezing and thawing accounts, and the codes of the letters that freeze."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, select, update

from idp.kernel.clock import Instant
from idp.storage.tables import accounts, deliveries, freeze_codes, provisionals

_SPEND = (
    update(freeze_codes)
    .where(
        freeze_codes.c.digest == bindparam("digest_"),
        freeze_codes.c.used_at.is_(None),
        freeze_codes.c.expires_at > bindparam("now_"),
    )
    .values(used_at=bindparam("now_"))
    .returning(freeze_codes.c.account_id)
)
_SPENT = (
    select(accounts.c.id)
    .join_from(freeze_codes, accounts, accounts.c.id == freeze_codes.c.account_id)
    .where(
        freeze_codes.c.digest == bindparam("digest_"),
        freeze_codes.c.used_at.is_not(None),
        accounts.c.frozen_at.is_not(None),
    )
)
_FREEZE = (
    update(accounts)
    .where(accounts.c.id == bindparam("id_"), accounts.c.closed_at.is_(None))
    .values(epoch=accounts.c.epoch + 1, frozen_at=bindparam("now_"))
)
_THAW = (
    update(accounts)
    .where(accounts.c.id == bindparam("id_"), accounts.c.frozen_at.is_not(None), accounts.c.closed_at.is_(None))
    .values(epoch=accounts.c.epoch + 1, frozen_at=None)
)


class SqlFreezing:
    """See ``signin.ports.Freezing``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def spend(self, code_digest: str, now: Instant) -> str | None:
        """Use a code up; returns its account, None when it is unknown, used or past its time."""
        values = {"digest_": code_digest, "now_": now}
        return self._connection.execute(_SPEND, values).scalar_one_or_none()

    def keeps_frozen(self, code_digest: str) -> bool:
        """Tell whether this code was used and its account is still frozen."""
        return self._connection.execute(_SPENT, {"digest_": code_digest}).first() is not None

    def freeze(self, account_id: str, now: Instant) -> bool:
        """Raise the epoch, burn what is on its way, suspend; deletes nothing else. False for a closed account.

        One that is frozen is frozen anew: whoever is about to thaw it holds nothing any more.
        """
        if self._connection.execute(_FREEZE, {"id_": account_id, "now_": now}).rowcount != 1:
            return False
        burn(self._connection, account_id, now)
        return True

    def thaw(self, account_id: str) -> bool:
        """Open a frozen account again as it was; what left the house meanwhile is worth nothing. False when it was not
        frozen."""
        return self._connection.execute(_THAW, {"id_": account_id}).rowcount == 1


def burn(connection: Connection, account_id: str, now: Instant) -> None:
    """Delete every copy of a provisional password of an account, and let no further one leave (law 4)."""
    connection.execute(delete(provisionals).where(provisionals.c.account_id == account_id))
    connection.execute(
        update(deliveries)
        .where(deliveries.c.account_id == account_id, deliveries.c.closed_at.is_(None))
        .values(closed_at=now)
    )
