"""The serial number printed on a carte Vitale, as typed (S9). An unreadable one costs no try."""

from __future__ import annotations

import re
from enum import StrEnum

from idp.kernel.errors import IdpError
from idp.members.nir import LENGTH, LENGTH_WITH_KEY, NirError, read_nir
from idp.members.typed import TYPED_BOUND, significant

SHORTEST = 8
LONGEST = 12
"""Digits of a serial. No format is published: cards of 10 and 11 digits are known (facts: section 6)."""

_DIGITS = re.compile(r"[0-9]+\Z")


class SerialProblem(StrEnum):
    """Why a typed serial is not judged; the values end the ids ``enrollment.proof.vitale.error.*``."""

    MISSING = "missing"
    FORMAT = "format"
    LENGTH = "length"
    IS_NIR = "is_nir"


class SerialError(IdpError):
    """A text that is no serial. The text itself is not kept."""

    def __init__(self, problem: SerialProblem) -> None:
        super().__init__(f"not a card serial: {problem}")
        self.problem = problem


def read_serial(typed: str, nir_value: str | None = None) -> str:
    """Return the digits of the serial in ``typed``; ``nir_value`` is the NIR of the member who types.

    Raises ``SerialError``.
    """
    if len(typed) > TYPED_BOUND:
        raise SerialError(SerialProblem.LENGTH)
    text = significant(typed)
    if not text:
        raise SerialError(SerialProblem.MISSING)
    if _is_nir(text, nir_value):
        raise SerialError(SerialProblem.IS_NIR)
    if _DIGITS.match(text) is None:
        raise SerialError(SerialProblem.FORMAT)
    if not SHORTEST <= len(text) <= LONGEST:
        raise SerialError(SerialProblem.LENGTH)
    return text


def _is_nir(text: str, nir_value: str | None) -> bool:
    if len(text) not in (LENGTH, LENGTH_WITH_KEY):
        return False
    if nir_value is not None and text[:LENGTH] == nir_value:
        return True
    try:
        read_nir(text)
    except NirError:
        return False
    return True
