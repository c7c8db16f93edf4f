"""``IDP_ENROLLMENT_DISCLOSURE=uniform``: the time of an answer does not tell what a number is either.

Over real HTTP, numbers of every standing in turn, each number once, so that a busy machine is busy for all of them.
Judged is the ratio of the median times of two standings: its 99.9 % bootstrap interval. Counts: ``budget.toml``.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import httpx2
import pytest

from idp.accounts.throttle import LOOKUP_SOURCE
from idp.enrollment.facts import LIFE, Enrollment, Profile, Purpose
from idp.kernel.ids import digest, new_id, new_secret
from idp.members.question import Question
from idp.storage.database import Database
from tests.support.browser import Page
from tests.support.clock import FakeClock
from tests.support.house import Running, running_house
from tests.support.twins import MAIL, PHONE, Standing, Twin, Twins

BUDGET = tomllib.loads((Path(__file__).parent.parent / "budget.toml").read_text("utf-8"))["times"]["uniform"]
LOWEST, HIGHEST = 0.8, 1.25
BEYOND = 0.0005
"""How much of the resamples lies beyond each end of the interval: it holds 99.9 % of them."""
PAIRS = (
    (Standing.UNKNOWN, Standing.OPEN),
    (Standing.UNKNOWN, Standing.NEVER),
    (Standing.FROZEN, Standing.UNKNOWN),
)
STANDINGS = tuple(dict.fromkeys(standing for pair in PAIRS for standing in pair))
NUMBER, ANSWER = "identifiant", "verification"

Times = dict[tuple[str, Standing], list[float]]
Interval = tuple[float, float]


def interval(ours: Sequence[float], theirs: Sequence[float]) -> Interval:
    """Return the 99.9 % bootstrap interval of the ratio of two medians."""
    chance = random.Random(len(ours))  # noqa: S311 (statistics, not secrets)
    some, others = sorted(ours), sorted(theirs)
    ratios = sorted(median_again(some, chance) / median_again(others, chance) for _ in range(BUDGET["resamples"]))
    beyond = int(len(ratios) * BEYOND)
    return ratios[beyond], ratios[-1 - beyond]


def median_again(times: list[float], chance: random.Random) -> float:
    """Return the (lower) median of a resample with replacement: its place is that of a uniform order statistic."""
    middle = (len(times) + 1) // 2
    return times[int(len(times) * chance.betavariate(middle, len(times) - middle + 1))]


def is_within(found: Interval) -> bool:
    return found[0] >= LOWEST and found[1] <= HIGHEST


def is_beyond(found: Interval) -> bool:
    return found[1] < LOWEST or found[0] > HIGHEST


class Timer:
    """A visitor who looks at the clock. What comes before each of the two answers is written for them, untimed."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._client = httpx2.Client(base_url=running.url, timeout=20, trust_env=False)
        self._token = Page(self._client.get("/inscription/profil")).form().fields["form_token"]
        self._browser = self._client.cookies["idp_browser"]
        self._client.cookies.clear()

    def close(self) -> None:
        self._client.close()

    def walk(self, twin: Twin) -> dict[str, float]:
        """Type the number and a wrong answer; return the seconds of each."""
        now = self._running.clock.now()
        begun = Enrollment(new_id(), 1, now, now + LIFE, profile=Profile(twin.profile))
        cookie = new_secret()
        with self._running.house.begin() as unit:
            assert unit.enrollments.save(begun)
            unit.enrollments.renew(begun.id, digest(cookie))
        cookie, number = self._time(begun, NUMBER, cookie, {"nir": twin.nir})
        with self._running.house.begin() as unit:
            found = unit.enrollments.find(digest(cookie), Purpose.ENROLLMENT)
            assert found is not None
            ready = replace(found, version=found.version + 1, documents_read_at=now, email=MAIL, phone=PHONE)
            assert unit.enrollments.save(ready)
        _, answer = self._time(ready, ANSWER, cookie, {"answer": twin.wrong})
        return {NUMBER: number, ANSWER: answer}

    def _time(self, enrollment: Enrollment, slug: str, cookie: str, values: dict[str, str]) -> tuple[str, float]:
        """Return the next cookie, and the seconds between the question and its answer."""
        data = {"form_token": self._token, "version": enrollment.stamp, **values}
        cookies = {"cookie": f"idp_browser={self._browser}; idp_enrollment={cookie}"}
        began = perf_counter()
        response = self._client.post(f"/inscription/{slug}", data=data, headers=cookies)
        seconds = perf_counter() - began
        assert response.status_code == 303, response.text
        after = self._client.cookies["idp_enrollment"]
        self._client.cookies.clear()
        return after, seconds


@pytest.fixture
def running(database: Database, clock: FakeClock, tmp_path: Path) -> Iterator[Running]:
    url = database.url.render_as_string(hide_password=False)
    with running_house(url, clock, tmp_path, enrollment_disclosure="uniform") as house:
        yield house


def take_times(running: Running, timer: Timer, group: list[Twin], times: Times) -> None:
    """Have each round ask for one number of every standing, in an order of its own."""
    chance = random.Random(len(times))  # noqa: S311
    while group:
        together, group = group[: len(STANDINGS)], group[len(STANDINGS) :]
        for twin in chance.sample(together, len(together)):
            for slug, seconds in timer.walk(twin).items():
                times.setdefault((slug, twin.standing), []).append(seconds)
        running.clock.advance(len(together) * LOOKUP_SOURCE.interval)


@pytest.mark.deep
@pytest.mark.parametrize(
    ("database", "question"),
    [("sqlite", Question.VITALE_FRONT), ("sqlite", Question.PAYMENT), ("postgresql", Question.PAYMENT)],
    indirect=["database"],
)
def test_the_time_of_an_answer_does_not_tell_what_a_number_is(running: Running, question: Question) -> None:
    twins, times = Twins(running), Times()
    found: dict[tuple[str, Standing, Standing], Interval] = {}
    with closing(Timer(running)) as timer:
        take_times(running, timer, twins.of(question, STANDINGS), {})  # loads what the first visitor needs
        for _ in range(BUDGET["most_batches"]):
            take_times(running, timer, twins.of(question, STANDINGS * BUDGET["rounds"]), times)
            found = {
                (slug, ours, theirs): interval(times[slug, ours], times[slug, theirs])
                for slug in (NUMBER, ANSWER)
                for ours, theirs in PAIRS
            }
            # On a busy machine the interval is wide at first: more rounds make it narrow, and move no median.
            if all(map(is_within, found.values())) or any(map(is_beyond, found.values())):
                break
    assert all(map(is_within, found.values())), found


def test_the_interval_of_equal_times_is_within_and_that_of_unequal_ones_is_not() -> None:
    chance = random.Random(7)  # noqa: S311
    some, others = ([chance.lognormvariate(0, 0.3) for _ in range(200)] for _ in range(2))
    assert is_within(interval(some, others))
    assert is_beyond(interval(some, [time * 1.5 for time in others]))
