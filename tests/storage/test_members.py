"""The tries of the question: taken before the answer is judged, settled once, given back by time (law 9)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from idp.kernel.clock import DAY, MINUTE
from idp.kernel.vault import Pepper, Vault
from idp.members.proof import Settlement
from idp.members.records import Records
from idp.storage.database import Database
from idp.storage.members import SqlMembers
from idp.storage.members_import import import_members
from tests.storage.test_members_import import MARIE, PAUL, RECORD, SECOND
from tests.support.clock import FakeClock


class Tries:
    """Takes and settles in transactions of their own, as the beats do."""

    def __init__(self, database: Database, pepper: Pepper, vault: Vault, clock: FakeClock) -> None:
        self.database, self.pepper, self.vault, self.clock = database, pepper, vault, clock
        import_members(database, pepper, vault, clock, Records((RECORD, SECOND), (), (), ()))
        with database.begin(write=False) as connection:
            store = SqlMembers(connection, pepper, vault, clock)
            marie, paul = store.find_by_nir(MARIE), store.find_by_nir(PAUL)
        assert marie is not None
        assert paul is not None
        self.marie, self.paul = marie.id, paul.id

    def take(self, tries: int = 1, member_id: str | None = None) -> str | None:
        with self.database.begin() as connection:
            store = SqlMembers(connection, self.pepper, self.vault, self.clock)
            return store.take_proof(member_id or self.marie, tries, self.clock.now())

    def settle(self, reservation: str | None, settlement: Settlement) -> bool:
        assert reservation is not None
        with self.database.begin() as connection:
            store = SqlMembers(connection, self.pepper, self.vault, self.clock)
            return store.settle_proof(reservation, settlement)

    def pending(self) -> bool:
        with self.database.begin(write=False) as connection:
            store = SqlMembers(connection, self.pepper, self.vault, self.clock)
            return store.proof_is_pending(self.marie, self.clock.now())


@pytest.fixture
def tries(database: Database, pepper: Pepper, vault: Vault, clock: FakeClock) -> Tries:
    return Tries(database, pepper, vault, clock)


def test_one_try_is_one_try(tries: Tries) -> None:
    assert tries.take() is not None
    assert tries.take() is None


def test_each_member_has_tries_of_their_own(tries: Tries) -> None:
    assert tries.take() is not None
    assert tries.take(member_id=tries.paul) is not None


def test_three_tries_are_three(tries: Tries) -> None:
    taken = [tries.take(tries=3) for _ in range(4)]
    assert len({one for one in taken if one is not None}) == 3
    assert taken[3] is None


@pytest.mark.parametrize("settlement", [Settlement.RIGHT, Settlement.VOID])
def test_a_right_or_void_answer_gives_its_try_back(tries: Tries, settlement: Settlement) -> None:
    assert tries.settle(tries.take(), settlement)
    assert tries.take() is not None


def test_a_wrong_answer_keeps_its_try_for_seven_days(tries: Tries) -> None:
    assert tries.settle(tries.take(), Settlement.WRONG)
    tries.clock.advance(7 * DAY - 1)
    assert tries.take() is None
    tries.clock.advance(1)
    assert tries.take() is not None


def test_a_try_nobody_settled_is_free_after_a_minute(tries: Tries) -> None:
    assert tries.take() is not None
    tries.clock.advance(MINUTE - 1)
    assert tries.take() is None
    tries.clock.advance(1)
    assert tries.take() is not None


def test_a_try_is_settled_once(tries: Tries) -> None:
    reservation = tries.take()
    assert tries.settle(reservation, Settlement.WRONG)
    assert not tries.settle(reservation, Settlement.RIGHT)
    assert tries.take() is None


def test_a_verdict_that_settles_nothing_is_a_fault(tries: Tries) -> None:
    reservation = tries.take()
    assert reservation is not None
    with tries.database.begin() as connection, pytest.raises(ValueError, match="no_question"):
        SqlMembers(connection, tries.pepper, tries.vault, tries.clock).settle_proof(reservation, "no_question")


def test_a_try_given_to_somebody_else_cannot_be_settled_late(tries: Tries) -> None:
    first = tries.take()
    tries.clock.advance(MINUTE)
    second = tries.take()
    assert not tries.settle(first, Settlement.RIGHT)
    assert tries.settle(second, Settlement.WRONG)


def test_a_late_settlement_counts_while_the_try_is_still_its_own(tries: Tries) -> None:
    reservation = tries.take()
    tries.clock.advance(MINUTE + MINUTE // 2)
    assert tries.settle(reservation, Settlement.WRONG)
    assert tries.take() is None


def test_pending_is_unsettled_and_young(tries: Tries) -> None:
    assert not tries.pending()
    reservation = tries.take()
    assert tries.pending()
    tries.clock.advance(MINUTE)
    assert not tries.pending()
    tries.settle(reservation, Settlement.RIGHT)
    assert tries.take() is not None
    assert tries.pending()


@pytest.mark.parametrize("allowed", [1, 3])
def test_eight_at_once_get_no_more_tries_than_there_are(tries: Tries, allowed: int) -> None:
    barrier = Barrier(8)

    def race(_: int) -> str | None:
        barrier.wait()
        return tries.take(tries=allowed)

    with ThreadPoolExecutor(8) as pool:
        taken = [one for one in pool.map(race, range(8)) if one is not None]
    assert len(set(taken)) == len(taken) == allowed


def test_eight_at_once_reuse_one_expired_try_once(tries: Tries) -> None:
    tries.settle(tries.take(), Settlement.WRONG)
    tries.clock.advance(7 * DAY)
    barrier = Barrier(8)

    def race(_: int) -> str | None:
        barrier.wait()
        return tries.take()

    with ThreadPoolExecutor(8) as pool:
        assert sum(one is not None for one in pool.map(race, range(8))) == 1


def test_the_number_of_nobody_is_a_look_up_error(tries: Tries) -> None:
    with tries.database.begin(write=False) as connection:
        store = SqlMembers(connection, tries.pepper, tries.vault, tries.clock)
        assert store.get("nobody") is None
        with pytest.raises(LookupError):
            store.nir_of("nobody")
