"""What an agent sees of an account, and which letters nobody answered."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, exists, func, or_, select

from idp.accounts.account import Account, Channel, Delivery
from idp.accounts.provisional import MAIL_LIFE
from idp.kernel.clock import DAY, Instant
from idp.storage.tables import accounts, deliveries, freeze_codes, provisionals, sessions

PATIENCE = 10 * DAY
"""After this a letter counts as one that nobody answered."""

_ON_THEIR_WAY = (
    select(*(deliveries.c[name] for name in Delivery.__slots__))
    .where(
        deliveries.c.account_id == bindparam("id_"),
        deliveries.c.epoch == bindparam("epoch_"),
        or_(
            and_(deliveries.c.channel == Channel.EMAIL, deliveries.c.created_at > bindparam("mailed_")),
            and_(deliveries.c.channel == Channel.POST, deliveries.c.created_at > bindparam("posted_")),
        ),
    )
    .order_by(deliveries.c.created_at)
)
_FREEZE_CODES = select(func.count()).where(
    freeze_codes.c.account_id == bindparam("id_"),
    freeze_codes.c.used_at.is_(None),
    freeze_codes.c.expires_at > bindparam("now_"),
)
_EXPIRED = exists().where(provisionals.c.delivery_id == deliveries.c.id, provisionals.c.expires_at <= bindparam("now_"))
_SIGNED_IN = exists().where(
    sessions.c.account_id == deliveries.c.account_id,
    sessions.c.provisional_id.is_not(None),
    # A browser that is signed in already keeps its session: when it was made tells nothing.
    sessions.c.auth_time > deliveries.c.created_at,
)
_FIRST = func.min(deliveries.c.created_at).label("first_at")
_UNANSWERED = (
    select(
        deliveries.c.account_id.label("account"),
        func.count().label("letters"),
        _FIRST,
        func.max(deliveries.c.created_at).label("last_at"),
    )
    .join_from(deliveries, accounts, accounts.c.id == deliveries.c.account_id)
    .where(
        deliveries.c.channel == Channel.POST,
        deliveries.c.closed_at.is_(None),
        deliveries.c.epoch == accounts.c.epoch,
        accounts.c.closed_at.is_(None),
        or_(deliveries.c.created_at < bindparam("before_"), _EXPIRED),
        ~_SIGNED_IN,
    )
    .group_by(deliveries.c.account_id)
    .having(func.count() > 1)
    .order_by(_FIRST, deliveries.c.account_id)
)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """An account, and how many letters with a provisional password nobody answered."""

    account: str
    letters: int
    first_at: Instant
    last_at: Instant


class SqlAccountDesk:
    """What agents read, over one connection. Changes nothing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def on_their_way(self, account: Account, now: Instant, letter_days: int) -> tuple[Delivery, ...]:
        """Return the deliveries whose passwords may still work, oldest first; closed and refused ones too."""
        values = {"id_": account.id, "epoch_": account.epoch}
        spans = {"mailed_": now - MAIL_LIFE, "posted_": now - letter_days * DAY}
        rows = self._connection.execute(_ON_THEIR_WAY, {**values, **spans})
        return tuple(Delivery(**{**row._asdict(), "channel": Channel(row.channel)}) for row in rows)

    def freeze_codes(self, account_id: str, now: Instant) -> int:
        """Count the codes that would still freeze this account."""
        return self._connection.execute(_FREEZE_CODES, {"id_": account_id, "now_": now}).scalar_one()

    def unanswered(self, now: Instant) -> tuple[Unanswered, ...]:
        """Return the accounts with two or more letters that nobody answered, oldest first.

        A letter of the account's epoch is unanswered when it is more than ten days old or past its time, and nobody
        signed in with a provisional password since.
        """
        rows = self._connection.execute(_UNANSWERED, {"now_": now, "before_": now - PATIENCE})
        return tuple(Unanswered(**row._asdict()) for row in rows)
