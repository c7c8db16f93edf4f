"""Words made for paper and for the phone: 32 symbols without look-alikes (no O, 0, I, 1), the last one a check.

Case, dashes and spaces do not count. A mistyped word of the right shape is caught before any look-up.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from enum import Enum, auto

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LONGEST = 128
"""Characters read of a typed word: the symbols with every dash and space a finger may add."""

_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}
_DASHES = {"-", "‐", "‑", "‒", "–", "—", "−", "_", "."}


class Fit(Enum):
    """How a typed word fits a grammar."""

    OTHER = auto()
    MISTYPED = auto()
    RIGHT = auto()


@dataclass(frozen=True, slots=True)
class Grammar:
    """Words of ``length`` symbols, written in groups of ``group``."""

    length: int
    group: int

    def generate(self) -> str:
        """Return a new word, grouped by hyphens; all but the check symbol is random."""
        body = "".join(secrets.choice(ALPHABET) for _ in range(self.length - 1))
        word = body + _check(body)
        return "-".join(word[start : start + self.group] for start in range(0, self.length, self.group))

    def fit(self, typed: str) -> Fit:
        """Tell whether a typed text is a word of this grammar, one with a slip of the finger, or something else."""
        word = normalize(typed)
        if len(word) != self.length or any(c not in _VALUE for c in word):
            return Fit.OTHER
        return Fit.RIGHT if _check(word[:-1]) == word[-1] else Fit.MISTYPED


def normalize(typed: str) -> str:
    """Return what was typed without what does not count: case, dashes, spaces.

    Nothing longer than ``_LONGEST`` is looked at: normalization is quadratic in disordered marks (law 10).
    """
    if len(typed) > _LONGEST:
        return ""
    folded = unicodedata.normalize("NFKC", typed).upper()
    return "".join(c for c in folded if not c.isspace() and c not in _DASHES)


def _check(body: str) -> str:
    """Return the check symbol (Luhn modulo 32): every single slip and nearly every swap of neighbours shows."""
    total = 0
    for place, symbol in enumerate(reversed(body)):
        doubled = _VALUE[symbol] * (2 if place % 2 == 0 else 1)
        total += doubled // len(ALPHABET) + doubled % len(ALPHABET)
    return ALPHABET[-total % len(ALPHABET)]
