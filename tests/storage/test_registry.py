"""The registry over the imported tables: who is asked, what is right, and what proves nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import anyio
import pytest
from sqlalchemy import event

from idp.kernel.clock import HOUR, SECOND
from idp.kernel.errors import ConnectionHeld
from idp.kernel.ids import new_id
from idp.kernel.vault import Pepper, Vault
from idp.members.nir import Nir
from idp.members.proof import Verdict
from idp.members.question import Question
from idp.members.records import AmountRecord
from idp.members.registry import Payment, RegistryUnavailable
from idp.storage.database import Database
from idp.storage.registry import LATEST, ImportedRegistry
from idp.storage.tables import invoices, payments
from tests.storage.test_members_import import MARIE, PAUL, RECORD, Fund
from tests.storage.test_members_import import SECOND as SECOND_ROW
from tests.support.clock import FakeClock

T = TypeVar("T")

NOON = int(datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp()) * SECOND
COMMON = 3
"""More members than this share an amount that proves nothing, in these tests."""

CARDS = [Question.VITALE_FRONT, Question.VITALE_BACK]
AMOUNTS = [Question.PAYMENT, Question.INVOICE]
TABLES = {Question.PAYMENT: payments, Question.INVOICE: invoices}


async def at_once(work: Callable[[], T]) -> T:
    """Do database work here and now."""
    return work()


def done(coroutine: Awaitable[T]) -> T:
    """Return what a question to the registry comes to."""

    async def wait() -> T:
        return await coroutine

    return anyio.run(wait)


class Asked:
    """The registry with a fund behind it: MARIE has a card, PAUL has none."""

    def __init__(self, database: Database, pepper: Pepper, vault: Vault, clock: FakeClock) -> None:
        self.fund = Fund(database, pepper, vault, clock)
        self.fund.take(RECORD, SECOND_ROW)
        self.marie, self.paul = self.fund.known(MARIE).id, self.fund.known(PAUL).id
        self.registry = ImportedRegistry(database, pepper, clock, at_once, COMMON)

    def paid(self, question: Question, nir: Nir, *amounts: tuple[str, int]) -> None:
        """Import amounts of a member: days and cents."""
        records = tuple(
            AmountRecord(line, nir, day, cents, "Allocation", 0) for line, (day, cents) in enumerate(amounts, 2)
        )
        self.fund.take(**{TABLES[question].name: records})  # type: ignore[arg-type]

    def crowd(self, question: Question, members: int, cents: int, *days: str) -> None:
        """Let so many other members have the same amount on these days."""
        nirs = [Nir(f"1550659350{number:03d}") for number in range(1, members + 1)]
        rows = tuple(replace(SECOND_ROW, line=line, nir=nir) for line, nir in enumerate(nirs, 2))
        self.fund.take(*rows)
        for nir in nirs:
            self.paid(question, nir, *((day, cents) for day in days))

    def can_ask(self, member: str, question: Question) -> bool:
        return done(self.registry.can_ask(member, question))

    def verify(self, member: str, question: Question, answer: str) -> Verdict:
        return done(self.registry.verify(member, question, answer, new_id()))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def asked(database: Database, pepper: Pepper, vault: Vault, clock: FakeClock) -> Asked:
    return Asked(database, pepper, vault, clock)


# --- the card ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", CARDS)
@pytest.mark.parametrize(("answer", "verdict"), [("12345678901", Verdict.RIGHT), ("12345678902", Verdict.WRONG)])
def test_the_serial_of_the_card_on_record_is_right(
    asked: Asked, question: Question, answer: str, verdict: Verdict
) -> None:
    assert asked.can_ask(asked.marie, question)
    assert asked.verify(asked.marie, question, answer) is verdict


@pytest.mark.parametrize("question", CARDS)
def test_a_member_without_a_card_is_asked_for_none(asked: Asked, question: Question) -> None:
    assert not asked.can_ask(asked.paul, question)
    assert asked.verify(asked.paul, question, "12345678901") is Verdict.NO_QUESTION


def test_a_serial_made_with_an_older_key_is_still_judged(asked: Asked, database: Database, clock: FakeClock) -> None:
    rotated = Pepper({1: b"p" * 32, 2: b"q" * 32})
    asked.registry = ImportedRegistry(database, rotated, clock, at_once, COMMON)
    assert asked.verify(asked.marie, Question.VITALE_FRONT, "12345678901") is Verdict.RIGHT
    assert asked.verify(asked.marie, Question.VITALE_FRONT, "10987654321") is Verdict.WRONG


def test_a_key_this_node_does_not_hold_judges_nothing(asked: Asked, database: Database, clock: FakeClock) -> None:
    asked.registry = ImportedRegistry(database, Pepper({9: b"z" * 32}), clock, at_once, COMMON)
    with pytest.raises(RegistryUnavailable):
        asked.verify(asked.marie, Question.VITALE_FRONT, "12345678901")


# --- amounts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", AMOUNTS)
@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("312.78", Verdict.RIGHT),
        ("5.00", Verdict.RIGHT),
        ("312.79", Verdict.WRONG),
        ("317.78", Verdict.WRONG),  # the sum of two
        ("31278.00", Verdict.WRONG),
    ],
)
def test_an_amount_of_the_window_is_right(asked: Asked, question: Question, answer: str, verdict: Verdict) -> None:
    asked.paid(question, PAUL, ("2026-11-02", 31278), ("2026-10-02", 500))
    assert asked.can_ask(asked.paul, question)
    assert asked.verify(asked.paul, question, answer) is verdict


@pytest.mark.parametrize(
    ("question", "day", "inside"),
    [
        (Question.PAYMENT, "2026-05-23", False),
        (Question.PAYMENT, "2026-05-24", True),
        (Question.INVOICE, "2025-11-23", False),
        (Question.INVOICE, "2025-11-24", True),
        (Question.PAYMENT, "2026-11-24", True),
        (Question.PAYMENT, "2026-11-25", False),
        (Question.INVOICE, "2026-11-24", True),
        (Question.INVOICE, "2026-11-25", False),
    ],
)
def test_the_window_holds_its_first_and_its_last_day(asked: Asked, question: Question, day: str, inside: bool) -> None:
    asked.paid(question, PAUL, (day, 31278))
    assert asked.can_ask(asked.paul, question) is inside
    assert asked.verify(asked.paul, question, "312.78") is (Verdict.RIGHT if inside else Verdict.NO_QUESTION)


def test_the_window_moves_at_midnight_in_paris(asked: Asked, clock: FakeClock) -> None:
    asked.paid(Question.PAYMENT, PAUL, ("2026-05-24", 31278))
    clock.instant = NOON + 11 * HOUR - 1
    assert asked.can_ask(asked.paul, Question.PAYMENT)
    clock.advance(1)
    assert not asked.can_ask(asked.paul, Question.PAYMENT)


def test_payments_and_invoices_answer_their_own_question_only(asked: Asked) -> None:
    asked.paid(Question.PAYMENT, PAUL, ("2026-11-02", 31278))
    assert not asked.can_ask(asked.paul, Question.INVOICE)
    assert asked.verify(asked.paul, Question.INVOICE, "312.78") is Verdict.NO_QUESTION


def test_an_amount_of_somebody_else_is_wrong(asked: Asked) -> None:
    asked.paid(Question.PAYMENT, PAUL, ("2026-11-02", 31278))
    asked.paid(Question.PAYMENT, MARIE, ("2026-11-02", 99999))
    assert asked.verify(asked.paul, Question.PAYMENT, "999.99") is Verdict.WRONG


# --- amounts that many share --------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", AMOUNTS)
@pytest.mark.parametrize(("others", "verdict"), [(COMMON - 1, Verdict.RIGHT), (COMMON, Verdict.COMMON)])
def test_an_amount_proves_nothing_once_more_members_share_it_than_allowed(
    asked: Asked, question: Question, others: int, verdict: Verdict
) -> None:
    asked.paid(question, PAUL, ("2026-11-02", 18541), ("2026-10-02", 31278))
    asked.crowd(question, others, 18541, "2026-10-02")
    assert asked.verify(asked.paul, question, "185.41") is verdict


def test_a_common_amount_tells_nothing_of_who_has_it(asked: Asked) -> None:
    asked.paid(Question.PAYMENT, PAUL, ("2026-11-02", 31278))
    asked.crowd(Question.PAYMENT, COMMON + 1, 18541, "2026-10-02")
    for member in (asked.paul, asked.marie, "nobody"):
        assert asked.verify(member, Question.PAYMENT, "185.41") is Verdict.COMMON


def test_members_are_counted_and_not_their_payments(asked: Asked) -> None:
    asked.crowd(Question.PAYMENT, 2, 18541, "2026-07-02", "2026-08-02", "2026-09-02", "2026-10-02")
    asked.paid(Question.PAYMENT, PAUL, ("2026-11-02", 18541))
    assert asked.verify(asked.paul, Question.PAYMENT, "185.41") is Verdict.RIGHT


def test_only_the_window_counts_who_shares_an_amount(asked: Asked) -> None:
    asked.paid(Question.PAYMENT, PAUL, ("2026-11-02", 18541))
    asked.crowd(Question.PAYMENT, COMMON + 1, 18541, "2026-05-23", "2026-11-25")
    asked.crowd(Question.INVOICE, COMMON + 1, 18541, "2026-10-02")
    assert asked.verify(asked.paul, Question.PAYMENT, "185.41") is Verdict.RIGHT


def test_a_member_who_has_common_amounts_only_is_asked_nothing(asked: Asked) -> None:
    asked.paid(Question.PAYMENT, PAUL, ("2026-11-02", 18541), ("2026-10-02", 18541))
    asked.crowd(Question.PAYMENT, COMMON, 18541, "2026-10-02")
    assert not asked.can_ask(asked.paul, Question.PAYMENT)
    assert asked.verify(asked.paul, Question.PAYMENT, "312.78") is Verdict.NO_QUESTION


def test_one_amount_of_their_own_is_enough_to_be_asked(asked: Asked) -> None:
    asked.paid(Question.PAYMENT, PAUL, ("2026-11-02", 18541), ("2026-07-02", 31278))
    asked.crowd(Question.PAYMENT, COMMON, 18541, "2026-10-02")
    assert asked.can_ask(asked.paul, Question.PAYMENT)
    assert asked.verify(asked.paul, Question.PAYMENT, "1.00") is Verdict.WRONG


# --- nobody, and those who left -------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", Question)
def test_a_stranger_is_asked_nothing(asked: Asked, question: Question) -> None:
    assert not asked.can_ask("nobody", question)
    assert asked.verify("nobody", question, "123.45") is Verdict.NO_QUESTION


@pytest.mark.parametrize("question", Question)
def test_one_who_left_is_asked_nothing_and_told_apart(asked: Asked, question: Question) -> None:
    for amounts in AMOUNTS:
        asked.paid(amounts, MARIE, ("2026-11-02", 31278))
    asked.fund.take(SECOND_ROW, full=True)
    assert not asked.can_ask(asked.marie, question)
    answer = "12345678901" if question.about_card else "312.78"
    assert asked.verify(asked.marie, question, answer) is Verdict.LEFT


@contextmanager
def counted(database: Database, pepper: Pepper, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Note each statement and each digest, by name."""
    work: list[str] = []
    digest = Pepper._lookup

    def noted(self: Pepper, purpose: str, value: str, version: int) -> Any:
        work.append("digest")
        return digest(self, purpose, value, version)

    def statement(*context: Any) -> None:
        work.append(context[2])

    with monkeypatch.context() as patch:
        patch.setattr(Pepper, "_lookup", noted)
        event.listen(database.engine, "before_cursor_execute", statement)
        try:
            yield work
        finally:
            event.remove(database.engine, "before_cursor_execute", statement)


