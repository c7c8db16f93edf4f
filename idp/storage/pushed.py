"""Authorization requests that clients pushed (RFC 9126)."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, bindparam, insert, select, update

from idp.kernel.clock import Instant
from idp.oidc.ports import Pushed
from idp.storage.tables import pushed_requests as pushed

_WAITING = (pushed.c.digest == bindparam("digest_"), pushed.c.used_at.is_(None))
_GET = select(*(pushed.c[name] for name in Pushed.__slots__)).where(*_WAITING, pushed.c.expires_at > bindparam("now_"))
_SPEND = update(pushed).where(*_WAITING).values(used_at=bindparam("now_"))


class SqlPushed:
    """See ``oidc.ports.PushedStore``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def push(self, request: Pushed) -> None:
        """See the port."""
        self._connection.execute(insert(pushed), asdict(request))

    def get(self, digest: str, now: Instant) -> Pushed | None:
        """See the port."""
        row = self._connection.execute(_GET, {"digest_": digest, "now_": now}).one_or_none()
        return None if row is None else Pushed(**row._asdict())

    def spend(self, digest: str, now: Instant) -> bool:
        """See the port."""
        return self._connection.execute(_SPEND, {"digest_": digest, "now_": now}).rowcount == 1
