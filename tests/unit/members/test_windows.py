"""From which day to which day an amount counts (S8, S10): to the day, in the calendar of Paris."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.clock import SECOND, paris_date
from idp.members.question import Question, window

PAYMENT, INVOICE = Question.PAYMENT, Question.INVOICE


@pytest.mark.parametrize(
    ("question", "today", "first"),
    [
        # the same day of the month
        (PAYMENT, "2026-11-24", "2026-05-24"),
        (INVOICE, "2026-11-24", "2025-11-24"),
        # over the turn of the year
        (PAYMENT, "2026-01-01", "2025-07-01"),
        (PAYMENT, "2026-06-30", "2025-12-30"),
        (INVOICE, "2026-01-01", "2025-01-01"),
        (INVOICE, "2026-12-31", "2025-12-31"),
        # a day that the earlier month has not
        (PAYMENT, "2026-08-29", "2026-02-28"),
        (PAYMENT, "2026-08-30", "2026-02-28"),
        (PAYMENT, "2026-08-31", "2026-02-28"),
        (PAYMENT, "2026-09-01", "2026-03-01"),
        (PAYMENT, "2026-05-31", "2025-11-30"),
        (PAYMENT, "2026-10-31", "2026-04-30"),
        (PAYMENT, "2026-12-31", "2026-06-30"),
        (PAYMENT, "2027-03-31", "2026-09-30"),
        # leap years
        (PAYMENT, "2028-08-29", "2028-02-29"),
        (PAYMENT, "2028-08-30", "2028-02-29"),
        (PAYMENT, "2028-08-31", "2028-02-29"),
        (PAYMENT, "2028-02-29", "2027-08-29"),
        (INVOICE, "2028-02-28", "2027-02-28"),
        (INVOICE, "2028-02-29", "2027-02-28"),
        (INVOICE, "2028-03-01", "2027-03-01"),
        (INVOICE, "2029-02-28", "2028-02-28"),
        # a century that is no leap year
        (INVOICE, "2100-03-01", "2099-03-01"),
        (PAYMENT, "2100-08-31", "2100-02-28"),
    ],
)
def test_the_window_opens_on_the_same_day_so_many_months_ago(question: Question, today: str, first: str) -> None:
    now = date.fromisoformat(today)
    assert window(question, now) == (date.fromisoformat(first), now)


@pytest.mark.parametrize(
    ("utc", "first", "last"),
    [
        # winter: Paris is one hour ahead
        ("2026-11-24T22:59", "2026-05-24", "2026-11-24"),
        ("2026-11-24T23:00", "2026-05-25", "2026-11-25"),
        ("2026-11-24T23:30", "2026-05-25", "2026-11-25"),
        # summer: two hours
        ("2026-07-14T21:59", "2026-01-14", "2026-07-14"),
        ("2026-07-14T22:00", "2026-01-15", "2026-07-15"),
        # the nights the clocks change: 29 March at 01:00 UTC, 25 October at 01:00 UTC
        ("2026-03-28T22:59", "2025-09-28", "2026-03-28"),
        ("2026-03-28T23:30", "2025-09-29", "2026-03-29"),
        ("2026-03-29T01:30", "2025-09-29", "2026-03-29"),
        ("2026-03-29T22:30", "2025-09-30", "2026-03-30"),
        ("2026-10-24T22:30", "2026-04-25", "2026-10-25"),
        ("2026-10-25T00:30", "2026-04-25", "2026-10-25"),
        ("2026-10-25T01:30", "2026-04-25", "2026-10-25"),
        ("2026-10-25T22:30", "2026-04-25", "2026-10-25"),
        ("2026-10-25T23:30", "2026-04-26", "2026-10-26"),
        # the turn of the year
        ("2026-12-31T23:30", "2026-07-01", "2027-01-01"),
        # 29 February begins in Paris while it is the 28th in UTC
        ("2028-02-28T23:30", "2027-08-29", "2028-02-29"),
    ],
)
def test_the_day_is_the_one_in_paris(utc: str, first: str, last: str) -> None:
    now = int(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp()) * SECOND
    assert window(PAYMENT, paris_date(now)) == (date.fromisoformat(first), date.fromisoformat(last))


@given(today=st.dates(min_value=date(2001, 1, 1)), question=st.sampled_from([PAYMENT, INVOICE]))
def test_windows_never_run_backwards_and_hold_whole_months(today: date, question: Question) -> None:
    first, last = window(question, today)
    assert last == today
    assert (today.year - first.year) * 12 + today.month - first.month == question.months
    assert first.day <= today.day


@pytest.mark.parametrize("question", [Question.VITALE_FRONT, Question.VITALE_BACK])
def test_a_card_has_no_window(question: Question) -> None:
    assert question.months is None
    with pytest.raises(ValueError, match="no window"):
        window(question, date(2026, 11, 24))
