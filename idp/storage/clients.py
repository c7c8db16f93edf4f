"""Clients: the portals, and what goes with one that is removed."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import (
    Connection,
    Delete,
    Row,
    Select,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from idp.kernel.clock import Instant
from idp.kernel.log import get_logger
from idp.kernel.vault import Vault
from idp.oidc.clients import Client, Metadata
from idp.oidc.logos import Logo
from idp.oidc.metadata_text import from_json, to_json
from idp.storage.tables import (
    access_tokens,
    client_assertions,
    client_logos,
    client_sessions,
    client_tokens,
    clients,
    consents,
    device_grants,
    grants,
    parked_requests,
    pushed_requests,
    refresh_tokens,
)
from idp.storage.tables import authorization_codes as codes
from idp.storage.upsert import insert_or_ignore

_CLIENT = select(clients).where(clients.c.id == bindparam("id_"))
_HELD = _CLIENT.with_for_update()
_STAYING = _CLIENT.with_for_update(read=True, key_share=True)
"""On PostgreSQL what hangs on a client locks its row anyway, at the first insert. Locked when it is read instead,
before any other row, a client cannot go meanwhile, and whoever removes it waits here and not in a circle."""
_CLIENTS = select(clients)
_REGISTERED = select(func.count()).select_from(clients).where(clients.c.registration_token.is_not(None))
_LOGO = select(client_logos.c.media_type, client_logos.c.body).where(client_logos.c.client_id == bindparam("id_"))
_NO_LOGO = delete(client_logos).where(client_logos.c.client_id == bindparam("id_"))
_ISSUED = select(grants.c.id).where(grants.c.client_id == bindparam("id_"))
_HANGING = (
    access_tokens, device_grants, codes, grants, client_sessions, parked_requests, pushed_requests,
    client_tokens, client_assertions, client_logos, consents,
)  # fmt: skip
_REMOVALS: tuple[Delete, ...] = (
    delete(refresh_tokens).where(refresh_tokens.c.family.in_(_ISSUED)),
    *(
        delete(table).where(table.c.client_id == bindparam("id_"))
        for table in _HANGING
    ),
    delete(clients).where(clients.c.id == bindparam("id_")),
)


@lru_cache(maxsize=1024)
def metadata_of(text: str) -> Metadata:
    """Return the metadata of a row; the same text is read once."""
    return from_json(text)


def _client(row: Row[Any]) -> Client:
    return Client(**{**row._asdict(), "metadata": metadata_of(row.metadata)})


class SqlClients:
    """Clients over one connection; see ``oidc.ports.ClientStore``."""

    def __init__(self, connection: Connection, vault: Vault, *, write: bool = True) -> None:
        self._connection = connection
        self._vault = vault
        self._get = _STAYING if write else _CLIENT

    def get(self, client_id: str) -> Client | None:
        """See the port. Text that cannot be an id (a NUL, more than 128 characters) never reaches the database."""
        return self._found(self._get, client_id)

    def hold(self, client_id: str) -> Client | None:
        """See the port."""
        return self._found(_HELD, client_id)

    def all(self) -> tuple[Client, ...]:
        """See the port."""
        return tuple(_client(row) for row in self._connection.execute(_CLIENTS))

    def add(self, client: Client) -> None:
        """See the port."""
        self._connection.execute(insert(clients), {"id": client.id, **_kept(client), "created_at": client.created_at})

    def update(self, client: Client) -> None:
        """See the port."""
        self._connection.execute(update(clients).where(clients.c.id == client.id).values(_kept(client)))

    def remove(self, client_id: str) -> None:
        """See the port. Held first, so that nothing new can hang on it meanwhile."""
        self._connection.execute(_HELD, {"id_": client_id})
        for removal in _REMOVALS:
            self._connection.execute(removal, {"id_": client_id})

    def registered(self) -> int:
        """See the port."""
        count: int = self._connection.execute(_REGISTERED).scalar_one()
        return count

    def keep_logo(self, client_id: str, logo: Logo | None) -> None:
        """See the port."""
        self._connection.execute(_NO_LOGO, {"id_": client_id})
        if logo is not None:
            row = {"client_id": client_id, "media_type": logo.media_type, "body": logo.body}
            self._connection.execute(insert(client_logos), row)

    def logo(self, client_id: str) -> Logo | None:
        """See the port."""
        if not _can_be_an_id(client_id):
            return None
        row = self._connection.execute(_LOGO, {"id_": client_id}).one_or_none()
        return None if row is None else Logo(row.media_type, row.body)

    def seal(self, client_id: str, secret: str) -> bytes:
        """See the port."""
        return self._vault.seal(secret, _bound(client_id))

    def readable_secret(self, client: Client) -> str | None:
        """See the port."""
        if client.sealed_secret is None:
            return None
        try:
            return self._vault.open(client.sealed_secret, _bound(client.id))
        except (InvalidTag, KeyError, ValueError):
            get_logger().error("client.secret_unreadable", client=client.id)
            return None

    def _found(self, statement: Select[Any], client_id: str) -> Client | None:
        if not _can_be_an_id(client_id):
            return None
        row = self._connection.execute(statement, {"id_": client_id}).one_or_none()
        return None if row is None else _client(row)

    def use_assertion(self, client_id: str, jti: str, forget_at: Instant) -> bool:
        """See the port."""
        row = {"client_id": client_id, "jti": jti, "expires_at": forget_at}
        used = insert_or_ignore(self._connection, client_assertions).returning(client_assertions.c.jti)
        return self._connection.execute(used, row).one_or_none() is not None


def _can_be_an_id(text: str) -> bool:
    return 0 < len(text) <= 128 and text.isascii() and text.isprintable()


def _bound(client_id: str) -> str:
    """Return what a sealed secret is bound to: this client's secret and nothing else the vault holds."""
    return f"client_secret\x00{client_id}"


def _kept(client: Client) -> dict[str, object]:
    return {
        "secret": client.secret,
        "sector": client.sector,
        "metadata": to_json(client.metadata),
        "version": client.version,
        "sealed_secret": client.sealed_secret,
        "registration_token": client.registration_token,
        "logo_at": client.logo_at,
    }
