"""The NIR, the 13-character social security number that is a member's identifier (S3).

Structure and key: décret 82-103 article 4, as noted in the facts, section 5. The number may change, so it is
never a key of anything; it is shown nowhere, not even in a ``repr`` (law 5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from idp.kernel.errors import IdpError
from idp.members.typed import TYPED_BOUND, significant

LENGTH = 13
LENGTH_WITH_KEY = 15

_ALPHABET = re.compile(r"[0-9AB]*\Z")
_LAYOUT = re.compile(r"[0-9]{5}(?:[0-9]{2}|2[AB])[0-9]{6}(?:[0-9]{2})?\Z")
_SHAPE = re.compile(
    r"[123478]"  # sex; 7 and 8 provisional, 3 and 4 in course of registration
    r"[0-9]{2}"  # year
    r"(?:0[1-9]|1[0-2]|2[0-9]|3[0-9]|4[0-2]|[5-9][0-9])"  # month, and the pseudo-months 20–42 and 50–99
    r"(?!00)(?:[0-9]{2}|2[AB])"  # département; 97 and 98 overseas, 99 born abroad
    r"(?!000)[0-9]{3}"  # commune or country
    r"(?!000)[0-9]{3}\Z"  # order
)


class NirProblem(StrEnum):
    """Why a typed number is refused; the values end the catalogue ids ``enrollment.identifier.error.*``."""

    MISSING = "missing"
    CHARACTERS = "characters"
    LENGTH = "length"
    KEY = "key"
    SHAPE = "shape"


class NirError(IdpError):
    """A text that is no NIR. ``count`` is how many characters were seen; the text itself is not kept."""

    def __init__(self, problem: NirProblem, count: int) -> None:
        super().__init__(f"not a NIR: {problem} ({count} characters)")
        self.problem = problem
        self.count = count


@dataclass(frozen=True, slots=True, repr=False)
class Nir:
    """A possible NIR: ``value`` has 13 characters in capitals. Raises ``NirError`` otherwise."""

    value: str

    def __post_init__(self) -> None:
        if _SHAPE.match(self.value) is None:
            raise NirError(NirProblem.SHAPE, len(self.value))

    @property
    def for_key(self) -> int:
        """The number the key is computed from: Corsica's 2A counts as 19 and 2B as 18 (facts: 5.2)."""
        return _for_key(self.value)

    def __repr__(self) -> str:
        return "Nir(•••)"

    def __str__(self) -> str:
        return "Nir(•••)"


def read_nir(typed: str) -> Nir:
    """Return the NIR that ``typed`` holds, with or without separators; a key is verified and dropped.

    Raises ``NirError``. The look-up value for digests is the result's ``value``.
    """
    if len(typed) > TYPED_BOUND:
        raise NirError(NirProblem.LENGTH, len(typed))
    text = significant(typed)
    problem = _problem(text)
    if problem is not None:
        raise NirError(problem, len(text))
    return Nir(text[:LENGTH])


def key_of(nir: Nir) -> str:
    """Return the two-digit key, 01 to 97 (facts: 5.1)."""
    return _key(nir.value)


def _problem(text: str) -> NirProblem | None:
    if not text:
        return NirProblem.MISSING
    if _ALPHABET.match(text) is None:
        return NirProblem.CHARACTERS
    if len(text) not in (LENGTH, LENGTH_WITH_KEY):
        return NirProblem.LENGTH
    if _LAYOUT.match(text) is None:
        return NirProblem.SHAPE
    # The key speaks first: where it does not match, a typing error is likelier than an impossible number.
    if text[LENGTH:] not in ("", _key(text[:LENGTH])):
        return NirProblem.KEY
    return None if _SHAPE.match(text[:LENGTH]) else NirProblem.SHAPE


def _for_key(value: str) -> int:
    place = {"2A": "19", "2B": "18"}.get(value[5:7], value[5:7])
    return int(value[:5] + place + value[7:])


def _key(value: str) -> str:
    return f"{97 - _for_key(value) % 97:02d}"
