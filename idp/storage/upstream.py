"""What is kept of the upstream provider: transactions, links, and the sessions it opened."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection, and_, delete, insert, select, update

from idp.accounts.upstream import UpstreamIdentity
from idp.federation.transactions import Link, Purpose, Transaction
from idp.kernel.clock import Instant
from idp.kernel.log import get_logger
from idp.kernel.vault import Vault
from idp.signin.session import AMR_FEDERATED, AMR_FRANCECONNECT
from idp.storage.tables import (
    accounts,
    enrollments,
    sessions,
    upstream_links,
    upstream_sessions,
    upstream_transactions,
)
from idp.storage.upsert import insert_or_ignore

_LINK = select(upstream_links)


class SqlUpstream:
    """See ``federation.ports.UpstreamStore``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def begin(self, transaction: Transaction) -> None:
        """Keep a new transaction; the earlier ones of its browser that still wait die."""
        waiting = and_(
            upstream_transactions.c.browser == transaction.browser, upstream_transactions.c.consumed_at.is_(None)
        )
        self._connection.execute(
            update(upstream_transactions).where(waiting).values(consumed_at=transaction.created_at)
        )
        row = {name: getattr(transaction, name) for name in Transaction.__slots__}
        self._connection.execute(insert(upstream_transactions), row)

    def consume(self, state: str, browser: str, now: Instant) -> Transaction | None:
        """Use a live transaction of this browser up, once (law 2); None when there is none."""
        taken = self._connection.execute(
            update(upstream_transactions)
            .where(
                upstream_transactions.c.state == state,
                upstream_transactions.c.browser == browser,
                upstream_transactions.c.consumed_at.is_(None),
                upstream_transactions.c.expires_at > now,
            )
            .values(consumed_at=now)
            .returning(*(upstream_transactions.c[name] for name in Transaction.__slots__))
        ).one_or_none()
        if taken is None:
            return None
        values = taken._asdict()
        return Transaction(**{**values, "purpose": Purpose(values["purpose"])})

    def abandon(self, account_id: str, now: Instant) -> None:
        """Let every waiting transaction of an account die."""
        self._connection.execute(
            update(upstream_transactions)
            .where(upstream_transactions.c.account_id == account_id, upstream_transactions.c.consumed_at.is_(None))
            .values(consumed_at=now)
        )

    def link_of(self, issuer: str, sub: str) -> Link | None:
        """Return the link of an identity."""
        row = self._connection.execute(
            _LINK.where(upstream_links.c.issuer == issuer, upstream_links.c.sub == sub)
        ).one_or_none()
        return None if row is None else Link(**row._asdict())

    def link_for(self, account_id: str, issuer: str) -> Link | None:
        """Return the account's link to a provider."""
        row = self._connection.execute(
            _LINK.where(upstream_links.c.account_id == account_id, upstream_links.c.issuer == issuer)
        ).one_or_none()
        return None if row is None else Link(**row._asdict())

    def link(self, link: Link) -> bool:
        """Keep a link. False when the identity, or the account at this provider, has one already."""
        row = {name: getattr(link, name) for name in Link.__slots__}
        kept = insert_or_ignore(self._connection, upstream_links).returning(upstream_links.c.id)
        return self._connection.execute(kept, row).first() is not None

    def unlink(self, link_id: str) -> bool:
        """End a link. False when it was gone."""
        return self._connection.execute(delete(upstream_links).where(upstream_links.c.id == link_id)).rowcount == 1

    def forget(self, account_id: str) -> None:
        """Forget every identity that is kept beside the links: of sessions, of the enrollment it proved."""
        theirs = select(sessions.c.id).where(sessions.c.account_id == account_id)
        self._connection.execute(delete(upstream_sessions).where(upstream_sessions.c.session_id.in_(theirs)))
        member = select(accounts.c.member_id).where(accounts.c.id == account_id).scalar_subquery()
        nothing = {"upstream_issuer": None, "upstream_sub": None, "upstream_acr": None}
        self._connection.execute(
            update(enrollments)
            .where(enrollments.c.member_id == member, enrollments.c.finished_at.is_not(None))
            .values(nothing)
        )

    def remember(self, session_id: str, identity: UpstreamIdentity, id_token: str | None, now: Instant) -> None:
        """Keep who opened a session, and the ID token encrypted, for logging out there alone."""
        self._connection.execute(delete(upstream_sessions).where(upstream_sessions.c.session_id == session_id))
        self._connection.execute(
            insert(upstream_sessions),
            {
                "session_id": session_id,
                "issuer": identity.issuer,
                "sub": identity.sub,
                "acr": identity.acr,
                "id_token": None if id_token is None else self._vault.seal(id_token, session_id),
                "created_at": now,
            },
        )

    def identity_of(self, session_id: str) -> UpstreamIdentity | None:
        """Return who opened a session, or None."""
        columns = (upstream_sessions.c.issuer, upstream_sessions.c.sub, upstream_sessions.c.acr)
        row = self._connection.execute(
            select(*columns).where(upstream_sessions.c.session_id == session_id)
        ).one_or_none()
        return None if row is None else UpstreamIdentity(*row)

    def id_token_of(self, session_id: str) -> str | None:
        """Return the ID token to log out with, or None."""
        sealed = self._connection.execute(
            select(upstream_sessions.c.id_token).where(upstream_sessions.c.session_id == session_id)
        ).scalar_one_or_none()
        if sealed is None:
            return None
        try:
            return self._vault.open(sealed, session_id)
        except (InvalidTag, KeyError, ValueError):
            # A key that is gone keeps nobody signed in here: the session upstream ends by itself.
            get_logger().error("upstream.id_token_unreadable")
            return None

    def sessions_of(self, account_id: str) -> tuple[str, ...]:
        """Return the ids of the account's living sessions that an upstream provider opened."""
        found = self._connection.execute(
            select(sessions.c.id).where(
                sessions.c.account_id == account_id,
                sessions.c.ended_at.is_(None),
                sessions.c.amr.in_((AMR_FRANCECONNECT, AMR_FEDERATED)),
            )
        )
        return tuple(found.scalars())