@pytest.mark.parametrize("question", Question)
def test_whoever_is_asked_about_the_same_work_is_done(
    asked: Asked,
    database: Database,
    pepper: Pepper,
    monkeypatch: pytest.MonkeyPatch,
    question: Question,
) -> None:
    asked.paid(Question.PAYMENT, MARIE, ("2026-11-02", 31278))
    asked.paid(Question.INVOICE, MARIE, ("2026-11-02", 31278))
    works = []
    for member in (asked.marie, asked.paul, "nobody"):
        with counted(database, pepper, monkeypatch) as work:
            asked.can_ask(member, question)
            asked.verify(member, question, "312.78")
        works.append(work)
    assert works[0] == works[1] == works[2]
    assert ("digest" in works[0]) == question.about_card
    assert sum(text.startswith("SELECT") for text in works[0]) == 2


# --- payments told, and the house rule -----------------------------------------------------------------------------


def test_the_latest_payments_come_first_and_none_before_the_window(asked: Asked) -> None:
    asked.paid(Question.PAYMENT, MARIE, ("2026-03-02", 12345), ("2026-04-02", 5), ("2025-12-31", 12345))
    assert done(asked.registry.latest_payments(asked.marie, date(2026, 1, 1))) == (
        Payment(date(2026, 4, 2), "Allocation", 5),
        Payment(date(2026, 3, 2), "Allocation", 12345),
    )
    assert done(asked.registry.latest_payments(asked.paul, date(2026, 1, 1))) == ()


