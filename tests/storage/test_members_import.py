"""Importing the fund's files: added, updated, renamed, left alone, gone, and refused as one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from idp.kernel.clock import DAY
from idp.kernel.vault import Pepper, Vault
from idp.members.member import Address, Gender, Member, Situation
from idp.members.nir import Nir
from idp.members.records import AmountRecord, MemberRecord, Records
from idp.members.sheet import BadRow
from idp.storage.database import Database
from idp.storage.members import SqlMembers
from idp.storage.members_import import ImportRefused, ImportResult, import_members
from idp.storage.tables import invoices, member_lookups, members, payments
from tests.support.clock import FakeClock

MARIE, PAUL, ANNE = Nir("2530749588157"), Nir("1851178006084"), Nir("188052A004123")

RECORD = MemberRecord(
    line=2,
    nir=MARIE,
    previous_nir=None,
    ref=None,
    birth_name="DUPONT",
    given_names="Marie",
    usage_name=None,
    gender=Gender.FEMALE,
    birthdate="1953-07-14",
    birthplace="49588",
    birthcountry="99100",
    situation=Situation.PARTICULIER,
    health_rights=True,
    vitale_serial="12345678901",
    vitale_photo=True,
    address=Address("3 rue du Moulin", "59000", "LILLE", "FR"),
)
SECOND = replace(RECORD, line=3, nir=PAUL, given_names="Paul", gender=Gender.MALE, vitale_serial=None)


class Fund:
    """The import and what it left in the tables."""

    def __init__(self, database: Database, pepper: Pepper, vault: Vault, clock: FakeClock) -> None:
        self.database, self.pepper, self.vault, self.clock = database, pepper, vault, clock

    def take(
        self,
        *records: MemberRecord,
        payments: tuple[AmountRecord, ...] = (),
        invoices: tuple[AmountRecord, ...] = (),
        bad: tuple[BadRow, ...] = (),
        **options: Any,
    ) -> ImportResult:
        files = Records(records, payments, invoices, bad)
        return import_members(self.database, self.pepper, self.vault, self.clock, files, **options)

    def find(self, nir: Nir) -> Member | None:
        with self.database.begin(write=False) as connection:
            return SqlMembers(connection, self.pepper, self.vault, self.clock).find_by_nir(nir)

    def known(self, nir: Nir) -> Member:
        member = self.find(nir)
        assert member is not None
        return member

    def nir_of(self, member_id: str) -> str:
        with self.database.begin(write=False) as connection:
            return SqlMembers(connection, self.pepper, self.vault, self.clock).nir_of(member_id)

    def rows(self, table: Any) -> list[Any]:
        with self.database.begin(write=False) as connection:
            return list(connection.execute(select(table)).all())


@pytest.fixture
def fund(database: Database, pepper: Pepper, vault: Vault, clock: FakeClock) -> Fund:
    return Fund(database, pepper, vault, clock)


def counts(result: ImportResult) -> dict[str, int]:
    names = ("added", "updated", "renamed", "unchanged", "left", "payments", "invoices")
    return {name: getattr(result, name) for name in names if getattr(result, name)}


def test_new_members_are_found_by_their_number(fund: Fund) -> None:
    assert counts(fund.take(RECORD, SECOND)) == {"added": 2}
    marie = fund.known(MARIE)
    assert (marie.display_name, marie.has_card, marie.card_photo) == ("Marie DUPONT", True, True)
    assert (marie.gender, marie.situation) == (Gender.FEMALE, Situation.PARTICULIER)
    assert marie.address == RECORD.address
    assert fund.nir_of(marie.id) == MARIE.value
    assert not fund.known(PAUL).has_card
    assert fund.find(ANNE) is None


def test_neither_number_nor_serial_is_readable_at_rest(fund: Fund) -> None:
    fund.take(RECORD)
    rest = repr(fund.rows(members)) + repr(fund.rows(member_lookups))
    assert MARIE.value not in rest
    assert "12345678901" not in rest


def test_the_same_files_again_change_nothing(fund: Fund) -> None:
    paid = AmountRecord(2, MARIE, "2026-03-02", 12345, "Allocation", 0)
    records = (replace(RECORD, ref="R1"), replace(SECOND, previous_nir=ANNE))
    files: dict[str, Any] = {"payments": (paid, replace(paid, ordinal=1)), "invoices": (paid,)}
    assert counts(fund.take(*records, **files)) == {"added": 2, "payments": 2, "invoices": 1}
    before = [fund.rows(table) for table in (members, member_lookups, payments, invoices)]
    fund.clock.advance(DAY)
    assert counts(fund.take(*records, **files)) == {"unchanged": 2}
    assert [fund.rows(table) for table in (members, member_lookups, payments, invoices)] == before


@pytest.mark.parametrize(
    "change",
    [
        {"usage_name": "MARTIN"},
        {"address": None},
        {"health_rights": False},
        {"vitale_serial": "99999999999"},
        {"vitale_serial": None, "vitale_photo": None},
        {"vitale_photo": False},
        {"situation": Situation.EXPLOITANT},
        {"ref": "R1"},
    ],
)
def test_a_changed_row_updates_that_member(fund: Fund, change: dict[str, Any]) -> None:
    fund.take(RECORD, SECOND)
    before = fund.known(MARIE).id
    assert counts(fund.take(replace(RECORD, **change), SECOND)) == {"updated": 1, "unchanged": 1}
    assert fund.known(MARIE).id == before
    assert counts(fund.take(replace(RECORD, **change))) == {"unchanged": 1}


def test_a_file_without_references_takes_none_away(fund: Fund) -> None:
    fund.take(replace(RECORD, ref="R1"))
    assert counts(fund.take(RECORD)) == {"unchanged": 1}
    assert counts(fund.take(replace(RECORD, ref="R1", nir=ANNE))) == {"renamed": 1}


@pytest.mark.parametrize("by", [{"previous_nir": MARIE}, {"ref": "R1"}, {"previous_nir": MARIE, "ref": "R1"}])
def test_a_changed_number_keeps_the_member(fund: Fund, by: dict[str, Any]) -> None:
    fund.take(replace(RECORD, ref="R1"))
    before = fund.known(MARIE).id
    renamed = replace(RECORD, nir=ANNE, **by)
    assert counts(fund.take(renamed)) == {"renamed": 1}
    assert fund.find(MARIE) is None
    assert fund.known(ANNE).id == before
    assert fund.nir_of(before) == ANNE.value
    assert len(fund.rows(member_lookups)) == 1
    assert counts(fund.take(renamed)) == {"unchanged": 1}


def test_a_serial_is_judged_after_a_change_of_number(fund: Fund) -> None:
    fund.take(RECORD)
    fund.take(replace(RECORD, nir=ANNE, previous_nir=MARIE))
    assert counts(fund.take(replace(RECORD, nir=ANNE))) == {"unchanged": 1}


@pytest.mark.parametrize(
    "record",
    [
        replace(RECORD, line=9, nir=PAUL, previous_nir=MARIE),
        replace(RECORD, line=9, nir=PAUL, ref="R1"),
        replace(RECORD, line=9, nir=ANNE, previous_nir=PAUL, ref="R1"),
    ],
)
def test_a_row_that_means_two_members_is_refused(fund: Fund, record: MemberRecord) -> None:
    fund.take(replace(RECORD, ref="R1"), SECOND)
    before = fund.rows(members)
    with pytest.raises(ImportRefused) as caught:
        fund.take(record)
    (bad,) = caught.value.bad
    assert (bad.line, bad.reason) == (9, "nir, previous_nir and ref belong to different members on record")
    assert fund.rows(members) == before


@pytest.mark.parametrize("order", [1, -1])
def test_two_rows_that_mean_one_member_are_refused_in_any_order(fund: Fund, order: int) -> None:
    fund.take(replace(RECORD, ref="R1"))
    rows = (replace(RECORD, line=2, nir=ANNE, ref="R1"), replace(SECOND, line=3, nir=MARIE))[::order]
    with pytest.raises(ImportRefused) as caught:
        fund.take(*rows)
    assert [bad.line for bad in caught.value.bad] == [rows[1].line]
    assert fund.known(MARIE).given_names == "Marie"


def test_absent_members_stay_unless_the_list_is_full(fund: Fund) -> None:
    fund.take(RECORD, SECOND)
    assert counts(fund.take(RECORD)) == {"unchanged": 1}
    paul = fund.known(PAUL)
    assert counts(fund.take(RECORD, full=True)) == {"unchanged": 1, "left": 1}
    assert fund.find(PAUL) is None
    with fund.database.begin(write=False) as connection:
        gone = SqlMembers(connection, fund.pepper, fund.vault, fund.clock).get(paul.id)
    assert gone == replace(paul, left=True)
    assert counts(fund.take(RECORD, full=True)) == {"unchanged": 1}


def test_a_member_who_comes_back_is_the_same_member(fund: Fund) -> None:
    fund.take(RECORD, SECOND)
    before = fund.known(PAUL).id
    fund.take(RECORD, full=True)
    assert counts(fund.take(SECOND)) == {"updated": 1}
    assert fund.known(PAUL).id == before


def test_a_bad_row_refuses_everything_unless_the_good_are_kept(fund: Fund) -> None:
    bad = BadRow("members.csv", 7, "city is empty")
    with pytest.raises(ImportRefused) as caught:
        fund.take(RECORD, bad=(bad,))
    assert caught.value.bad == (bad,)
    assert fund.find(MARIE) is None
    kept = fund.take(RECORD, bad=(bad,), keep_good=True)
    assert (counts(kept), kept.refused) == ({"added": 1}, (bad,))


def test_a_list_that_is_not_whole_makes_nobody_leave(fund: Fund) -> None:
    fund.take(RECORD, SECOND)
    unread = BadRow("payments.csv", 1, "column nir is missing", whole_file=True)
    with pytest.raises(ImportRefused):
        fund.take(RECORD, bad=(unread,), keep_good=True)
    with pytest.raises(ImportRefused):
        fund.take(RECORD, bad=(BadRow("members.csv", 3, "city is empty"),), keep_good=True, full=True)
    with pytest.raises(ImportRefused):
        fund.take(full=True)
    assert fund.find(PAUL) is not None


def test_amounts_find_their_member_under_the_old_number_too(fund: Fund) -> None:
    fund.take(RECORD, SECOND)
    renamed = replace(RECORD, nir=ANNE, previous_nir=MARIE)
    paid = AmountRecord(2, MARIE, "2026-03-02", 12345, "Allocation", 0)
    later = replace(paid, nir=ANNE, paid_on="2026-04-02")
    result = fund.take(renamed, payments=(paid, replace(paid, nir=PAUL), later))
    assert counts(result) == {"renamed": 1, "payments": 3}
    owners = [row.member_id for row in fund.rows(payments)]
    assert sorted(owners) == sorted([fund.known(ANNE).id] * 2 + [fund.known(PAUL).id])


def test_an_amount_of_nobody_is_a_bad_row(fund: Fund) -> None:
    paid = AmountRecord(4, PAUL, "2026-03-02", 12345, "Allocation", 0)
    with pytest.raises(ImportRefused) as caught:
        fund.take(RECORD, payments=(paid,))
    assert caught.value.bad == (
        BadRow("payments.csv", 4, "nir is no member's, neither here nor on record"),
    )
    assert fund.find(MARIE) is None
    assert counts(fund.take(RECORD, payments=(paid,), keep_good=True)) == {"added": 1}


def test_numbers_are_found_across_a_change_of_the_look_up_key(fund: Fund) -> None:
    fund.take(RECORD)
    before = fund.known(MARIE).id
    fund.pepper = Pepper({1: b"p" * 32, 2: b"q" * 32})
    assert fund.known(MARIE).id == before
    fund.take(RECORD)
    assert sorted(row.key_version for row in fund.rows(member_lookups)) == [1, 2]
    fund.pepper = Pepper({2: b"q" * 32})
    assert fund.known(MARIE).id == before
    assert counts(fund.take(RECORD)) == {"unchanged": 1}


def test_many_rows_go_in_batches_and_tell_how_far_they_are(fund: Fund) -> None:
    nirs = [Nir(f"25307495{n // 900 + 1:02d}{n % 900 + 1:03d}") for n in range(1201)]
    many = [replace(RECORD, line=line, nir=nir) for line, nir in enumerate(nirs, 2)]
    seen: list[tuple[int, int]] = []
    result = fund.take(*many, progress=lambda done, total: seen.append((done, total)))
    assert counts(result) == {"added": 1201}
    assert seen == [(500, 1201), (1000, 1201), (1201, 1201)]
    with fund.database.begin(write=False) as connection:
        assert connection.execute(select(func.count()).select_from(members)).scalar_one() == 1201
