"""The key folder: one file per key, 0600 in a 0700 folder, made only by ``idp keys`` (design section 12).

A file is named ``{purpose}-{version}-{kid}``; pairs are PEM, secrets are 32 raw bytes in hexadecimal.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from idp.kernel.clock import Instant
from idp.kernel.errors import OperatorError
from idp.kernel.keyring import PAIRS, SIGNING, KeyFile, KeyPurpose, RingEntry, current

_NAME = re.compile(r"(?P<purpose>[a-z]+(?:-[a-z]{2}\d{3})?)-(?P<version>\d+)-(?P<kid>[A-Za-z0-9_]{8,})\.(?:pem|key)\Z")


def read(folder: Path) -> tuple[KeyFile, ...]:
    """Return every key of the folder. Raises ``OperatorError`` for a file others can read."""
    if not folder.is_dir():
        return ()
    found = []
    for path in sorted(folder.iterdir()):
        match = _NAME.match(path.name)
        if match is None:
            continue
        if path.stat().st_mode & 0o077:
            raise OperatorError(f"{path} can be read by others: chmod 600 it")
        purpose = KeyPurpose(match["purpose"])
        raw = path.read_bytes()
        material = raw if purpose in PAIRS else bytes.fromhex(raw.decode("ascii").strip())
        found.append(KeyFile(match["kid"], purpose, int(match["version"]), material))
    return tuple(found)


def write(folder: Path, key: KeyFile) -> Path:
    """Write one new key and return its path; an existing file is never replaced (``FileExistsError``)."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    pair = key.purpose in PAIRS
    path = folder / f"{key.name}.{'pem' if pair else 'key'}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.material if pair else key.material.hex().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return path


def of_ring(files: tuple[KeyFile, ...], ring: tuple[RingEntry, ...], now: Instant) -> tuple[KeyFile, ...]:
    """Return the files that the ring knows; another file is no key of ours.

    Every key must be there that is in use at ``now`` or reads what an older one wrote. A signing key that waits may
    still be on its way to this node, and one that signs no more is not needed. Raises ``OperatorError`` for an empty
    ring, a missing or a differing file.
    """
    if not ring:
        raise OperatorError("the key ring is empty: run idp keys init")
    by_name = {key.name: key for key in files}
    for entry in ring:
        if entry.purpose in SIGNING and current(ring, entry.purpose, now) != entry:
            continue
        if entry.name not in by_name:
            raise OperatorError(f"the key file {entry.name} is missing on this node")
        if by_name[entry.name].fingerprint != entry.fingerprint:
            raise OperatorError(f"the key file {entry.name} differs from the ring")
    return matching(files, ring)


def matching(files: tuple[KeyFile, ...], ring: tuple[RingEntry, ...]) -> tuple[KeyFile, ...]:
    """Return the files that are exactly what the ring says, by name too: one still being copied is not there yet."""
    fingerprints = {entry.name: entry.fingerprint for entry in ring}
    return tuple(key for key in files if fingerprints.get(key.name) == key.fingerprint)
