"""What members allowed clients."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, select, update

from idp.kernel.clock import Instant
from idp.oidc.ports import Consent
from idp.storage.tables import accounts, consents
from idp.storage.upsert import insert_or_ignore

_MINE = (consents.c.account_id == bindparam("account_"), consents.c.client_id == bindparam("client_"))
_WORDS = select(consents.c.words).where(*_MINE)
_HOLD = _WORDS.with_for_update()
_ADD = update(consents).where(*_MINE).values(words=bindparam("words_"), given_at=bindparam("now_"))
_HOLD_ACCOUNT = select(accounts.c.id).where(accounts.c.id == bindparam("account_")).with_for_update()
_WITHDRAW = delete(consents).where(*_MINE)
_ALL = select(consents).where(consents.c.account_id == bindparam("account_")).order_by(consents.c.given_at.desc())


class SqlConsents:
    """See ``oidc.ports.ConsentStore``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def allowed(self, account_id: str, audience: str) -> frozenset[str]:
        """See ``signin.ports.Consents``."""
        words = self._connection.execute(_WORDS, {"account_": account_id, "client_": audience}).scalar_one_or_none()
        return frozenset() if words is None else frozenset(words.split())

    def remember(self, account_id: str, client_id: str, words: frozenset[str], now: Instant) -> None:
        """See the port."""
        row = {"account_id": account_id, "client_id": client_id, "words": "", "given_at": now}
        self._connection.execute(insert_or_ignore(self._connection, consents), row)
        names = {"account_": account_id, "client_": client_id}
        before = self._connection.execute(_HOLD, names).scalar_one()
        self._connection.execute(_ADD, {**names, "words_": _text(words | set(before.split())), "now_": now})

    def of_account(self, account_id: str) -> tuple[Consent, ...]:
        """See the port."""
        rows = self._connection.execute(_ALL, {"account_": account_id})
        return tuple(Consent(r.account_id, r.client_id, frozenset(r.words.split()), r.given_at) for r in rows)

    def withdraw(self, account_id: str, client_id: str) -> bool:
        """See the port. The account comes first, as for everybody who locks: a consent just given holds it too."""
        self._connection.execute(_HOLD_ACCOUNT, {"account_": account_id})
        return self._connection.execute(_WITHDRAW, {"account_": account_id, "client_": client_id}).rowcount == 1


def _text(words: frozenset[str]) -> str:
    return " ".join(sorted(words))
