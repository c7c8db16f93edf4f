"""Numbers of real structure, all different (facts: section 5.1).

Each origin has its own numbers, apart from those of every other by month, sex or place. They are walked with a stride
that shares no divisor with how many there are: none comes twice, and none has to be remembered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd

from idp.members.made_up.draw import Draw

FRANCE = "99100"
ORDERS = 999
_YEARS = range(1930, 2008)  # fewer than a hundred: the two digits of the number stand for one year
_MONTHS = tuple(range(1, 13))
_CORSICA_PARTED = 1976
_INDEPENDENCE = 1962
_FORMERLY = {"91": "99352", "92": "99352", "93": "99352", "94": "99352", "95": "99350", "96": "99351"}
"""Places of births in Algeria, Morocco and Tunisia before their independence, and the country of today."""


def _communes(prefixes: str, last: int) -> tuple[str, ...]:
    return tuple(
        f"{prefix}{number:0{5 - len(prefix)}d}" for prefix in prefixes.split() for number in range(1, last + 1)
    )


_METROPOLE = _communes(
    "01 02 08 09 10 12 14 15 16 18 19 21 22 23 24 27 28 29 32 35 36 40 43 46 47 48 49 50 51 53 56 58 59 61 62 "
    "63 64 65 70 71 72 79 80 81 82 85 86 87 88 89",
    240,
)
_COUNTRIES = "109 127 131 132 134 139 140 205 208 217 243 246 326 335 341 350 351 352 395 401 416"
_ABROAD = tuple(f"99{country}" for country in _COUNTRIES.split())


@dataclass(frozen=True, slots=True)
class Origin:
    """Who shares a form of number. ``share`` is of a thousand members."""

    name: str
    share: int
    places: tuple[str, ...]
    years: range = _YEARS
    months: tuple[int, ...] = _MONTHS
    sexes: str = "12"

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return len(self.places) * len(self.years) * len(self.months) * len(self.sexes) * ORDERS


ORIGINS = (
    Origin("metropole", 850, _METROPOLE),
    Origin("overseas", 25, _communes("971 972 973 974 976", 24)),
    Origin("collectivity", 5, _communes("975 986 987 988", 20)),
    Origin("corsica", 20, _communes("2A 2B", 240), years=range(_CORSICA_PARTED, 2008)),
    Origin("corsica before", 10, _communes("20", 360), years=range(1930, _CORSICA_PARTED)),
    Origin("abroad", 55, _ABROAD),
    Origin("before independence", 10, _communes("91 92 93 94 95 96", 90), years=range(1930, _INDEPENDENCE)),
    Origin("unknown month", 8, _ABROAD, months=(20,)),
    Origin("pseudo-month", 5, _ABROAD + _METROPOLE, months=(*range(21, 43), *range(50, 100))),
    Origin("provisional", 12, _ABROAD, sexes="78"),
)


@dataclass(frozen=True, slots=True)
class Birth:
    """A number and what it says. ``month`` may be a pseudo-month; ``place`` is empty for a birth abroad."""

    nir: str
    sex: str
    year: int
    month: int
    place: str
    country: str


def births(draw: Draw) -> Iterator[Birth]:
    """Yield births without end, every number once."""
    walks = {origin.name: _walk(origin, draw) for origin in ORIGINS}
    wheel = [walks[origin.name] for origin in ORIGINS for _ in range(origin.share)]
    while True:
        yield next(draw.one_of(wheel))


def _walk(origin: Origin, draw: Draw) -> Iterator[Birth]:
    size = origin.size
    at, stride = draw.below(size), draw.between(size // 4, size // 2)
    while gcd(stride, size) != 1:
        stride += 1
    for _ in range(size):
        at = (at + stride) % size
        rest, order = divmod(at, ORDERS)
        rest, sex = divmod(rest, len(origin.sexes))
        rest, month = divmod(rest, len(origin.months))
        year, place = divmod(rest, len(origin.places))
        yield _birth(origin.sexes[sex], origin.years[year], origin.months[month], origin.places[place], order + 1)


def _birth(sex: str, year: int, month: int, place: str, order: int) -> Birth:
    nir = f"{sex}{year % 100:02d}{month:02d}{place}{order:03d}"
    if place.startswith("99"):
        return Birth(nir, sex, year, month, "", place)
    if year < _INDEPENDENCE and place[:2] in _FORMERLY:
        return Birth(nir, sex, year, month, "", _FORMERLY[place[:2]])
    return Birth(nir, sex, year, month, place, FRANCE)
