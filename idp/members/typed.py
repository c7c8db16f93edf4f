"""What a hand typed, reduced to what it means: no separators, full-width forms folded, in capitals."""

from __future__ import annotations

import unicodedata

TYPED_BOUND = 64
"""Characters of an identifier or a serial that are looked at; a longer text is not read at all (law 10)."""

_SPACES = "\t\r\n"
_MARKS = ".\u2212"


def significant(typed: str) -> str:
    """Return ``typed`` without spaces of any kind, dots and dashes, full-width forms folded, in capitals.

    Control and format characters stay, for the caller to refuse (facts: section 5.5).
    """
    return "".join(character for character in folded(typed) if not _separates(character)).upper()


def folded(typed: str) -> str:
    """Return ``typed`` with full-width forms folded, and no others: a superscript two, a key of its own on French
    keyboards, stays a wrong character."""
    return "".join(
        unicodedata.normalize("NFKC", character)
        if unicodedata.decomposition(character).startswith("<wide>")
        else character
        for character in typed
    )


def _separates(character: str) -> bool:
    return character in _SPACES or character in _MARKS or unicodedata.category(character) in {"Zs", "Pd"}
