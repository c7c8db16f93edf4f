"""Clients: the portals, and what goes with one that is removed."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import (
    Connection,
    Delete,
    Row,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from idp.kernel.clock import Instant
from idp.kernel.log import get_logger
from idp.kernel.vault import Vault
from idp.oidc.clients import Client, Metadata
from idp.oidc.metadata_text import from_json, to_json
from idp.storage.tables import (
    access_tokens,
    client_assertions,
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
_CLIENTS = select(clients)
_ISSUED = select(grants.c.id).where(grants.c.client_id == bindparam("id_"))
_HANGING = (
    access_tokens, device_grants, codes, grants, client_sessions, parked_requests, pushed_requests,
    client_tokens, client_assertions, consents,
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

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def get(self, client_id: str) -> Client | None:
        """See the port. Text that cannot be an id (a NUL, more than 128 characters) never reaches the database."""
        if not client_id or len(client_id) > 128 or not (client_id.isascii() and client_id.isprintable()):
            return None
        row = self._connection.execute(_CLIENT, {"id_": client_id}).one_or_none()
        return None if row is None else _client(row)

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
        """See the port."""
        for removal in _REMOVALS:
            self._connection.execute(removal, {"id_": client_id})

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

    def use_assertion(self, client_id: str, jti: str, forget_at: Instant) -> bool:
        """See the port."""
        row = {"client_id": client_id, "jti": jti, "expires_at": forget_at}
        used = insert_or_ignore(self._connection, client_assertions).returning(client_assertions.c.jti)
        return self._connection.execute(used, row).one_or_none() is not None


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
    }
