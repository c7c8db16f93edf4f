"""Whether a caller is taken for the member (S4): three of five traits match, and one at most does not.

The number itself tells the year, the month and the place of birth, and a situation is soon guessed. So three traits
prove too little to choose where a password goes: it goes by post, unless the agent sees the person (``phone_desk``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from idp.enrollment.told import Told, Trait
from idp.members.member import Member
from idp.members.typed import significant

_WANTED = 3
_FORGIVEN = 1
_CORSICA = ("20", "2A", "2B")
_OVERSEAS = ("97", "98")
_FRANCE = "99100"

Results = Mapping[Trait, bool]


def compare(member: Member | None, last_payment: date | None, told: Told) -> Results:
    """Judge what was told; nothing matches nobody, and nothing matches what the record does not have."""
    return {trait: member is not None and _matches(trait, text, member, last_payment) for trait, text in told.items()}


def decide(results: Results) -> bool:
    """Tell whether the caller is taken for the member: three match, and one at most does not."""
    matched = sum(results.values())
    return matched >= _WANTED and len(results) - matched <= _FORGIVEN


def _matches(trait: Trait, told: str, member: Member, last_payment: date | None) -> bool:
    match trait:
        case Trait.BIRTH_DATE:
            return _same_day(told, member.birthdate)
        case Trait.BIRTH_PLACE:
            return _same_place(told, member)
        case Trait.POSTCODE:
            return member.address is not None and told == significant(member.address.postal_code)
        case Trait.LAST_PAYMENT:
            return last_payment is not None and told == last_payment.isoformat()[:7]
        case Trait.SITUATION:
            return told == member.situation


def _same_day(told: str, recorded: str) -> bool:
    """A partial date on record (``1962-00-00``) matches by what it knows; a caller must know as much."""
    pairs = zip(told.split("-"), recorded.split("-"), strict=True)
    return all(int(known) == 0 or said == known for said, known in pairs)


def _same_place(told: str, member: Member) -> bool:
    """The commune's code, or the département alone; for a birth abroad the country's code.

    Callers know a département, not a code of INSEE, and the record has no names. Corsica was one département until
    1976: 20 matches both of today's.
    """
    place = member.birthplace
    if place is None:
        return told == member.birthcountry and told != _FRANCE
    if place.startswith(_OVERSEAS):
        return told in (place[:3], place)
    same = told[:2] == place[:2] or ({told[:2], place[:2]} <= set(_CORSICA) and "20" in (told[:2], place[:2]))
    return same and told[2:] in ("", place[2:])
