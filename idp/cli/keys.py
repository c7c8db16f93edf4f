"""``idp keys``: the first keys of a node, and the ring."""

from __future__ import annotations

from idp.cli.common import Json, group, opened, say
from idp.settings import Settings, load

keys = group("The keys.")


@keys.command("init")
def keys_init(as_json: Json = False) -> None:
    """Make the first key of every purpose and enter the folder's keys into the ring; safe to repeat."""
    made, entered = _make_keys(load())
    say(as_json, f"{made} keys made, {entered} entered into the ring", {"made": made, "entered": entered})


def _make_keys(settings: Settings) -> tuple[int, int]:
    """Make the first key of every purpose that neither folder nor ring has, enter the folder's keys into the ring.

    Returns (made, entered). A node whose folder lacks a key of the ring is told by ``serve`` and ``check``: another
    key is never made in its place.
    """
    import secrets

    from idp.adapters import key_folder
    from idp.kernel.audit import AuditEvent, Tag
    from idp.kernel.clock import SystemClock
    from idp.kernel.keyring import PAIRS, KeyFile, KeyPurpose, RingEntry
    from idp.oidc.keys import new_pem, public_jwk
    from idp.storage.audit import SqlAudit
    from idp.storage.database import Database
    from idp.storage.key_ring import SqlKeyRing
    from idp.storage.migrate import require_current

    clock = SystemClock()
    folder = settings.path(settings.keys_dir)
    database = Database(settings.database, clock)
    require_current(database)
    made = entered = 0
    with database.begin() as connection:
        ring = SqlKeyRing(connection)
        known = {entry.purpose for entry in ring.entries()}
        present = {key.purpose for key in key_folder.read(folder)}
        for purpose in KeyPurpose:
            if purpose not in known | present:
                material = new_pem(purpose) if purpose in PAIRS else secrets.token_bytes(32)
                key_folder.write(folder, KeyFile(secrets.token_hex(8), purpose, 1, material))
                made += 1
        for key in key_folder.read(folder):
            jwk = public_jwk(key) if key.purpose in PAIRS else None
            entry = RingEntry(key.kid, key.purpose, key.version, key.fingerprint, jwk, clock.now())
            entered += ring.add(entry)
        if made or entered:
            SqlAudit(connection, clock).add(AuditEvent(Tag.KEYS_MADE, details={"made": made, "entered": entered}))
    database.close()
    return made, entered


@keys.command("list")
def keys_list(as_json: Json = False) -> None:
    """List the ring."""
    from idp.kernel.clock import moment

    with opened() as house:
        rows = [
            {"kid": e.kid, "purpose": e.purpose, "version": e.version, "since": moment(e.created_at).isoformat()}
            for e in house.ring
        ]
    say(as_json, "\n".join("  ".join(map(str, row.values())) for row in rows), {"keys": rows})
