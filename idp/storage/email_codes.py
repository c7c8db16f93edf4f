"""Codes that prove an address. ``used_at`` ends a row, whatever ended it: used, dropped, or followed by another one;
so at most one row of an account has none, and that one counts."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, insert, select, update

from idp.accounts.email_code import AN_HOUR, TRIES, WAIT, PendingCode
from idp.kernel.clock import HOUR, Instant
from idp.kernel.ids import new_id
from idp.storage.tables import accounts, email_codes

_LOCK = select(accounts.c.id).where(accounts.c.id == bindparam("account_")).with_for_update()
_RECENT = (
    select(email_codes.c.asked_at)
    .where(email_codes.c.account_id == bindparam("account_"), email_codes.c.asked_at > bindparam("since_"))
    .order_by(email_codes.c.asked_at)
)
_WAITING = select(*(email_codes.c[name] for name in PendingCode.__slots__)).where(
    email_codes.c.account_id == bindparam("account_"), email_codes.c.used_at.is_(None)
)
_DROP = (
    update(email_codes)
    .where(email_codes.c.account_id == bindparam("account_"), email_codes.c.used_at.is_(None))
    .values(used_at=bindparam("now_"))
)
_TAKE = (
    update(email_codes)
    .where(
        email_codes.c.id == bindparam("id_"),
        email_codes.c.used_at.is_(None),
        email_codes.c.expires_at > bindparam("now_"),
        email_codes.c.tries < TRIES,
    )
    .values(tries=email_codes.c.tries + 1)
)
_USE = (
    update(email_codes)
    .where(
        email_codes.c.id == bindparam("id_"),
        email_codes.c.digest == bindparam("digest_"),
        email_codes.c.used_at.is_(None),
        email_codes.c.expires_at > bindparam("now_"),
    )
    .values(used_at=bindparam("now_"))
)
_VERIFIED = (
    update(accounts)
    .where(
        accounts.c.id == bindparam("account_"),
        accounts.c.epoch == bindparam("epoch_"),
        accounts.c.frozen_at.is_(None),
        accounts.c.closed_at.is_(None),
    )
    .values(email=bindparam("address_"), email_verified_at=bindparam("now_"))
)
_BEAR = (
    update(email_codes)
    .where(
        email_codes.c.id == bindparam("id_"),
        email_codes.c.used_at.is_(None),
        email_codes.c.asked_at > bindparam("since_"),
        email_codes.c.account_id.in_(
            select(accounts.c.id).where(accounts.c.frozen_at.is_(None), accounts.c.closed_at.is_(None))
        ),
    )
    .values(digest=bindparam("digest_"), expires_at=bindparam("expires_"))
    .returning(email_codes.c.address)
)


class SqlEmailCodes:
    """See ``accounts.email_code.EmailCodes``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ask(self, account_id: str, address: str, now: Instant) -> str | Instant:
        """Put a new code in the place of any other, or return when the next may be asked for."""
        # Two tabs at once count each other's: the account's row is theirs in turn.
        self._connection.execute(_LOCK, {"account_": account_id})
        asked = self._connection.execute(_RECENT, {"account_": account_id, "since_": now - HOUR}).scalars().all()
        if len(asked) >= AN_HOUR:
            free_at: Instant = asked[-AN_HOUR] + HOUR
            return free_at
        self.drop(account_id, now)
        row = {"id": new_id(), "account_id": account_id, "address": address, "tries": 0, "asked_at": now}
        self._connection.execute(insert(email_codes), row)
        return str(row["id"])

    def waiting(self, account_id: str) -> PendingCode | None:
        """Return the code that counts, past its time or its tries or not."""
        row = self._connection.execute(_WAITING, {"account_": account_id}).one_or_none()
        return None if row is None else PendingCode(**row._asdict())

    def take_try(self, code_id: str, now: Instant) -> bool:
        """Take one of its tries; False when none is left, it is past its time or was never sent."""
        return self._connection.execute(_TAKE, {"id_": code_id, "now_": now}).rowcount == 1

    def drop(self, account_id: str, now: Instant) -> None:
        """Let no code of an account count any more."""
        self._connection.execute(_DROP, {"account_": account_id, "now_": now})

    def verify(self, code: PendingCode, epoch: int, now: Instant) -> bool:
        """Use a code up, and make its address the account's verified one."""
        # The account first, as in ``ask``: whoever comes second waits, and nobody for each other.
        account = {"account_": code.account_id, "epoch_": epoch, "address_": code.address, "now_": now}
        if self._connection.execute(_VERIFIED, account).rowcount != 1:
            return False
        values = {"id_": code.id, "digest_": code.digest, "now_": now}
        return self._connection.execute(_USE, values).rowcount == 1


def bear(connection: Connection, code_id: str, digest: str, now: Instant, expires_at: Instant) -> str | None:
    """Give a code its digest and return the address it goes to; None, and nothing is stored, when it counts no longer.

    A second birth of the same code, after a crash, takes the place of the first: only the last mail's digits count.
    """
    values = {"id_": code_id, "digest_": digest, "since_": now - WAIT, "expires_": expires_at}
    return connection.execute(_BEAR, values).scalar_one_or_none()
