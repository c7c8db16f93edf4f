"""What a hand typed, reduced to what it means: no separators, full-width forms folded, in capitals."""

from __future__ import annotations

import unicodedata

TYPED_BOUND = 64
"""Characters of an identifier or a serial that are looked at; a longer text is not read at all (law 10)."""

_SPACES = "\t\r\n"
_MARKS = ".\u2212"


def significant(typed: str) -> str:
    """Return ``typed`` without spaces of any kind, dots and dashes, full-width forms folded, in capitals.

    Only full-width forms are folded: a superscript two, a key of its own on French keyboards, stays a wrong
    character. Control and format characters stay too, for the caller to refuse (facts: section 5.5).
    """
    folded = "".join(_fold(character) for character in typed)
    return "".join(character for character in folded if not _separates(character)).upper()


def _fold(character: str) -> str:
    if unicodedata.decomposition(character).startswith("<wide>"):
        return unicodedata.normalize("NFKC", character)
    return character


def _separates(character: str) -> bool:
    return character in _SPACES or character in _MARKS or unicodedata.category(character) in {"Zs", "Pd"}
