"""Sessions and parked requests."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, insert, select, update

from idp.kernel.clock import Instant
from idp.signin.parked import Parked
from idp.signin.session import Session
from idp.storage.tables import parked_requests as parked
from idp.storage.tables import sessions

_COLUMNS = [sessions.c[name] for name in Session.__slots__]
_FIND = select(*_COLUMNS).where(sessions.c.secret == bindparam("secret_"))
_RENEW = (
    update(sessions)
    .where(sessions.c.id == bindparam("id_"), sessions.c.ended_at.is_(None))
    .values(
        {
            name: bindparam(f"{name}_")
            for name in (
                "secret",
                "browser",
                "epoch",
                "seen_at",
                "expires_at",
                "auth_time",
                "amr",
                "acr",
                "provisional_id",
            )
        }
    )
)
_TOUCH = update(sessions).where(sessions.c.id == bindparam("id_")).values(seen_at=bindparam("now_"))
_END = (
    update(sessions)
    .where(sessions.c.id == bindparam("id_"), sessions.c.ended_at.is_(None))
    .values(ended_at=bindparam("now_"))
)
_LIVING = (
    select(sessions.c.id)
    .where(
        sessions.c.account_id == bindparam("account_"),
        sessions.c.ended_at.is_(None),
        sessions.c.expires_at > bindparam("now_"),
    )
    .order_by(sessions.c.id)  # whoever ends several locks them in one order
)
_PREVIOUS = (
    select(sessions.c.auth_time)
    .where(sessions.c.account_id == bindparam("account_"), sessions.c.id != bindparam("id_"))
    .order_by(sessions.c.auth_time.desc())
    .limit(1)
)


class SqlSessions:
    """Sessions over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, secret_digest: str) -> Session | None:
        """See ``SessionStore``."""
        row = self._connection.execute(_FIND, {"secret_": secret_digest}).one_or_none()
        if row is None:
            return None
        values = row._asdict()
        return Session(**{**values, "amr": tuple(values["amr"].split())})

    def add(self, session: Session, secret_digest: str) -> None:
        """See ``SessionStore``."""
        self._connection.execute(insert(sessions), {**_row(session), "secret": secret_digest})

    def renew(self, session: Session, secret_digest: str) -> bool:
        """See ``SessionStore``."""
        values = {f"{name}_": value for name, value in _row(session).items()}
        for unchanged in ("account_id_", "created_at_", "ended_at_"):
            del values[unchanged]
        return self._connection.execute(_RENEW, {**values, "secret_": secret_digest}).rowcount == 1

    def touch(self, session_id: str, now: Instant) -> None:
        """See ``SessionStore``."""
        self._connection.execute(_TOUCH, {"id_": session_id, "now_": now})

    def end(self, session_id: str, now: Instant) -> bool:
        """See ``SessionStore``. On PostgreSQL it waits for those who share the row: ``SqlGrants.redeem``."""
        return self._connection.execute(_END, {"id_": session_id, "now_": now}).rowcount == 1

    def living_of(self, account_id: str, now: Instant) -> tuple[str, ...]:
        """See ``SessionStore``."""
        return tuple(self._connection.execute(_LIVING, {"account_": account_id, "now_": now}).scalars())

    def previous_auth_time(self, account_id: str, session_id: str) -> Instant | None:
        """See ``SessionStore``."""
        return self._connection.execute(_PREVIOUS, {"account_": account_id, "id_": session_id}).scalar_one_or_none()


def _row(session: Session) -> dict[str, object]:
    values = {column.name: getattr(session, column.name) for column in _COLUMNS}
    return {**values, "amr": " ".join(session.amr)}


_PARKED = list(parked.c)
_FLAGS = ("own_password", "verified_email")
_GET = select(*_PARKED).where(parked.c.id == bindparam("id_"))
_ADOPT = (
    update(parked).where(parked.c.id == bindparam("id_"), parked.c.browser == "").values(browser=bindparam("browser_"))
)
_STAMP = (
    update(parked)
    .where(parked.c.id == bindparam("id_"), parked.c.account_id.is_(None))
    .values(account_id=bindparam("account_"), epoch=bindparam("epoch_"))
)
_RAISE = (
    update(parked)
    .where(
        parked.c.browser == bindparam("browser_"),
        parked.c.account_id == bindparam("account_"),
        parked.c.completed_at.is_(None),
    )
    .values(epoch=bindparam("epoch_"))
)
_CONSENT = update(parked).where(parked.c.id == bindparam("id_")).values(consented_at=bindparam("now_"))
_COMPLETE = (
    update(parked)
    .where(parked.c.id == bindparam("id_"), parked.c.completed_at.is_(None))
    .values(completed_at=bindparam("now_"))
)


class SqlParked:
    """Parked requests over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def park(self, request: Parked) -> None:
        """See ``ParkedStore``."""
        row = {column.name: getattr(request, column.name) for column in _PARKED}
        self._connection.execute(insert(parked), {**row, **{name: int(row[name]) for name in _FLAGS}})

    def get(self, parked_id: str) -> Parked | None:
        """See ``ParkedStore``."""
        row = self._connection.execute(_GET, {"id_": parked_id}).one_or_none()
        if row is None:
            return None
        values = row._asdict()
        return Parked(**{**values, **{name: bool(values[name]) for name in _FLAGS}})

    def adopt(self, parked_id: str, browser: str) -> bool:
        """See ``ParkedStore``."""
        return self._connection.execute(_ADOPT, {"id_": parked_id, "browser_": browser}).rowcount == 1

    def stamp(self, parked_id: str, account_id: str, epoch: int) -> None:
        """See ``ParkedStore``."""
        self._connection.execute(_STAMP, {"id_": parked_id, "account_": account_id, "epoch_": epoch})

    def raise_epoch(self, browser: str, account_id: str, epoch: int) -> None:
        """See ``ParkedStore``."""
        self._connection.execute(_RAISE, {"browser_": browser, "account_": account_id, "epoch_": epoch})

    def consent(self, parked_id: str, now: Instant) -> None:
        """See ``ParkedStore``."""
        self._connection.execute(_CONSENT, {"id_": parked_id, "now_": now})

    def complete(self, parked_id: str, now: Instant) -> bool:
        """See ``ParkedStore``."""
        return self._connection.execute(_COMPLETE, {"id_": parked_id, "now_": now}).rowcount == 1
