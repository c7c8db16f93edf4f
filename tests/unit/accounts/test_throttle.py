"""The throttle against a model in plain words, on both databases, and with many threads at once (law 9)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.accounts.throttle import LOOKUP_SOURCE, SIGNIN_ACCOUNT, SIGNIN_SOURCE, Limit
from idp.kernel.clock import HOUR, MINUTE, SECOND
from idp.kernel.ids import new_id
from idp.storage.attempts import SqlAttempts
from idp.storage.database import Database
from tests.support.clock import FakeClock

ON_A_DATABASE = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass
class Model:
    """A bucket of tokens: full at first, one drips in each ``interval``."""

    limit: Limit
    tokens: float
    at: int

    def refill(self, now: int) -> None:
        self.tokens = min(self.limit.burst, self.tokens + (now - self.at) / self.limit.interval)
        self.at = now

    def take(self) -> bool:
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


# Powers of two keep the model's fractions exact.
LIMITS = st.builds(Limit, burst=st.integers(1, 5), interval=st.sampled_from([1, 4, 1024]))
STEPS = st.lists(st.one_of(st.just("take"), st.just("take"), st.just("back"), st.integers(0, 5_000)), max_size=40)


@ON_A_DATABASE
@given(limit=LIMITS, steps=STEPS)
def test_a_bucket_takes_what_the_model_takes(
    database: Database, clock: FakeClock, limit: Limit, steps: list[str | int]
) -> None:
    attempts, bucket = SqlAttempts(database), new_id()
    model, taken = Model(limit, limit.burst, clock.now()), 0
    for step in steps:
        model.refill(clock.now())
        match step:
            case int():
                clock.advance(step)
            case "take":
                free_at = attempts.take(bucket, limit)
                assert (free_at is None) is model.take()
                taken += free_at is None
                if free_at is not None:
                    assert clock.now() < free_at <= clock.now() + limit.interval
            case _ if taken:
                attempts.give_back(bucket, limit)
                model.tokens = min(limit.burst, model.tokens + 1)
                taken -= 1


@ON_A_DATABASE
@given(limit=LIMITS)
def test_the_instant_told_is_the_first_that_is_free(database: Database, clock: FakeClock, limit: Limit) -> None:
    attempts, bucket = SqlAttempts(database), new_id()
    for _ in range(limit.burst):
        assert attempts.take(bucket, limit) is None
    free_at = attempts.take(bucket, limit)
    assert free_at is not None
    clock.instant = free_at - 1
    assert attempts.take(bucket, limit) == free_at, "asking too soon makes nobody wait longer"
    clock.instant = free_at
    assert attempts.take(bucket, limit) is None


def test_threads_at_once_take_exactly_the_burst(database: Database) -> None:
    attempts, limit = SqlAttempts(database), Limit(5, HOUR)
    for _ in range(3):
        bucket = new_id()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _n, name=bucket: attempts.take(name, limit), range(24)))
        assert answers.count(None) == limit.burst


def test_threads_that_take_and_give_back_leave_the_bucket_as_it_was(database: Database) -> None:
    attempts, limit, bucket = SqlAttempts(database), Limit(8, HOUR), new_id()

    def right_password(_n: int) -> None:
        if attempts.take(bucket, limit) is None:
            attempts.give_back(bucket, limit)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(right_password, range(40)))
    assert [attempts.take(bucket, limit) for _ in range(limit.burst)] == [None] * limit.burst
    assert attempts.take(bucket, limit) is not None


def test_a_bucket_touches_no_other(database: Database) -> None:
    attempts, limit = SqlAttempts(database), Limit(1, HOUR)
    assert attempts.take("one", limit) is None
    assert attempts.take("one", limit) is not None
    assert attempts.take("other", limit) is None


def test_the_limits_of_the_design_stand() -> None:
    assert Limit(10, 5 * MINUTE) == SIGNIN_ACCOUNT
    assert Limit(60, 20 * SECOND) == SIGNIN_SOURCE
    assert Limit(30, 2 * MINUTE) == LOOKUP_SOURCE
