"""The pace of retries: quick at first, hourly at last; a mail is given up after a day of them, a logout after five
within the hour, paper never."""

from __future__ import annotations

from idp.kernel.clock import DAY, HOUR, MINUTE, SECOND, Instant
from idp.kernel.effects import Lane

PACE = (30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE)
"""Waits after the first tries; every later one is an hour."""

GIVE_UP = DAY
ENOUGH = 24
"""A mail older than a day that was tried so often has failed, for an operator to see. Both: one that was held back by
the day's budget, or that no worker took, has not been tried for a day."""

LOGOUT_TRIES = len(PACE) + 1
"""All within three quarters of an hour: a portal that was told of no logout by then is the operator's to look at."""


def retry_at(lane: Lane, tries: int, created_at: Instant, now: Instant) -> Instant | None:
    """Return when to try again after ``tries`` failures, None when it is time to give up.

    A letter may be the only word a member gets: nothing but a mail and a logout is ever given up for a trouble that may
    pass, and ``idp check`` tells that it is late.
    """
    if lane is Lane.LOGOUT and tries >= LOGOUT_TRIES:
        return None
    again = now + (PACE[tries - 1] if 0 < tries <= len(PACE) else HOUR)
    given_up = lane is Lane.MAIL and tries >= ENOUGH and again > created_at + GIVE_UP
    return None if given_up else again
