"""No connection is held while one asks for another, or enters *ask* (the four beats)."""

from __future__ import annotations

import threading

import pytest

from idp.accounts.password import Hasher
from idp.kernel.errors import ConnectionHeld
from idp.kernel.holding import holding, refuse_while_holding
from idp.storage.database import Database


def test_nothing_slow_begins_while_a_connection_is_held() -> None:
    with holding(), pytest.raises(ConnectionHeld, match="the registry"):
        refuse_while_holding("the registry")
    refuse_while_holding("the registry")


def test_the_guard_is_lifted_when_the_work_raises() -> None:
    with pytest.raises(KeyError), holding():
        raise KeyError
    refuse_while_holding("anything")


def test_another_thread_may_hold_its_own() -> None:
    seen: list[str] = []

    def work() -> None:
        with holding():
            seen.append("held")

    with holding():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join(5)
    assert seen == ["held"]


def test_a_unit_of_work_refuses_a_second_one_inside(database: Database) -> None:
    with database.begin(), pytest.raises(ConnectionHeld), database.begin():
        pass


def test_argon2_refuses_to_run_inside_a_unit_of_work(database: Database) -> None:
    hasher = Hasher(time_cost=1, memory_kib=8)
    stored = hasher.hash("Tracteur-bleu-42")
    with database.begin(write=False):
        with pytest.raises(ConnectionHeld):
            hasher.hash("Tracteur-bleu-42")
        with pytest.raises(ConnectionHeld):
            hasher.verify(stored, "Tracteur-bleu-42")
    assert hasher.verify(stored, "Tracteur-bleu-42")
