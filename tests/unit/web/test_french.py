"""Dates, hours and amounts as members read them, in Paris, with the no-break spaces of French typography."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from idp.kernel.clock import SECOND
from idp.web.french import NBSP, amount, clock_time, day, long_date


def instant(year: int, month: int, number: int, hour: int, minute: int) -> int:
    return int(datetime(year, month, number, hour, minute, tzinfo=UTC).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (date(2026, 9, 1), "1er septembre 2026"),
        (date(2026, 2, 28), "28 février 2026"),
        (date(2026, 12, 11), "11 décembre 2026"),
        (date(2027, 8, 1), "1er août 2027"),
    ],
)
def test_a_day_is_read(value: date, read: str) -> None:
    assert day(value) == read


@pytest.mark.parametrize(
    ("value", "on", "at"),
    [
        (instant(2026, 11, 30, 13, 5), "lundi 30 novembre 2026", "14 h 05"),
        (instant(2026, 7, 14, 22, 30), "mercredi 15 juillet 2026", "0 h 30"),
        (instant(2026, 12, 31, 23, 0), "vendredi 1er janvier 2027", "0 h 00"),
        (instant(2026, 3, 29, 0, 59), "dimanche 29 mars 2026", "1 h 59"),
        (instant(2026, 3, 29, 1, 0), "dimanche 29 mars 2026", "3 h 00"),
    ],
    ids=["winter", "summer night", "new year", "before the change of hour", "after it"],
)
def test_an_instant_is_read_on_a_clock_in_paris(value: int, on: str, at: str) -> None:
    assert long_date(value) == on
    assert clock_time(value) == at.replace(" ", NBSP)


@pytest.mark.parametrize(
    ("cents", "read"),
    [
        (0, "0,00 €"),
        (5, "0,05 €"),
        (18_541, "185,41 €"),
        (120_496, "1 204,96 €"),
        (123_456_789, "1 234 567,89 €"),
        (-120_496, "-1 204,96 €"),
    ],
)
def test_an_amount_is_read(cents: int, read: str) -> None:
    assert amount(cents) == read.replace(" ", NBSP)
