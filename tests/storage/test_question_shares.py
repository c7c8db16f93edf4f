"""How many members get which question, counted as the enrollment chooses it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import product

from idp.kernel.vault import Pepper, Vault
from idp.members.member import Situation
from idp.members.nir import Nir
from idp.members.question import Question, question_for
from idp.members.records import AmountRecord
from idp.storage.database import Database
from idp.storage.question_shares import question_shares
from tests.storage.test_members_import import RECORD, Fund
from tests.support.clock import FakeClock

TODAY = date(2026, 11, 24)
PAID, TOO_OLD, TO_COME = "2026-10-02", "2025-11-23", "2026-11-25"


def test_every_member_counts_for_the_question_they_get(
    database: Database, pepper: Pepper, vault: Vault, clock: FakeClock
) -> None:
    fund = Fund(database, pepper, vault, clock)
    # So many of each card that no two shares are equal by chance.
    cards = [(False, None), (True, None)] + [(True, True)] * 2 + [(True, False)] * 4
    every = product(Situation, (True, False), cards, (PAID, None))
    records, amounts, days = [], [], {}
    for number, (situation, rights, (card, photo), day) in enumerate(every, 1):
        nir = Nir(f"1550659350{number:03d}")
        records.append(
            replace(
                RECORD,
                line=number + 1,
                nir=nir,
                situation=situation,
                health_rights=rights,
                vitale_serial=str(12345678900 + number) if card else None,
                vitale_photo=photo,
            )
        )
        days[nir] = day
        amounts += [AmountRecord(2, nir, when, 31278, "Appel", 0) for when in (day, TOO_OLD, TO_COME) if when]
    fund.take(*records, payments=tuple(amounts), invoices=tuple(amounts))
    expected: Counter[Question | None] = Counter()
    for record in records:
        question = question_for(fund.known(record.nir))
        expected[question if question.about_card or days[record.nir] else None] += 1
    assert set(expected) == {*Question, None}
    with database.begin(write=False) as connection:
        assert question_shares(connection, TODAY) == expected


def test_the_window_of_each_amount_decides_and_who_left_is_not_counted(
    database: Database, pepper: Pepper, vault: Vault, clock: FakeClock
) -> None:
    fund = Fund(database, pepper, vault, clock)
    nirs = [Nir(f"1550659350{number:03d}") for number in range(1, 5)]
    record = replace(RECORD, health_rights=False, vitale_serial=None, vitale_photo=None)
    records = [replace(record, line=line, nir=nir) for line, nir in enumerate(nirs, 2)]
    records[3] = replace(records[3], situation=Situation.EXPLOITANT)
    days = ("2026-05-23", "2026-05-24", "2026-11-24", "2026-05-23")
    amounts = tuple(AmountRecord(2, nir, day, 5, "Appel", 0) for nir, day in zip(nirs, days, strict=True))
    fund.take(*records, payments=amounts, invoices=amounts)
    with database.begin(write=False) as connection:
        assert question_shares(connection, TODAY) == {None: 1, Question.PAYMENT: 2, Question.INVOICE: 1}
    fund.take(*records[2:], full=True)
    with database.begin(write=False) as connection:
        assert question_shares(connection, TODAY) == {Question.PAYMENT: 1, Question.INVOICE: 1}


def test_nobody_on_record_is_no_share(database: Database) -> None:
    with database.begin(write=False) as connection:
        assert question_shares(connection, TODAY) == {}
