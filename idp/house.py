"""One node, opened: its settings, its database, and the keys that the ring names. What commands and the web share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idp.accounts.password import Hasher
from idp.adapters import key_folder
from idp.kernel.clock import Clock, Instant, SystemClock
from idp.kernel.keyring import KeyFile, KeyPurpose, RingEntry
from idp.kernel.vault import Pepper, Vault
from idp.settings import Settings
from idp.storage.database import Database
from idp.storage.key_ring import SqlKeyRing
from idp.storage.migrate import require_current
from idp.storage.unit import Begin, units

if TYPE_CHECKING:
    from idp.outbound.client import Outbound


@dataclass(frozen=True)
class House:
    """One node: what ``idp serve`` runs, what commands and tests use."""

    settings: Settings
    clock: Clock
    database: Database
    begin: Begin
    pepper: Pepper
    vault: Vault
    hasher: Hasher
    keys: tuple[KeyFile, ...]
    ring: tuple[RingEntry, ...]
    read_at: Instant
    """Before the ring was read: a row entered later may be missing."""

    def outbound(self, *trusted: str) -> Outbound:
        """Return who asks other machines: public ones, any under a loopback issuer, and the ``trusted`` URLs' that the
        operator configured."""
        from idp.outbound.client import Outbound
        from idp.web.issuer import Issuer

        return Outbound(allow_private=Issuer(self.settings.issuer).is_loopback, trusted=frozenset(trusted))

    def close(self) -> None:
        """Close the database's connections."""
        self.database.close()


def open_house(settings: Settings, clock: Clock | None = None, hasher: Hasher | None = None) -> House:
    """Open the database and the keys. Raises ``OperatorError`` for an old schema, a missing or differing key file."""
    clock = clock or SystemClock()
    database = Database(settings.database, clock)
    require_current(database)
    read_at = clock.now()
    with database.begin(write=False) as connection:
        ring = SqlKeyRing(connection).entries()
    keys = key_folder.of_ring(key_folder.read(settings.path(settings.keys_dir)), ring, read_at)
    pepper = Pepper({key.version: key.material for key in keys if key.purpose is KeyPurpose.LOOKUP})
    vault = Vault({key.version: key.material for key in keys if key.purpose is KeyPurpose.VAULT})
    begin = units(database, pepper, vault)
    return House(settings, clock, database, begin, pepper, vault, hasher or Hasher(), keys, ring, read_at)
