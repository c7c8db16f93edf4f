"""Amounts the fund paid to a made-up member, or was paid by one.

Most are one member's own, with cents; flat rates are the same for thousands and prove nothing (design section 5).
They lie in the fourteen months before the month of the day given, so some are too old for every question.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from idp.members.made_up.draw import Draw

MONTHS = 14
_LAST_DAY = 28
_OWN = ("Allocations familiales", "Retraite", "Prime d’activité", "Indemnités journalières", "Aide au logement")
_INVOICES = ("Cotisations non salariés", "Cotisations sur salaires", "Appel fractionné", "Régularisation annuelle")
FLAT = (
    ("Prime exceptionnelle", 15_000, 1, 15),
    ("Allocation de rentrée", 42_347, 3, 18),
    ("Aide de fin d’année", 15_245, 9, 20),
)
"""Label, euro cents, how many months ago, day of the month."""

Amount = tuple[str, str, str]
"""Day in ISO text, amount as the files have it, label."""


class Amounts:
    """Draws amounts, their dates counted back from ``today``."""

    def __init__(self, draw: Draw, today: date) -> None:
        self._draw = draw
        months = (divmod(today.year * 12 + today.month - 1 - back, 12) for back in range(MONTHS + 1))
        self._days = [
            [date(year, month + 1, day).isoformat() for day in range(1, _LAST_DAY + 1)] for year, month in months
        ]
        self._flat = [(self._days[back][day - 1], _plain(cents), label) for label, cents, back, day in FLAT]

    def own(self, first: int, last: int) -> Iterator[Amount]:
        """Yield payments of one kind, one a month at most, the latest between so many months ago."""
        draw = self._draw
        label, day, cents = draw.one_of(_OWN), draw.below(_LAST_DAY), draw.between(1_501, 250_000)
        steady = draw.once_in(2)
        newest = draw.between(first, last)
        for back in range(newest, min(newest + draw.between(1, 7), MONTHS + 1)):
            yield self._days[back][day], _plain(cents), label
            if not steady:
                cents = draw.between(1_501, 250_000)

    def invoices(self, first: int, last: int) -> Iterator[Amount]:
        """Yield invoices a quarter apart, the latest between so many months ago."""
        draw = self._draw
        label, day = draw.one_of(_INVOICES), draw.below(_LAST_DAY)
        for back in range(draw.between(first, last), MONTHS + 1, 3):
            yield self._days[back][day], _plain(draw.between(4_001, 900_000)), label

    def flat(self) -> Amount:
        """Return one of the flat-rate payments: same day, same amount for whoever receives it."""
        return self._draw.one_of(self._flat)


def _plain(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
