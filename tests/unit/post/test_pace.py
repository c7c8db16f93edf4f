"""Retries: quick at first, hourly at last, given up after a day."""

from __future__ import annotations

import pytest

from idp.kernel.clock import DAY, HOUR, MINUTE, SECOND
from idp.post.pace import retry_at

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
    assert retry_at(tries, PUT, PUT) == PUT + wait


def test_the_last_try_is_no_later_than_a_day_after_the_first() -> None:
    assert retry_at(9, PUT, PUT + DAY - HOUR) == PUT + DAY
    assert retry_at(9, PUT, PUT + DAY - HOUR + 1) is None