def test_payments_told_at_once_are_bounded(asked: Asked) -> None:
    paid = AmountRecord(2, MARIE, "2026-03-02", 12345, "Allocation", 0)
    asked.fund.take(payments=tuple(replace(paid, ordinal=n) for n in range(LATEST + 50)))
    assert len(done(asked.registry.latest_payments(asked.marie, date(2026, 1, 1)))) == LATEST


@pytest.mark.parametrize("url", ["sqlite:////nowhere/idp.db", "postgresql+psycopg://127.0.0.1:1/idp"])
def test_a_database_that_does_not_answer_gives_no_verdict(url: str, pepper: Pepper, clock: FakeClock) -> None:
    away = ImportedRegistry(Database(url, clock), pepper, clock, at_once, COMMON)
    for question in Question:
        with pytest.raises(RegistryUnavailable):
            done(away.can_ask("m", question))
        with pytest.raises(RegistryUnavailable):
            done(away.verify("m", question, "312.78", new_id()))
    with pytest.raises(RegistryUnavailable):
        done(away.latest_payments("m", date(2026, 1, 1)))


def test_the_registry_is_never_asked_while_a_connection_is_held(asked: Asked, database: Database) -> None:
    with database.begin() as _, pytest.raises(ConnectionHeld):
        asked.verify(asked.marie, Question.VITALE_FRONT, "12345678901")
