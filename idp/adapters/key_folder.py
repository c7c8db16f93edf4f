"""The key folder: one file per key, 0600 in a 0700 folder, made only by ``idp keys init`` (design section 12).

A file is named ``{purpose}-{version}-{kid}``; pairs are PEM, secrets are 32 raw bytes in hexadecimal.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from idp.kernel.errors import OperatorError
from idp.kernel.keyring import PAIRS, KeyFile, KeyPurpose, RingEntry

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


def write(folder: Path, key: KeyFile) -> None:
    """Write one new key; an existing file is never replaced (``FileExistsError``)."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    pair = key.purpose in PAIRS
    path = folder / f"{key.purpose}-{key.version}-{key.kid}.{'pem' if pair else 'key'}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.material if pair else key.material.hex().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def of_ring(files: tuple[KeyFile, ...], ring: tuple[RingEntry, ...]) -> tuple[KeyFile, ...]:
    """Return the file of every ring entry; a file the ring does not know is no key of ours.

    Raises ``OperatorError`` for an empty ring, a missing or a differing file.
    """
    by_kid = {key.kid: key for key in files}
    if not ring:
        raise OperatorError("the key ring is empty: run idp keys init")
    found = []
    for entry in ring:
        key = by_kid.get(entry.kid)
        if key is None:
            raise OperatorError(f"the key file {entry.purpose}-{entry.version}-{entry.kid} is missing on this node")
        if key.fingerprint != entry.fingerprint:
            raise OperatorError(f"the key file {entry.purpose}-{entry.version}-{entry.kid} differs from the ring")
        found.append(key)
    return tuple(found)
