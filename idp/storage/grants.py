"""Subjects, codes, grants and tokens.

A look-up that decides joins the account, and the session unless the grant is offline, in its own statement, so that a
race may create a row but never one that is honoured (law 1). Whatever is spent is spent by one conditional update.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)

from idp.accounts.obligations import PROVISIONAL
from idp.kernel.clock import Instant
from idp.kernel.ids import new_id
from idp.oidc.ports import AccessToken, Code, Grant, RefreshToken
from idp.signin.ports import PortalSession
from idp.storage.clients import metadata_of
from idp.storage.tables import (
    access_tokens,
    accounts,
    client_sessions,
    clients,
    grants,
    passwords,
    refresh_tokens,
    sessions,
    subjects,
)
from idp.storage.tables import authorization_codes as codes
from idp.storage.upsert import insert_or_ignore

_NOW: BindParameter[int] = bindparam("now_")
_DIGEST: BindParameter[str] = bindparam("digest_")


def _account_stands(account_id: ColumnElement[str], epoch: ColumnElement[int]) -> ColumnElement[bool]:
    """The account of a row has its epoch, owns a password, and is neither frozen nor closed."""
    return exists(
        select(accounts.c.id)
        .join_from(accounts, passwords, passwords.c.account_id == accounts.c.id)
        .where(
            accounts.c.id == account_id,
            accounts.c.epoch == epoch,
            accounts.c.frozen_at.is_(None),
            accounts.c.closed_at.is_(None),
        )
    )


def _session_lives(session_id: ColumnElement[str]) -> ColumnElement[bool]:
    """The session goes on, and does not owe the change: the member may have signed in again provisionally (law 1)."""
    return exists(
        select(sessions.c.id).where(
            sessions.c.id == session_id,
            sessions.c.ended_at.is_(None),
            sessions.c.expires_at > _NOW,
            sessions.c.amr != PROVISIONAL,
        )
    )


def _grant_is_honoured() -> ColumnElement[bool]:
    return and_(
        grants.c.revoked_at.is_(None),
        grants.c.expires_at > _NOW,
        _account_stands(grants.c.account_id, grants.c.epoch),
        or_(grants.c.offline == 1, _session_lives(grants.c.session_id)),
    )


_SUBJECT = select(subjects.c.sub).where(
    subjects.c.account_id == bindparam("account_"), subjects.c.sector == bindparam("sector_")
)
_SID = select(client_sessions.c.sid).where(
    client_sessions.c.session_id == bindparam("session_"), client_sessions.c.client_id == bindparam("client_")
)
_CODE = select(codes).where(codes.c.digest == _DIGEST)
_HOLD = (
    select(accounts.c.id)
    .join_from(codes, accounts, accounts.c.id == codes.c.account_id)
    .where(codes.c.digest == _DIGEST)
    .with_for_update(of=accounts, read=True, key_share=True)
)
_HOLD_SESSION = (
    select(sessions.c.id)
    .join_from(codes, sessions, sessions.c.id == codes.c.session_id)
    .where(codes.c.digest == _DIGEST)
    .with_for_update(of=sessions, read=True)
)
_REDEEM = (
    update(codes)
    .where(
        codes.c.digest == _DIGEST,
        codes.c.used_at.is_(None),
        codes.c.expires_at > _NOW,
        _account_stands(codes.c.account_id, codes.c.epoch),
        _session_lives(codes.c.session_id),
    )
    .values(used_at=_NOW)
)
_FAMILY = select(refresh_tokens.c.family).where(refresh_tokens.c.digest == _DIGEST)
_HOLD_OWNER = (
    select(accounts.c.id)
    .join_from(grants, accounts, accounts.c.id == grants.c.account_id)
    .where(grants.c.id == bindparam("grant_"))
    .with_for_update(of=accounts, read=True, key_share=True)
)
_LOCK = select(grants.c.id).where(grants.c.id == bindparam("grant_")).with_for_update()
_LIVING = select(*(grants.c[field.name] for field in fields(Grant))).where(
    grants.c.id == bindparam("grant_"), _grant_is_honoured()
)
_REVOKE = (
    update(grants).where(grants.c.id == bindparam("grant_"), grants.c.revoked_at.is_(None)).values(revoked_at=_NOW)
)
_END_SESSION = (
    update(grants)
    .where(grants.c.session_id == bindparam("session_"), grants.c.offline == 0, grants.c.revoked_at.is_(None))
    .values(revoked_at=_NOW)
)
_PORTALS = (
    select(grants.c.client_id, grants.c.sub, grants.c.sid, clients.c.metadata)
    .join_from(grants, clients, clients.c.id == grants.c.client_id)
    .where(grants.c.session_id == bindparam("session_"))
    .distinct()
    .order_by(grants.c.client_id)
)
_END_OPENED_BY = (
    update(grants)
    .where(
        grants.c.account_id == bindparam("account_"),
        grants.c.amr.in_(bindparam("amr_", expanding=True)),
        grants.c.revoked_at.is_(None),
    )
    .values(revoked_at=_NOW)
)
_EXPIRE_OPENED_BY = (
    update(codes)
    .where(
        codes.c.account_id == bindparam("account_"),
        codes.c.amr.in_(bindparam("amr_", expanding=True)),
        codes.c.used_at.is_(None),
    )
    .values(expires_at=_NOW)
)
_END_OF_CLIENT = (
    update(grants)
    .where(
        grants.c.account_id == bindparam("account_"),
        grants.c.client_id == bindparam("client_"),
        grants.c.revoked_at.is_(None),
    )
    .values(revoked_at=_NOW)
)
_EXPIRE_OF_CLIENT = (
    update(codes)
    .where(
        codes.c.account_id == bindparam("account_"),
        codes.c.client_id == bindparam("client_"),
        codes.c.used_at.is_(None),
    )
    .values(expires_at=_NOW)
)
_HOLD_ACCOUNT = select(accounts.c.id).where(accounts.c.id == bindparam("account_")).with_for_update()
_REFRESH = select(refresh_tokens).where(refresh_tokens.c.digest == _DIGEST)
_SPEND = (
    update(refresh_tokens)
    .where(
        refresh_tokens.c.digest == _DIGEST,
        refresh_tokens.c.first_used_at.is_(None),
        refresh_tokens.c.dead_at.is_(None),
        refresh_tokens.c.expires_at > _NOW,
    )
    .values(first_used_at=_NOW)
)
_BURY = (
    update(refresh_tokens)
    .where(
        refresh_tokens.c.parent == _DIGEST,
        refresh_tokens.c.first_used_at.is_(None),
        refresh_tokens.c.dead_at.is_(None),
    )
    .values(dead_at=_NOW)
)
_ACCESS = (
    select(*(access_tokens.c[field.name] for field in fields(AccessToken)))
    .join_from(access_tokens, grants, grants.c.id == access_tokens.c.grant_id)
    .where(
        access_tokens.c.digest == _DIGEST,
        access_tokens.c.expires_at > _NOW,
        access_tokens.c.epoch == grants.c.epoch,
        _grant_is_honoured(),
    )
)
_DROP_ACCESS = (
    delete(access_tokens)
    .where(access_tokens.c.digest == _DIGEST, access_tokens.c.client_id == bindparam("client_"))
    .returning(access_tokens.c.account_id)
)
_REVOKE_FAMILY = (
    update(grants)
    .where(
        grants.c.id == _FAMILY.scalar_subquery(),
        grants.c.client_id == bindparam("client_"),
        grants.c.revoked_at.is_(None),
    )
    .values(revoked_at=_NOW)
    .returning(grants.c.account_id)
)
_SUBJECTS = select(subjects.c.sub).where(subjects.c.sub == bindparam("sub_"))


class SqlGrants:
    """Subjects, codes, grants and tokens over one connection; see ``oidc.ports.GrantStore``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def subject(self, account_id: str, sector: str) -> str | None:
        """See the port."""
        found = self._connection.execute(_SUBJECT, {"account_": account_id, "sector_": sector})
        return found.scalar_one_or_none()

    def ensure_subject(self, account_id: str, sector: str, now: Instant) -> str:
        """See the port."""
        found = self.subject(account_id, sector)
        if found is None:
            row = {"account_id": account_id, "sector": sector, "sub": new_id(), "created_at": now}
            self._connection.execute(insert_or_ignore(self._connection, subjects), row)
            found = self._connection.execute(_SUBJECT, {"account_": account_id, "sector_": sector}).scalar_one()
        return found

    def ensure_sid(self, session_id: str, client_id: str, now: Instant) -> str:
        """See the port."""
        names = {"session_": session_id, "client_": client_id}
        found = self._connection.execute(_SID, names).scalar_one_or_none()
        if found is None:
            row = {"session_id": session_id, "client_id": client_id, "sid": new_id(), "created_at": now}
            self._connection.execute(insert_or_ignore(self._connection, client_sessions), row)
            found = self._connection.execute(_SID, names).scalar_one()
        return str(found)

    def sid_is_of(self, sid: str, session_id: str, client_id: str) -> bool:
        """See the port."""
        found = self._connection.execute(_SID, {"session_": session_id, "client_": client_id})
        return found.scalar_one_or_none() == sid

    def add_code(self, code: Code) -> None:
        """See the port."""
        self._connection.execute(insert(codes), _row(code))

    def find_code(self, digest: str) -> Code | None:
        """See the port."""
        row = self._connection.execute(_CODE, {"digest_": digest}).one_or_none()
        return None if row is None else Code(**_values(row))

    def redeem(self, digest: str, now: Instant) -> bool:
        """See the port. Whoever ends what an identity opened holds the account, whoever ends the session its row: they
        see this grant, or this sees them."""
        self._connection.execute(_HOLD, {"digest_": digest})
        self._connection.execute(_HOLD_SESSION, {"digest_": digest})
        return self._connection.execute(_REDEEM, {"digest_": digest, "now_": now}).rowcount == 1

    def open(self, grant: Grant) -> None:
        """See the port."""
        self._connection.execute(insert(grants), {**_row(grant), "offline": int(grant.offline)})

    def lock_family(self, refresh_digest: str) -> str | None:
        """See the port. SQLite needs no lock: its writers are alone.

        The account comes first, as for everybody who locks: an access token's foreign key would ask for it too late.
        """
        family: str | None = self._connection.execute(_FAMILY, {"digest_": refresh_digest}).scalar_one_or_none()
        if family is not None:
            self._connection.execute(_HOLD_OWNER, {"grant_": family})
            self._connection.execute(_LOCK, {"grant_": family})
        return family

    def living(self, grant_id: str, now: Instant) -> Grant | None:
        """See the port."""
        row = self._connection.execute(_LIVING, {"grant_": grant_id, "now_": now}).one_or_none()
        if row is None:
            return None
        return Grant(**{**_values(row), "offline": bool(row.offline)})

    def revoke(self, grant_id: str, now: Instant) -> None:
        """See the port: what was issued from a grant is looked up through it and dies with it."""
        self._connection.execute(_REVOKE, {"grant_": grant_id, "now_": now})

    def end_opened_by(self, account_id: str, amr: tuple[str, ...], now: Instant) -> None:
        """See ``federation.ports.Grants``."""
        values = {"account_": account_id, "amr_": amr, "now_": now}
        self._connection.execute(_EXPIRE_OPENED_BY, values)
        self._connection.execute(_END_OPENED_BY, values)

    def end_of_client(self, account_id: str, client_id: str, now: Instant) -> None:
        """See the port. Holding the account, it sees the grant of a code just redeemed, or the redemption sees this."""
        values = {"account_": account_id, "client_": client_id, "now_": now}
        self._connection.execute(_HOLD_ACCOUNT, {"account_": account_id})
        self._connection.execute(_EXPIRE_OF_CLIENT, values)
        self._connection.execute(_END_OF_CLIENT, values)

    def end_session(self, session_id: str, now: Instant) -> tuple[PortalSession, ...]:
        """See ``signin.ports.Grants``. A portal whose grant was revoked, or is of an older epoch, got tokens too."""
        self._connection.execute(_END_SESSION, {"session_": session_id, "now_": now})
        rows = self._connection.execute(_PORTALS, {"session_": session_id})
        return tuple(
            PortalSession(row.client_id, row.sub, row.sid, metadata_of(row.metadata).backchannel_logout_uri is not None)
            for row in rows
        )

    def add_refresh(self, token: RefreshToken) -> None:
        """See the port."""
        self._connection.execute(insert(refresh_tokens), _row(token))

    def find_refresh(self, digest: str) -> RefreshToken | None:
        """See the port."""
        row = self._connection.execute(_REFRESH, {"digest_": digest}).one_or_none()
        return None if row is None else RefreshToken(**row._asdict())

    def spend_refresh(self, digest: str, now: Instant) -> bool:
        """See the port."""
        return self._connection.execute(_SPEND, {"digest_": digest, "now_": now}).rowcount == 1

    def bury_successor(self, parent: str, now: Instant) -> bool:
        """See the port."""
        return self._connection.execute(_BURY, {"digest_": parent, "now_": now}).rowcount == 1

    def add_access(self, token: AccessToken) -> None:
        """See the port."""
        self._connection.execute(insert(access_tokens), _row(token))

    def find_access(self, digest: str, now: Instant) -> AccessToken | None:
        """See the port."""
        row = self._connection.execute(_ACCESS, {"digest_": digest, "now_": now}).one_or_none()
        return None if row is None else AccessToken(**row._asdict())

    def drop_access(self, digest: str, client_id: str) -> str | None:
        """See the port. The row goes: no clock of another node can still honour it."""
        found = self._connection.execute(_DROP_ACCESS, {"digest_": digest, "client_": client_id})
        return found.scalar_one_or_none()

    def revoke_family(self, refresh_digest: str, client_id: str, now: Instant) -> str | None:
        """See the port."""
        values = {"digest_": refresh_digest, "client_": client_id, "now_": now}
        return self._connection.execute(_REVOKE_FAMILY, values).scalar_one_or_none()

    def is_subject(self, text: str) -> bool:
        """See the port."""
        return self._connection.execute(_SUBJECTS, {"sub_": text}).one_or_none() is not None


def _row(value: Code | Grant | RefreshToken | AccessToken) -> dict[str, Any]:
    """Return the columns of a value; ``amr`` is kept as words."""
    row = {field.name: getattr(value, field.name) for field in fields(value)}
    return {name: " ".join(kept) if isinstance(kept, tuple) else kept for name, kept in row.items()}


def _values(row: Row[Any]) -> dict[str, Any]:
    values = row._asdict()
    return {**values, "amr": tuple(values["amr"].split())}
