"""Access tokens of clients themselves (RFC 6749 4.4)."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, bindparam, delete, insert, select

from idp.kernel.clock import Instant
from idp.oidc.ports import ClientToken
from idp.storage.tables import client_tokens as tokens

_FIND = select(*(tokens.c[name] for name in ClientToken.__slots__)).where(
    tokens.c.digest == bindparam("digest_"), tokens.c.expires_at > bindparam("now_")
)
_DROP = delete(tokens).where(tokens.c.digest == bindparam("digest_"), tokens.c.client_id == bindparam("client_"))


class SqlClientTokens:
    """See ``oidc.ports.ClientTokenStore``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, token: ClientToken) -> None:
        """See the port."""
        self._connection.execute(insert(tokens), asdict(token))

    def find(self, digest: str, now: Instant) -> ClientToken | None:
        """See the port."""
        row = self._connection.execute(_FIND, {"digest_": digest, "now_": now}).one_or_none()
        return None if row is None else ClientToken(**row._asdict())

    def drop(self, digest: str, client_id: str) -> bool:
        """See the port."""
        return self._connection.execute(_DROP, {"digest_": digest, "client_": client_id}).rowcount == 1
