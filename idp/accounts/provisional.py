"""Provisional passwords: 20 characters in five groups of four, made for paper and for the phone (law 4).

32 symbols without look-alikes (no O, 0, I, 1); 19 random characters (95 bits), the last a check character; case,
dashes and spaces do not count. A mistyped word of this shape is caught before any look-up and costs no try.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from enum import Enum, auto

from idp.accounts.account import Channel
from idp.kernel.clock import DAY, Instant
from idp.kernel.ids import digest

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH = 20
_LONGEST = 128
"""Characters read of a typed word: 20 symbols with every dash and space a finger may add."""
MAIL_LIFE = 7 * DAY
"""S15: an e-mailed provisional password is valid 7 days from its birth."""

_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}
_DASHES = {"-", "‐", "‑", "‒", "–", "—", "−", "_", "."}


class Shape(Enum):
    """What a typed word looks like beside the grammar of provisional passwords."""

    OTHER = auto()
    MISTYPED = auto()
    PROVISIONAL = auto()


@dataclass(frozen=True, slots=True)
class Provisional:
    """One copy that left the house, or is about to: the row, never the word."""

    id: str
    account_id: str
    delivery_id: str
    copy: int
    channel: Channel
    address: str | None
    epoch: int
    expires_at: Instant


def generate() -> str:
    """Return a new provisional password, grouped by hyphens."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    word = body + _check(body)
    return "-".join(word[start : start + 4] for start in range(0, LENGTH, 4))


def normalize(typed: str) -> str:
    """Return what was typed without what does not count: case, dashes, spaces.

    Nothing longer than ``_LONGEST`` is looked at: normalization is quadratic in disordered marks (law 10).
    """
    if len(typed) > _LONGEST:
        return ""
    folded = unicodedata.normalize("NFKC", typed).upper()
    return "".join(c for c in folded if not c.isspace() and c not in _DASHES)


def shape(typed: str) -> Shape:
    """Tell whether a typed word is a provisional password, one with a slip of the finger, or something else.

    No member's own password has this shape: the policy refuses to set one (``accounts.password``).
    """
    word = normalize(typed)
    if len(word) != LENGTH or any(c not in _VALUE for c in word):
        return Shape.OTHER
    return Shape.PROVISIONAL if _check(word[:-1]) == word[-1] else Shape.MISTYPED


def word_digest(typed: str) -> str:
    """Return the digest a provisional password is stored and looked up by."""
    return digest("provisional:" + normalize(typed))


def _check(body: str) -> str:
    """Return the check symbol (Luhn modulo 32): every single slip and nearly every swap of neighbours shows."""
    total = 0
    for place, symbol in enumerate(reversed(body)):
        doubled = _VALUE[symbol] * (2 if place % 2 == 0 else 1)
        total += doubled // len(ALPHABET) + doubled % len(ALPHABET)
    return ALPHABET[-total % len(ALPHABET)]
