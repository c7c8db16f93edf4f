"""What a caller tells an agent on the phone, read without looking at any record (S4).

What cannot be read is asked again and costs nothing. Case, accents and blanks do not count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum

from idp.kernel.errors import IdpError
from idp.members.member import Situation
from idp.members.typed import TYPED_BOUND, folded, significant

_MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin",
    "juillet", "aout", "septembre", "octobre", "novembre", "decembre",
)  # fmt: skip
_DAY_FIRST = re.compile(r"(\d{1,2})(?:er)?[ /.-](\d{1,2}|[a-z]{3,})[ /.-](\d{4})\Z", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?\Z", re.ASCII)
_MONTH_FIRST = re.compile(r"(\d{1,2}|[a-z]{3,})[ /.-](\d{4})\Z", re.ASCII)
_YEAR = re.compile(r"\d{4}\Z", re.ASCII)
_PLACE = re.compile(r"(?:[0-9]|[0-9]{2}|2[AB]|9[78][0-9]|[0-9]{5}|2[AB][0-9]{3})\Z")
_POSTCODE = re.compile(r"[0-9A-Z]{2,12}\Z")


class Trait(StrEnum):
    """What an agent may ask; the values are stored in the audit."""

    BIRTH_DATE = "birth_date"
    BIRTH_PLACE = "birth_place"
    POSTCODE = "postcode"
    LAST_PAYMENT = "last_payment"
    SITUATION = "situation"


Told = Mapping[Trait, str]
"""What was told, as ``read`` returns it; what the caller does not know is absent."""


class ToldError(IdpError):
    """A text that is no answer. The text itself is not kept."""


def read(trait: Trait, typed: str) -> str:
    """Return what was told in one form: ``1985-03-14``, ``59350``, ``62156``, ``2026-11``, ``exploitant``.

    A date of birth may be partial, with 00 for what the caller's civil status does not know. Raises ``ToldError``.
    """
    if len(typed) > TYPED_BOUND:
        raise ToldError(trait)
    found = _READERS[trait](typed)
    if found is None:
        raise ToldError(trait)
    return found


def _birth_date(typed: str) -> str | None:
    text = _plain(typed)
    if _YEAR.match(text):
        return f"{text}-00-00"
    parts = _day_parts(text) or (*(_month_parts(text) or ("", "")), "00")
    year, month, day = parts[0], _month(parts[1]), int(parts[2])
    if not year or month is None or (month == 0 and day):
        return None
    try:
        date(int(year), month or 1, day or 1)
    except ValueError:
        return None
    return f"{year}-{month:02d}-{day:02d}"


def _last_payment(typed: str) -> str | None:
    year, word = _month_parts(_plain(typed)) or ("", "")
    month = _month(word)
    return f"{year}-{month:02d}" if month and month <= len(_MONTHS) else None


def _day_parts(text: str) -> tuple[str, str, str] | None:
    """Return year, month and day as they stand in the text."""
    if found := _DAY_FIRST.match(text):
        return found[3], found[2], found[1]
    found = _YEAR_FIRST.match(text)
    return (found[1], found[2], found[3]) if found and found[3] else None


def _month_parts(text: str) -> tuple[str, str] | None:
    if found := _MONTH_FIRST.match(text):
        return found[2], found[1]
    found = _YEAR_FIRST.match(text)
    return (found[1], found[2]) if found and not found[3] else None


def _month(word: str) -> int | None:
    """Return the number of a month written in digits, or in letters enough to know it; 0 is an unknown one."""
    if word.isdigit():
        return int(word)
    named = [number for number, name in enumerate(_MONTHS, 1) if word and name.startswith(word)]
    return named[0] if len(named) == 1 else None


def _birth_place(typed: str) -> str | None:
    text = significant(typed)
    return text.zfill(2) if _PLACE.match(text) else None


def _postcode(typed: str) -> str | None:
    text = significant(typed)
    return text if _POSTCODE.match(text) else None


def _situation(typed: str) -> str | None:
    word = _plain(typed).partition(" ")[0]
    near = (situation for situation in Situation if word and (situation.startswith(word) or word.startswith(situation)))
    return next(near, None)


def _plain(typed: str) -> str:
    """Return the text without accents, in small letters, one space where there are many."""
    parted = unicodedata.normalize("NFKD", folded(typed)).casefold()
    bare = "".join(character for character in parted if not unicodedata.combining(character))
    return " ".join(bare.replace(". ", " ").split())


_READERS: dict[Trait, Callable[[str], str | None]] = {
    Trait.BIRTH_DATE: _birth_date,
    Trait.BIRTH_PLACE: _birth_place,
    Trait.POSTCODE: _postcode,
    Trait.LAST_PAYMENT: _last_payment,
    Trait.SITUATION: _situation,
}
