"""Is this person the member on record? Birth name, first given name and birth date decide; the rest only weighs.

The pitfalls are those of facts 1.16. An e-mail address is never looked at (facts, trap 13), the NIR is never told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from idp.federation.person import Person
from idp.members.member import Member, first_of

FRANCE = "99100"
_UNKNOWN = "00"

_JOINTS = re.compile(r"[\s\-\u2010-\u2015\u2212_.]+")
_APOSTROPHES = re.compile(r"['\u2018\u2019\u02bc\u0060\u00b4]")
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE"})
"""NFKD leaves these whole."""


def folded(name: str) -> str:
    """Return a name without case, accents, ligatures, apostrophes, and with one space for every joint."""
    apart = unicodedata.normalize("NFKD", name.translate(_LIGATURES))
    bare = "".join(character for character in apart if not unicodedata.combining(character))
    return _JOINTS.sub(" ", _APOSTROPHES.sub("", bare)).strip().casefold()


def same_name(told: str, recorded: str) -> bool:
    """Tell whether two writings are one name; particles may be written apart or together (``DE LA`` / ``DELA``)."""
    left, right = folded(told), folded(recorded)
    return bool(left) and (left == right or left.replace(" ", "") == right.replace(" ", ""))


def same_birthdate(told: str, recorded: str) -> bool:
    """Tell whether two dates may be one: the year always, month and day where both know them (``00``: not known)."""
    year, month, day = told.split("-")
    other_year, other_month, other_day = recorded.split("-")
    months, days = {month, other_month} - {_UNKNOWN}, {day, other_day} - {_UNKNOWN}
    return year == other_year and len(months) <= 1 and len(days) <= 1


def is_member(person: Person, member: Member) -> bool:
    """Tell whether a person is this member: birth name, first given name, birth date, all three known and equal.

    The name of use never counts (RNIPP itself fails on it), a second first name neither: both go to the fund's people.
    """
    if person.family_name is None or not person.given_names or person.birthdate is None:
        return False
    return (
        same_name(person.family_name, member.birth_name)
        and _first_name_fits(person.given_names, member.given_names)
        and same_birthdate(person.birthdate, member.birthdate)
    )


def has_another_trait(person: Person, member: Member) -> bool:
    """Tell whether one more trait agrees: the commune of birth, the country when abroad, or all of several first names.

    Names and a birth date alone have homonyms: as a proof they are not enough, and neither is a date known in part.
    """
    if person.birthdate != member.birthdate or _UNKNOWN in member.birthdate.split("-"):
        return False
    if person.birthplace and member.birthplace:
        return person.birthplace == member.birthplace
    if person.birthcountry and person.birthcountry != FRANCE:
        return person.birthcountry == member.birthcountry
    told = [folded(name) for name in person.given_names]
    return len(told) > 1 and " ".join(told) == folded(member.given_names.replace(",", " "))


def has_homonym(member: Member, born_that_day: Iterable[Member]) -> bool:
    """Tell whether another member bears the same names and birth date: then nobody is proven by them."""
    return any(
        other.id != member.id
        and same_name(other.birth_name, member.birth_name)
        and folded(first_of(other.given_names)) == folded(first_of(member.given_names))
        for other in born_that_day
    )


def _first_name_fits(told: tuple[str, ...], recorded: str) -> bool:
    """Tell whether the record begins with the first of the first names; further ones do not count.

    One first name may hold a space or a hyphen: ``Jean-Philippe`` is not ``Jean``. A record without commas does not
    say where a name ends, so any number of its first words may be it.
    """
    items = recorded.split(",")[:1] if "," in recorded else None
    words = recorded.split()
    beginnings = items or [" ".join(words[:count]) for count in range(1, len(words) + 1)]
    return bool(folded(told[0])) and folded(told[0]) in {folded(beginning) for beginning in beginnings}
