"""The member's own password: what it must be (S17, design section 6) and how it is kept (argon2id, law 3).

8 to 256 code points after NFKC, four kinds of characters, not of the provisional grammar, not the member's own data;
no trimming. Hashing refuses to run while a connection is held.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import cached_property
from importlib.resources import files

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from idp.accounts.grammar import Fit
from idp.accounts.provisional import fit
from idp.kernel.holding import refuse_while_holding

SHORTEST = 8
LONGEST = 256
_PERSONAL = 4
"""A personal word shorter than this is no trace of a person: "Le", "Eve" stay allowed."""


class Rule(StrEnum):
    """The five rules of S17, in the order they are shown; the value ends the catalogue id."""

    LENGTH = "length"
    DIGIT = "digit"
    UPPER = "upper"
    LOWER = "lower"
    SPECIAL = "special"


class Refusal(StrEnum):
    """Why a word that follows the rules is refused all the same; the value ends the catalogue id."""

    LONG = "long"
    PERSONAL = "personal"
    SAME = "same"
    COMMON = "common"


_COMMON = frozenset(files("idp.accounts").joinpath("common.txt").read_text("utf-8").split())


def normalize(typed: str) -> str:
    """Return the form that is judged and hashed: NFKC, so that a phone and a computer type the same word."""
    return unicodedata.normalize("NFKC", typed)


def unmet(typed: str) -> tuple[Rule, ...]:
    """Return the rules of S17 that the word does not meet yet; none for one too long to be looked at (law 10)."""
    if len(typed) > LONGEST:
        return ()
    word = normalize(typed)
    met = {
        Rule.LENGTH: len(word) >= SHORTEST,
        Rule.DIGIT: any(c.isdigit() for c in word),
        Rule.UPPER: any(c.isupper() for c in word),
        Rule.LOWER: any(c.islower() for c in word),
        Rule.SPECIAL: any(not c.isalnum() for c in word),
    }
    return tuple(rule for rule, is_met in met.items() if not is_met)


def refusal(typed: str, personal: Iterable[str]) -> Refusal | None:
    """Return why a word may not be chosen although it meets the rules. ``personal`` is the member's own data."""
    if len(typed) > LONGEST or len(normalize(typed)) > LONGEST:
        return Refusal.LONG
    word = normalize(typed).casefold()
    if fit(typed) is not Fit.OTHER:
        return Refusal.SAME
    plain = _letters(word)
    if any(len(trace) >= _PERSONAL and trace in plain for trace in map(_letters, personal)):
        return Refusal.PERSONAL
    if _COMMON & {plain, "".join(c for c in plain if c.isalpha())} or len(set(word)) < _PERSONAL:
        return Refusal.COMMON
    return None


def _letters(text: str) -> str:
    """Return letters and digits without accents: how a name hides in a password."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in decomposed if c.isalnum())


class Hasher:
    """argon2id with the OWASP parameters: t=2, 19 MiB, p=1; about 17 ms of one core each."""

    def __init__(self, *, time_cost: int = 2, memory_kib: int = 19_456) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1, type=Type.ID)

    @cached_property
    def _dummy(self) -> str:
        """What is verified when there is nothing to verify: made by the first sign-in, not by the start."""
        return self._hasher.hash("nobody has this password")

    def hash(self, typed: str) -> str:
        """Return the hash to store. Raises ``ConnectionHeld`` inside a unit of work."""
        refuse_while_holding("argon2")
        return self._hasher.hash(normalize(typed))

    def verify(self, stored: str | None, typed: str) -> bool:
        """Tell whether the word is the stored one; costs one verification also when nothing is stored.

        Raises ``ConnectionHeld`` inside a unit of work.
        """
        refuse_while_holding("argon2")
        if len(typed) > LONGEST:
            typed = ""
        try:
            self._hasher.verify(stored or self._dummy, normalize(typed))
        except (VerifyMismatchError, InvalidHashError):
            return False
        return stored is not None

    def is_old(self, stored: str) -> bool:
        """Tell whether a stored hash was made with other parameters and wants a rehash."""
        return self._hasher.check_needs_rehash(stored)
