"""``idp keys``: the first keys of a node, the next signing keys, and the ring."""

from __future__ import annotations

from contextlib import closing
from enum import StrEnum
from typing import Annotated

import typer

from idp.cli.common import Json, group, opened, say
from idp.settings import Settings, load

keys = group("The keys.")


class Signing(StrEnum):
    """The signing keys as the command line names them."""

    RS256 = "rs256"
    ES256 = "es256"


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
    from idp.oidc.key_pairs import new_pem, public_jwk
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


@keys.command("rotate")
def keys_rotate(
    purpose: Annotated[Signing | None, typer.Option(help="This signing key alone; without it both.")] = None,
    as_json: Json = False,
) -> None:
    """Make the next signing keys in this node's folder and enter them into the ring. They sign 12 minutes later: carry
    the files to every other node before then; nothing needs a restart. The other keys (lookup, vault, tickets,
    decrypt) are not rotated by this command."""
    from idp.kernel.clock import MINUTE, SystemClock, moment
    from idp.kernel.keyring import PUBLISHED_AHEAD, SIGNING, KeyPurpose
    from idp.rotating import make_next
    from idp.storage.database import Database
    from idp.storage.migrate import require_current

    settings = load()
    folder = settings.path(settings.keys_dir)
    with closing(Database(settings.database, SystemClock())) as database:
        require_current(database)
        made = make_next(database, folder, SIGNING if purpose is None else (KeyPurpose(f"sign-{purpose}"),))
    starts = moment(made[0].created_at + PUBLISHED_AHEAD)
    minutes = PUBLISHED_AHEAD // MINUTE
    lines = [
        *(f"made {folder / entry.name}.pem" for entry in made),
        "Every node publishes it within a minute; nothing needs a restart.",
        f"It signs from {starts:%Y-%m-%d %H:%M:%S} UTC, in {minutes} minutes. BEFORE then, carry the file to the keys",
        "folder of every other node (0600), and run idp check there.",
    ]
    rows = [
        {"kid": entry.kid, "purpose": entry.purpose, "version": entry.version, "file": f"{entry.name}.pem",
         "signs_from": starts.isoformat()}
        for entry in made
    ]  # fmt: skip
    say(as_json, "\n".join(lines), {"made": rows})


@keys.command("list")
def keys_list(as_json: Json = False) -> None:
    """List the ring: what each key does now, and when that changes."""
    from idp.kernel.clock import moment
    from idp.kernel.keyring import SIGNING, Phase, current, terms

    with opened() as house:
        ring, now = house.ring, house.clock.now()
    signing = {term.entry.kid: term for purpose in SIGNING for term in terms(ring, purpose)}
    rows = []
    for entry in ring:
        term = signing.get(entry.kid)
        in_use = term is None and current(ring, entry.purpose, now) == entry
        changes = None if term is None else term.changes_at(now)
        rows.append(
            {
                "kid": entry.kid,
                "purpose": entry.purpose,
                "version": entry.version,
                "since": moment(entry.created_at).isoformat(),
                "phase": term.phase(now) if term else (Phase.ACTIVE if in_use else "kept"),
                "until": None if changes is None else moment(changes).isoformat(),
            }
        )
    lines = ["  ".join(str(row[name]) for name in row if name != "until") for row in rows]
    untils = [f"  until {row['until']}" if row["until"] else "" for row in rows]
    say(as_json, "\n".join(map(str.__add__, lines, untils)), {"keys": rows})
