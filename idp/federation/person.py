"""Who the provider says it is: the pivot identity, read with bounds. What cannot be read counts as not told.

Nothing of it is stored: it is compared with the fund's record and forgotten.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

NAME_BOUND = 256
MOST_NAMES = 30

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})\Z", re.ASCII)
_PLACE = re.compile(r"(?:2[AB]|\d{2})\d{3}\Z", re.ASCII)
_COUNTRY = re.compile(r"99\d{3}\Z", re.ASCII)


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """A pivot identity. ``given_names`` are the first names one by one (one may hold a space); ``birthdate`` as the
    provider has it, with ``00`` for what is not known; ``birthplace`` is empty when born abroad."""

    family_name: str | None
    given_names: tuple[str, ...]
    birthdate: str | None
    gender: str | None
    birthplace: str | None
    birthcountry: str | None


def read_person(claims: Mapping[str, Any]) -> Person:
    """Read the claims of a userinfo answer. Pure; never raises.

    FranceConnect+ tells the civil register's names under ``rnipp_`` (facts 3), FranceConnect under the plain names.
    """
    register = {name: claims.get(f"rnipp_{name}", claims.get(name)) for name in _NAMES}
    return Person(
        family_name=_name(register["family_name"]),
        given_names=_given_names(register),
        # What the identity's own provider sent tells a real 1 January from a presumed one.
        birthdate=_birthdate(claims.get("idp_birthdate")) or _birthdate(claims.get("birthdate")),
        gender=register["gender"] if register["gender"] in ("male", "female") else None,
        birthplace=_code(register["birthplace"], _PLACE),
        birthcountry=_code(register["birthcountry"], _COUNTRY),
    )


_NAMES = ("family_name", "given_name", "given_name_array", "gender", "birthplace", "birthcountry")


def _given_names(told: Mapping[str, Any]) -> tuple[str, ...]:
    listed = told["given_name_array"]
    if isinstance(listed, list) and 0 < len(listed) <= MOST_NAMES:
        names = [_name(one) for one in listed]
        if all(names):
            return tuple(name for name in names if name)
    whole = _name(told["given_name"])
    return tuple(whole.split()) if whole else ()


def _name(value: Any) -> str | None:
    """Return a name as it was told; None when it is none, too long, or holds a control or direction character."""
    if not isinstance(value, str) or not 0 < len(value.strip()) <= NAME_BOUND:
        return None
    if any(unicodedata.category(character).startswith("C") for character in value):
        return None
    return value.strip()


def _birthdate(value: Any) -> str | None:
    """Return a full or a partial date, None for one that no calendar has."""
    found = _DATE.match(value) if isinstance(value, str) else None
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups())
    if month == 0 and day != 0:
        return None
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return None
    return found[0]


def _code(value: Any, shape: re.Pattern[str]) -> str | None:
    if value == "":
        return ""
    return value if isinstance(value, str) and shape.match(value) else None
