"""Initial access tokens: each lets one client register (RFC 7591 1.2)."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, bindparam, insert, select, update

from idp.kernel.clock import Instant
from idp.oidc.initial_tokens import InitialToken
from idp.storage.tables import initial_access_tokens as tokens

_GOOD = (tokens.c.digest == bindparam("digest_"), tokens.c.used_at.is_(None), tokens.c.expires_at > bindparam("now_"))
_IS_GOOD = select(tokens.c.digest).where(*_GOOD)
_SPEND = update(tokens).where(*_GOOD).values(used_at=bindparam("now_"))
_ALL = select(tokens).order_by(tokens.c.created_at, tokens.c.digest)


class SqlInitialTokens:
    """See ``oidc.initial_tokens.InitialTokenStore``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, token: InitialToken) -> None:
        """See the port."""
        self._connection.execute(insert(tokens), asdict(token))

    def is_good(self, digest: str, now: Instant) -> bool:
        """See the port."""
        return self._connection.execute(_IS_GOOD, {"digest_": digest, "now_": now}).first() is not None

    def spend(self, digest: str, now: Instant) -> bool:
        """See the port."""
        return self._connection.execute(_SPEND, {"digest_": digest, "now_": now}).rowcount == 1

    def all(self) -> tuple[InitialToken, ...]:
        """See the port."""
        return tuple(InitialToken(**row._asdict()) for row in self._connection.execute(_ALL))
