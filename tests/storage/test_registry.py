"""The registry over the imported tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from idp.kernel.errors import ConnectionHeld
from idp.kernel.vault import Pepper, Vault
from idp.members.proof import Verdict
from idp.members.question import Question
from idp.members.records import AmountRecord, Records
from idp.members.registry import Payment, Registry, RegistryUnavailable
from idp.storage.database import Database
from idp.storage.members import SqlMembers
from idp.storage.members_import import import_members
from idp.storage.registry import LATEST, ImportedRegistry
from tests.storage.test_members_import import MARIE, PAUL, RECORD, SECOND
from tests.support.clock import FakeClock

PAID = AmountRecord(2, MARIE, "2026-03-02", 12345, "Allocation", 0)


@pytest.fixture
def ids(database: Database, pepper: Pepper, vault: Vault, clock: FakeClock) -> tuple[str, str]:
    later, earlier = replace(PAID, paid_on="2026-04-02", amount_cents=5), replace(PAID, paid_on="2025-12-31")
    payments = (PAID, later, earlier)
    import_members(database, pepper, vault, clock, Records((RECORD, SECOND), payments, (), ()))
    with database.begin(write=False) as connection:
        found = [SqlMembers(connection, pepper, vault, clock).find_by_nir(nir) for nir in (MARIE, PAUL)]
    return tuple(member.id for member in found if member is not None)  # type: ignore[return-value]


@pytest.fixture
def registry(database: Database, pepper: Pepper, clock: FakeClock) -> Registry:
    return ImportedRegistry(database, pepper, clock)


@pytest.mark.parametrize("question", [Question.VITALE_FRONT, Question.VITALE_BACK])
@pytest.mark.parametrize(
    ("answer", "verdict"), [("12345678901", Verdict.RIGHT), ("12345678902", Verdict.WRONG)]
)
def test_the_serial_of_the_card_on_record_is_right(
    registry: Registry, ids: tuple[str, str], question: Question, answer: str, verdict: Verdict
) -> None:
    assert registry.verify(ids[0], question, answer) is verdict


@pytest.mark.parametrize("question", [Question.PAYMENT, Question.INVOICE])
def test_amounts_are_not_judged(registry: Registry, ids: tuple[str, str], question: Question) -> None:
    assert registry.verify(ids[0], question, "123,45") is Verdict.NO_QUESTION


def test_a_member_without_card_and_a_stranger_are_asked_nothing(
    registry: Registry, ids: tuple[str, str]
) -> None:
    assert registry.verify(ids[1], Question.VITALE_BACK, "12345678901") is Verdict.NO_QUESTION
    assert registry.verify("nobody", Question.VITALE_BACK, "12345678901") is Verdict.NO_QUESTION


def test_a_member_who_left_is_asked_nothing(
    registry: Registry,
    ids: tuple[str, str],
    database: Database,
    pepper: Pepper,
    vault: Vault,
    clock: FakeClock,
) -> None:
    import_members(database, pepper, vault, clock, Records((SECOND,), (), (), ()), full=True)
    assert registry.verify(ids[0], Question.VITALE_FRONT, "12345678901") is Verdict.NO_QUESTION


def test_a_serial_made_with_an_older_key_is_still_judged(
    ids: tuple[str, str], database: Database, clock: FakeClock
) -> None:
    rotated = ImportedRegistry(database, Pepper({1: b"p" * 32, 2: b"q" * 32}), clock)
    assert rotated.verify(ids[0], Question.VITALE_FRONT, "12345678901") is Verdict.RIGHT
    assert rotated.verify(ids[0], Question.VITALE_FRONT, "10987654321") is Verdict.WRONG


def test_a_key_this_node_does_not_hold_judges_nothing(
    ids: tuple[str, str], database: Database, clock: FakeClock
) -> None:
    stranger = ImportedRegistry(database, Pepper({9: b"z" * 32}), clock)
    with pytest.raises(RegistryUnavailable):
        stranger.verify(ids[0], Question.VITALE_FRONT, "12345678901")


def test_the_latest_payments_come_first_and_none_before_the_window(
    registry: Registry, ids: tuple[str, str]
) -> None:
    assert registry.latest_payments(ids[0], date(2026, 1, 1)) == (
        Payment(date(2026, 4, 2), "Allocation", 5),
        Payment(date(2026, 3, 2), "Allocation", 12345),
    )
    assert registry.latest_payments(ids[1], date(2026, 1, 1)) == ()


def test_payments_told_at_once_are_bounded(
    registry: Registry,
    ids: tuple[str, str],
    database: Database,
    pepper: Pepper,
    vault: Vault,
    clock: FakeClock,
) -> None:
    many = tuple(replace(PAID, ordinal=n) for n in range(LATEST + 50))
    import_members(database, pepper, vault, clock, Records((), many, (), ()))
    assert len(registry.latest_payments(ids[0], date(2026, 1, 1))) == LATEST


def test_the_registry_is_never_asked_while_a_connection_is_held(
    registry: Registry, ids: tuple[str, str], database: Database
) -> None:
    with database.begin() as _, pytest.raises(ConnectionHeld):
        registry.verify(ids[0], Question.VITALE_FRONT, "12345678901")
