"""One row of a file of the fund, and how each kind of cell is read.

A reason names the column and what is expected, never what was found: a NIR may stand in any
cell by mistake (law 5).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from idp.kernel.errors import IdpError
from idp.members.countries import COUNTRIES
from idp.members.nir import Nir, NirError, NirProblem, read_nir
from idp.members.serial import LONGEST, SHORTEST, SerialError, read_serial

_DATE = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}\Z")
_AMOUNT = re.compile(r"([0-9]{1,9})\.([0-9]{2})\Z")
_COMMUNE = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{3}\Z")
_BIRTH_COUNTRY = re.compile(r"99[0-9]{3}\Z")
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})

_NIR_REASONS = {
    NirProblem.MISSING: "is empty",
    NirProblem.CHARACTERS: "has a character that is neither a digit nor the A or B of Corsica",
    NirProblem.KEY: "has a key that does not match its 13 characters",
    NirProblem.SHAPE: "cannot exist (sex, month, place or order number)",
}


class CellError(IdpError):
    """A cell that cannot be taken; the message is the operator's sentence."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells by column, surrounding spaces dropped; ``line`` counts from 1, the header's line.

    Every method reads one cell and raises ``CellError``.
    """

    line: int
    cells: Mapping[str, str] = field(repr=False)

    def optional(self, name: str, bound: int) -> str | None:
        """Return a text of at most ``bound`` characters (NFC), None when empty or without such a column."""
        value = unicodedata.normalize("NFC", self.cells.get(name, ""))
        if len(value) > bound:
            raise CellError(f"{name} is longer than {bound} characters")
        if any(unicodedata.category(character) in _UNPRINTABLE for character in value):
            raise CellError(f"{name} has a control character")
        return value or None

    def text(self, name: str, bound: int) -> str:
        """Return a text that may not be empty."""
        value = self.optional(name, bound)
        if value is None:
            raise CellError(f"{name} is empty")
        return value

    def choice(self, name: str, *values: str) -> str:
        """Return one of the words that are possible."""
        value = self.cells.get(name, "")
        if value not in values:
            raise CellError(f"{name} must be {' or '.join(word or 'empty' for word in values)}")
        return value

    def flag(self, name: str) -> bool:
        """Return the meaning of yes or no."""
        return self.choice(name, "yes", "no") == "yes"

    def optional_flag(self, name: str) -> bool | None:
        """Return the meaning of yes or no, None when empty."""
        word = self.choice(name, "yes", "no", "")
        return word == "yes" if word else None

    def day(self, name: str) -> date:
        """Return a whole ISO date."""
        return _day(self.cells.get(name, ""), f"{name} must be a date like 2026-01-31")

    def birth_day(self, name: str) -> str:
        """Return an ISO date whose month and day, or day alone, may be 00: unknown to civil status."""
        value = self.cells.get(name, "")
        whole = value[:4] + "-01-01" if value[4:] == "-00-00" else value
        whole = whole[:7] + "-01" if whole[7:] == "-00" else whole
        _day(whole, f"{name} must be a date like 1962-09-30, 1962-09-00 or 1962-00-00")
        return value

    def cents(self, name: str) -> int:
        """Return an amount as cents; zero is no payment."""
        found = _AMOUNT.match(self.cells.get(name, ""))
        if found is None:
            raise CellError(f"{name} must look like 123.45")
        cents = int(found[1]) * 100 + int(found[2])
        if cents == 0:
            raise CellError(f"{name} must be more than zero")
        return cents

    def commune(self, name: str) -> str | None:
        """Return an INSEE commune, None when empty."""
        value = self.cells.get(name, "")
        if value and _COMMUNE.match(value) is None:
            raise CellError(f"{name} must be an INSEE commune of 5 characters, or empty")
        return value or None

    def birth_country(self, name: str) -> str:
        """Return an INSEE country code."""
        value = self.cells.get(name, "")
        if _BIRTH_COUNTRY.match(value) is None:
            raise CellError(f"{name} must be an INSEE country code like 99100")
        return value

    def country(self, name: str) -> str:
        """Return an ISO country code."""
        value = self.cells.get(name, "")
        if value not in COUNTRIES:
            raise CellError(f"{name} must be an ISO country code of two capitals like FR")
        return value

    def nir(self, name: str) -> Nir:
        """Return a NIR, written as a member may type it."""
        try:
            return read_nir(self.cells.get(name, ""))
        except NirError as error:
            reason = _NIR_REASONS.get(error.problem, f"has {error.count} characters, 13 are needed")
            raise CellError(f"{name} {reason}") from None

    def serial(self, name: str) -> str | None:
        """Return the serial of a card, None when empty."""
        value = self.cells.get(name, "")
        try:
            return read_serial(value) if value else None
        except SerialError:
            raise CellError(f"{name} must be {SHORTEST} to {LONGEST} digits, or empty") from None


def _day(value: str, reason: str) -> date:
    if _DATE.match(value) is None:
        raise CellError(reason)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise CellError(reason) from None
