"""Making the next signing keys: a file in this node's folder, a row in the ring, and no word to any running node.

Every node reads the row within ``NOTICE`` and publishes the key; each begins to sign with it when the row is old enough
(``kernel.keyring``). Carrying the file to the other nodes in the meantime is the operator's part.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

from idp.adapters import key_folder
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import Instant, moment
from idp.kernel.errors import OperatorError
from idp.kernel.keyring import SIGNING, KeyFile, KeyPurpose, Phase, RingEntry, terms
from idp.oidc.key_pairs import new_pem, public_jwk
from idp.storage.audit import SqlAudit
from idp.storage.database import Database
from idp.storage.key_ring import SqlKeyRing


def make_next(database: Database, folder: Path, purposes: Sequence[KeyPurpose]) -> tuple[RingEntry, ...]:
    """Make the next key of each purpose: all of them or none.

    A file is written before its row is committed, so that no row is without a file; a file without a row, left by a
    crash, is no key. A signing key whose file is lost on every node is replaced like any other. Raises
    ``OperatorError`` when one waits already, or when this folder, by its other keys, is not that of a node.
    """
    # Before the transaction: an RSA key takes a tenth of a second to make.
    materials = {purpose: new_pem(purpose) for purpose in purposes}
    with database.begin() as connection:
        ring, now = SqlKeyRing(connection), database.clock.now()
        entries = ring.entries()
        secret = tuple(entry for entry in entries if entry.purpose not in SIGNING)
        key_folder.of_ring(key_folder.read(folder), secret, now)
        made = []
        for purpose, material in materials.items():
            key = KeyFile(secrets.token_hex(8), purpose, _next_version(entries, purpose, now), material)
            entry = RingEntry(key.kid, purpose, key.version, key.fingerprint, public_jwk(key), now)
            if not ring.add(entry):
                raise OperatorError(f"another command has just made the next key for {purpose}; nothing was made")
            key_folder.write(folder, key)
            made.append(entry)
        details = {str(entry.purpose): entry.kid for entry in made}
        SqlAudit(connection, database.clock).add(AuditEvent(Tag.KEYS_ROTATED, details=details))
    return tuple(made)


def _next_version(entries: tuple[RingEntry, ...], purpose: KeyPurpose, now: Instant) -> int:
    ours = terms(entries, purpose)
    if not ours:
        raise OperatorError(f"the key ring holds no key for {purpose}: run idp keys init")
    for term in ours:
        if term.phase(now) is Phase.NEXT and term.starts is not None:
            starts = moment(term.starts).strftime("%Y-%m-%d %H:%M:%S UTC")
            raise OperatorError(f"the key {term.entry.name} waits already and signs from {starts}; nothing was made")
    return ours[0].entry.version + 1
