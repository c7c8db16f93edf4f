"""How members read dates, times, amounts and phone numbers (words.md: no-break spaces, ``1er septembre``)."""

from __future__ import annotations

import re
from datetime import date

from idp.kernel.clock import Instant, paris_date, paris_time

NBSP = "\u00a0"
_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def day(value: date) -> str:
    """Return ``1er septembre 2026``."""
    number = "1er" if value.day == 1 else str(value.day)
    return f"{number} {_MONTHS[value.month - 1]} {value.year}"


def long_date(instant: Instant) -> str:
    """Return ``lundi 30 novembre 2026``, in Paris."""
    value = paris_date(instant)
    return f"{_DAYS[value.weekday()]} {day(value)}"


def clock_time(instant: Instant) -> str:
    """Return ``14 h 05``, in Paris."""
    value = paris_time(instant)
    return f"{value.hour}{NBSP}h{NBSP}{value.minute:02d}"


def amount(cents: int) -> str:
    """Return ``1 204,96 €``."""
    whole, rest = divmod(abs(cents), 100)
    grouped = f"{whole:,}".replace(",", NBSP)
    sign = "-" if cents < 0 else ""
    return f"{sign}{grouped},{rest:02d}{NBSP}€"


def phone(number: str) -> str:
    """Return a number in international form as people here write it; one from abroad stays as it is."""
    if not re.fullmatch(r"\+33\d{9}", number):
        return number
    return "\u00a0".join(("0" + number[3:])[place : place + 2] for place in range(0, 10, 2))
