"""The key ring: which keys exist, for what, and since when. Files hold the keys, the database the ring.

Key files are made only by ``idp keys init`` and carried to every node; the ring's rows let every node publish every
public key and refuse to start with a missing or different file (design section 12).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from idp.kernel.clock import MINUTE, Instant

JWKS_CACHE = 10 * MINUTE
"""How long a portal may cache our JWKS: a later signing key signs only when its row is older than this."""


class KeyPurpose(StrEnum):
    """What a key is for; one key of a purpose is current, older ones stay for reading."""

    SIGN_RS256 = "sign-rs256"
    SIGN_ES256 = "sign-es256"
    LOOKUP = "lookup"
    VAULT = "vault"
    TICKETS = "tickets"
    DECRYPT = "decrypt"


SIGNING = (KeyPurpose.SIGN_RS256, KeyPurpose.SIGN_ES256)
PAIRS = (*SIGNING, KeyPurpose.DECRYPT)
"""Purposes whose key is a pair with a public half: the ring holds that half, the file is PEM."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """One key as found on disk: ``material`` is PEM for signing keys, 32 raw bytes for secrets."""

    kid: str
    purpose: KeyPurpose
    version: int
    material: bytes

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the material, in hexadecimal: tells a differing file without telling the key."""
        return hashlib.sha256(self.material).hexdigest()


@dataclass(frozen=True, slots=True)
class RingEntry:
    """One row of the ring. ``public_jwk`` is JSON text for signing keys, None for secrets."""

    kid: str
    purpose: KeyPurpose
    version: int
    fingerprint: str
    public_jwk: str | None
    created_at: Instant


def current(entries: tuple[RingEntry, ...], purpose: KeyPurpose, now: Instant) -> RingEntry:
    """Return the entry in use: the newest published for longer than the JWKS cache, else the very first.

    Raises ``LookupError`` when the ring holds none for this purpose.
    """
    ours = sorted((e for e in entries if e.purpose is purpose), key=lambda e: e.version)
    if not ours:
        raise LookupError(f"the key ring holds no key for {purpose}")
    ripe = [e for e in ours if e.created_at + JWKS_CACHE <= now or purpose not in SIGNING]
    return ripe[-1] if ripe else ours[0]
