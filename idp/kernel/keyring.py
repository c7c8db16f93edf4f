"""The key ring: which keys exist, for what, and since when. Files hold the keys, the database the ring.

Key files are made only by ``idp keys init`` and ``idp keys rotate`` and carried to every node; the ring's rows let
every node publish every public key and refuse to start with a missing or different file (design section 12).

A signing key goes through four phases, told by the dates of the ring's rows and by nothing else:

    row ──► next ──── 12 min ────► active ──► … successor active ──► retiring ──── 37 min ────► gone
            published               signs                            published                  row and public key stay

So no node asks another, and a node whose clock is a minute off does the right thing a minute off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from idp.kernel.clock import MINUTE, Instant

JWKS_CACHE = 10 * MINUTE
"""How long a portal may cache our JWKS."""

SKEW = 1 * MINUTE
"""How far the clocks of any two machines (nodes, portals, the operator's) may be apart."""

NOTICE = 1 * MINUTE
"""The longest that a running node goes on with a ring it read before."""

SIGNED_LIFE = 5 * MINUTE
"""The longest life of anything we sign: ID tokens and JWT access tokens 5 minutes, logout tokens 2."""

PUBLISHED_AHEAD = NOTICE + JWKS_CACHE + SKEW
"""A later signing key signs when its row is older than this: the slowest node has noticed it, the JWK set that a portal
fetched there a moment before has left its cache, and the writer's clock may have been behind the signer's."""

STAND_IN = 30 * MINUTE
"""How much longer a key signs on a node that lacks the file of its successor: time to bring the file, and if it is lost
on every node, time for one rotation more (``PUBLISHED_AHEAD``) without a pause."""

KEPT_AFTER = STAND_IN + SIGNED_LIFE + 2 * SKEW
"""A key is published for so long after its successor became active: until the last token of a stand-in has expired, by
the clock of a portal that is behind the publisher's and grants ``exp`` a leeway of as much again (RFC 7519 4.1.4)."""


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
    """One key as found on disk: ``material`` is PEM for pairs, 32 raw bytes for secrets."""

    kid: str
    purpose: KeyPurpose
    version: int
    material: bytes

    @property
    def name(self) -> str:
        """What its file is called, without the ending; the ring's entry says the same."""
        return f"{self.purpose}-{self.version}-{self.kid}"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the material, in hexadecimal: tells a differing file without telling the key."""
        return hashlib.sha256(self.material).hexdigest()


@dataclass(frozen=True, slots=True)
class RingEntry:
    """One row of the ring. ``public_jwk`` is JSON text for pairs, None for secrets."""

    kid: str
    purpose: KeyPurpose
    version: int
    fingerprint: str
    public_jwk: str | None
    created_at: Instant

    @property
    def name(self) -> str:
        """What its file is called, without the ending."""
        return f"{self.purpose}-{self.version}-{self.kid}"


class Phase(StrEnum):
    """Where a signing key is in its life."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRING = "retiring"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Term:
    """A signing key's life. ``starts``: since when it signs, None for the first key: it signs at once. ``ends``: when a
    later key takes over, None while there is none. All by the clock of whoever asks."""

    entry: RingEntry
    starts: Instant | None
    ends: Instant | None

    @property
    def gone_at(self) -> Instant | None:
        """When it is published no more."""
        return None if self.ends is None else self.ends + KEPT_AFTER

    def phase(self, now: Instant) -> Phase:
        """Return the phase at an instant."""
        if self.gone_at is not None and self.gone_at <= now:
            return Phase.GONE
        if self.ends is not None and self.ends <= now:
            return Phase.RETIRING
        return Phase.ACTIVE if self.starts is None or self.starts <= now else Phase.NEXT

    def changes_at(self, now: Instant) -> Instant | None:
        """Return when the next phase begins, None while no date says so."""
        coming = [at for at in (self.starts, self.ends, self.gone_at) if at is not None and at > now]
        return min(coming, default=None)

    def may_sign(self, now: Instant) -> bool:
        """Tell whether it may sign, be it as a stand-in."""
        return (self.starts is None or self.starts <= now) and (self.ends is None or now < self.ends + STAND_IN)


def terms(entries: Iterable[RingEntry], purpose: KeyPurpose) -> tuple[Term, ...]:
    """Return the lives of the signing keys of one purpose, the newest first; at every instant exactly one is active,
    and it is the first that may sign."""
    found: list[Term] = []
    taken_over: Instant | None = None
    ours = sorted((e for e in entries if e.purpose is purpose), key=lambda e: e.version, reverse=True)
    for entry in ours:
        starts = None if entry is ours[-1] else entry.created_at + PUBLISHED_AHEAD
        found.append(Term(entry, starts, taken_over))
        if starts is not None:
            taken_over = starts if taken_over is None else min(taken_over, starts)
    return tuple(found)


def lacking(entries: tuple[RingEntry, ...], held: Iterable[KeyFile], now: Instant) -> tuple[Term, ...]:
    """Return the signing keys that sign or will sign and are not among the files a node holds."""
    kids = {file.kid for file in held}
    return tuple(
        term
        for purpose in SIGNING
        for term in terms(entries, purpose)
        if term.entry.kid not in kids and term.phase(now) in (Phase.NEXT, Phase.ACTIVE)
    )


def current(entries: tuple[RingEntry, ...], purpose: KeyPurpose, now: Instant) -> RingEntry:
    """Return the entry in use: of signing keys the active one, of others the newest.

    Raises ``LookupError`` when the ring holds none for this purpose.
    """
    if purpose in SIGNING:
        ours = [term.entry for term in terms(entries, purpose) if term.phase(now) is Phase.ACTIVE]
    else:
        ours = sorted((e for e in entries if e.purpose is purpose), key=lambda e: e.version, reverse=True)
    if not ours:
        raise LookupError(f"the key ring holds no key for {purpose}")
    return ours[0]
