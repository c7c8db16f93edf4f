"""Retries: quick at first, hourly at last; a mail is given up after a day of them, paper never."""

from __future__ import annotations

import pytest

from idp.kernel.clock import DAY, HOUR, MINUTE, SECOND
from idp.kernel.effects import Lane
from idp.post.pace import ENOUGH, retry_at

PUT = 1_800_000_000 * SECOND


@pytest.mark.parametrize(
    ("tries", "wait"),
    [
        (1, 30 * SECOND),
        (2, 2 * MINUTE),
        (3, 10 * MINUTE),
        (4, 30 * MINUTE),
        (5, HOUR),
        (20, HOUR),
    ],
)
def test_the_wait_grows_with_the_tries(tries: int, wait: int) -> None:
    assert retry_at(Lane.MAIL, tries, PUT, PUT) == PUT + wait


def test_a_mail_tried_for_a_day_is_given_up() -> None:
    assert retry_at(Lane.MAIL, ENOUGH, PUT, PUT + DAY - HOUR) == PUT + DAY
    assert retry_at(Lane.MAIL, ENOUGH, PUT, PUT + DAY - HOUR + 1) is None


def test_a_mail_that_was_held_back_is_tried_as_often_as_any_other() -> None:
    assert retry_at(Lane.MAIL, 1, PUT, PUT + DAY) == PUT + DAY + 30 * SECOND
    assert retry_at(Lane.MAIL, ENOUGH - 1, PUT, PUT + 2 * DAY) == PUT + 2 * DAY + HOUR


def test_a_logout_is_tried_five_times_within_the_hour() -> None:
    now = PUT
    for tries in range(1, 5):
        again = retry_at(Lane.LOGOUT, tries, PUT, now)
        assert again is not None
        now = again
    assert retry_at(Lane.LOGOUT, 5, PUT, now) is None
    assert now < PUT + HOUR


@pytest.mark.parametrize("lane", [Lane.REQUEST, Lane.LETTER])
def test_what_ends_on_paper_is_never_given_up(lane: Lane) -> None:
    assert retry_at(lane, 500, PUT, PUT + 20 * DAY) == PUT + 20 * DAY + HOUR
