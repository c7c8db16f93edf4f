"""Made-up members: the same from one seed, of real structure, in the shares that were asked for, and importable."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from stdnum.fr import nir as stdnum_nir

from idp.kernel.clock import paris_date
from idp.kernel.errors import OperatorError
from idp.kernel.vault import Pepper, Vault
from idp.members.made_up.draw import Draw
from idp.members.made_up.files import write_made_up
from idp.members.made_up.numbers import ORIGINS, Origin, _walk
from idp.members.made_up.people import people
from idp.members.member import Situation
from idp.members.nir import key_of, read_nir
from idp.members.records import MemberRecord, Records, read_folder
from idp.storage.database import Database
from idp.storage.members import SqlMembers
from idp.storage.members_import import import_members
from idp.storage.tables import invoices, payments
from tests.support.clock import FakeClock

TODAY = date(2026, 9, 15)
MANY = 2_000
FILES = ("members.csv", "payments.csv", "invoices.csv")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made-up") / "members"
    write_made_up(folder, MANY, 42, TODAY)
    return folder


@pytest.fixture(scope="module")
def records(folder: Path) -> Records:
    return read_folder(folder)


def texts(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in FILES]


def test_every_row_is_taken_and_every_number_stands_once(records: Records) -> None:
    assert records.bad == ()
    assert len({record.nir.value for record in records.members}) == MANY
    refs = [record.ref for record in records.members if record.ref]
    assert MANY * 0.75 < len(set(refs)) == len(refs) < MANY


def test_the_same_seed_and_day_give_the_same_files(folder: Path, tmp_path: Path) -> None:
    write_made_up(tmp_path / "again", MANY, 42, TODAY)
    write_made_up(tmp_path / "other seed", MANY, 43, TODAY)
    write_made_up(tmp_path / "other day", MANY, 42, TODAY + timedelta(days=31))
    assert texts(tmp_path / "again") == texts(folder)
    assert texts(tmp_path / "other seed")[0] != texts(folder)[0]
    assert texts(tmp_path / "other day")[1] != texts(folder)[1]


def test_a_longer_list_begins_with_the_shorter_one(folder: Path, tmp_path: Path) -> None:
    write_made_up(tmp_path / "few", 20, 42, TODAY)
    for short, long in zip(texts(tmp_path / "few"), texts(folder), strict=True):
        assert long.startswith(short)


def kind_of(record: MemberRecord, asked: set[str]) -> str:
    if record.situation is Situation.EXPLOITANT:
        return "invoice" if record.nir.value in asked else "nothing"
    if record.health_rights and record.vitale_serial:
        return "front" if record.vitale_photo else "back"
    return "payment" if record.nir.value in asked else "nothing"


def usable(records: Records) -> set[str]:
    """The members who have an amount of their own that is young enough to be asked for."""
    months = {"payments": 6, "invoices": 12}
    shared = Counter(record.amount_cents for record in records.payments)
    found: set[str] = set()
    for name, span in months.items():
        # A month before the edge, or after it: never so near that the day decides.
        first = date.fromordinal(TODAY.toordinal() - span * 30).isoformat()
        found |= {
            amount.nir.value
            for amount in getattr(records, name)
            if amount.paid_on >= first and (name == "invoices" or shared[amount.amount_cents] <= 20)
        }
    return found


def test_questions_have_their_shares(records: Records) -> None:
    asked = usable(records)
    shares = Counter(kind_of(record, asked) for record in records.members)
    wanted = {"front": 55, "back": 15, "payment": 15, "invoice": 10, "nothing": 5}
    assert set(shares) == set(wanted)
    for kind, percent in wanted.items():
        assert abs(shares[kind] * 100 / MANY - percent) < 4, (kind, shares)


def test_some_have_lost_their_rights_and_kept_the_card_and_some_wait_for_one(records: Records) -> None:
    ones = [record for record in records.members if record.situation is Situation.PARTICULIER]
    assert sum(1 for one in ones if one.vitale_serial and not one.health_rights) > MANY / 100
    assert sum(1 for one in ones if not one.vitale_serial and one.health_rights) > MANY / 100


def test_some_have_only_amounts_that_are_too_old(records: Records) -> None:
    asked = usable(records)
    paid = {payment.nir.value for payment in records.payments}
    owed = {invoice.nir.value for invoice in records.invoices}
    ones = [record for record in records.members if kind_of(record, asked) == "nothing"]
    assert sum(1 for one in ones if one.situation is Situation.EXPLOITANT and one.nir.value in owed) > 10
    assert sum(1 for one in ones if one.situation is Situation.PARTICULIER and one.nir.value in paid) > 20


@pytest.mark.parametrize(
    ("what", "least"),
    [
        ("men", 700), ("women", 700), ("provisional", 5), ("Corsica", 10), ("Corsica before 1976", 5), ("overseas", 20),
        ("collectivities", 2), ("abroad", 60), ("before independence", 5), ("unknown month", 5), ("pseudo-month", 2),
    ],
)  # fmt: skip
def test_every_class_of_number_is_there(records: Records, what: str, least: int) -> None:
    classes: dict[str, int] = defaultdict(int)
    for record in records.members:
        nir, country = record.nir.value, record.birthcountry
        month, place = int(nir[3:5]), nir[5:7]
        classes["men"] += nir[0] == "1"
        classes["women"] += nir[0] == "2"
        classes["provisional"] += nir[0] in "78"
        classes["Corsica"] += place in ("2A", "2B")
        classes["Corsica before 1976"] += place == "20"
        classes["overseas"] += nir[5:8] in ("971", "972", "973", "974", "976")
        classes["collectivities"] += nir[5:8] in ("975", "986", "987", "988")
        classes["abroad"] += place == "99" and country == nir[5:10]
        classes["before independence"] += place in ("91", "92", "93", "94", "95", "96") and country != "99100"
        classes["unknown month"] += month == 20 and record.birthdate.endswith("-00-00")
        classes["pseudo-month"] += month > 20
    assert classes[what] >= least


def test_a_record_agrees_with_its_number(records: Records) -> None:
    for record in records.members:
        nir = record.nir.value
        year, month, _ = record.birthdate.split("-")
        assert ("male" if nir[0] in "17" else "female") == record.gender
        assert nir[1:3] == year[2:]
        assert int(nir[3:5]) > 12 or nir[3:5] == month
        assert record.birthplace in (None, nir[5:10])
        assert (record.birthplace is None) == (record.birthcountry != "99100")
        if nir[5:7] in ("2A", "2B"):
            assert int(year) >= 1976


def test_names_and_addresses_are_of_every_kind(records: Records) -> None:
    ones = records.members
    countries = Counter(one.address.country if one.address else "" for one in ones)
    assert MANY * 0.01 < countries[""] < MANY * 0.06
    assert len(countries) > 8
    assert countries["FR"] > MANY * 0.9
    assert max(len(one.birth_name) for one in ones) > 40
    assert any(not one.birth_name.isascii() for one in ones)
    assert any("-00" in one.birthdate for one in ones)
    assert MANY * 0.15 < sum(1 for one in ones if one.usage_name) < MANY * 0.4


def test_flat_rates_are_shared_by_many_and_other_amounts_are_ones_own(records: Records) -> None:
    owners: dict[int, set[str]] = defaultdict(set)
    for payment in records.payments:
        owners[payment.amount_cents].add(payment.nir.value)
    assert sorted(cents for cents, who in owners.items() if len(who) > 20) == [15_000, 15_245, 42_347]
    assert sum(1 for who in owners.values() if len(who) == 1) > 0.9 * len(owners)


def test_amounts_are_spread_over_fourteen_months_before_the_day(records: Records) -> None:
    months = {payment.paid_on[:7] for payment in records.payments}
    assert (len(months), min(months), max(months)) == (14, "2025-07", "2026-08")


def test_nothing_is_written_over_what_is_there(folder: Path) -> None:
    before = texts(folder)
    with pytest.raises(OperatorError, match=r"members\.csv is there already"):
        write_made_up(folder, 10, 1, TODAY)
    assert texts(folder) == before


def test_files_are_their_owners_alone(folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {(folder / name).stat().st_mode & 0o777 for name in FILES} == {0o600}


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OperatorError, match="file"):
        write_made_up(tmp_path / "file" / "in", 1, 1, TODAY)


def test_progress_ends_at_the_count(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_made_up(tmp_path, 2_500, 1, TODAY, lambda done, total: seen.append((done, total)))
    assert seen == [(1_000, 2_500), (2_000, 2_500), (2_500, 2_500)]


def test_there_are_numbers_enough_for_ten_millions() -> None:
    assert sum(origin.share for origin in ORIGINS) == 1_000
    for origin in ORIGINS:
        assert origin.size > 10_000_000 * origin.share / 1_000 * 1.1, origin.name


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25)
def test_a_walk_meets_every_number_of_an_origin_once(seed: int) -> None:
    origin = Origin("small", 1_000, ("59001", "2A004"), years=range(1999, 2001), months=(1, 20), sexes="12")
    walked = {birth.nir for birth in _walk(origin, Draw(seed))}
    assert len(walked) == origin.size == 2 * 2 * 2 * 2 * 999


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25)
def test_any_seed_gives_valid_numbers_that_differ(seed: int) -> None:
    values = [one.nir for one in islice(people(seed, TODAY), 300)]
    assert len(set(values)) == len(values)
    for value in values:
        assert stdnum_nir.is_valid(value + key_of(read_nir(value)))


def test_the_import_takes_them_all(
    folder: Path, database: Database, pepper: Pepper, vault: Vault, clock: FakeClock, tmp_path: Path
) -> None:
    write_made_up(tmp_path / "today", MANY, 42, paris_date(clock.now()))
    files = read_folder(tmp_path / "today")
    result = import_members(database, pepper, vault, clock, files)
    assert (result.added, result.payments, result.invoices) == (MANY, len(files.payments), len(files.invoices))
    with (tmp_path / "today" / "members.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with database.begin(write=False) as connection:
        stored = SqlMembers(connection, pepper, vault, clock)
        for row in rows:
            member = stored.find_by_nir(read_nir(row["nir"]))
            assert member is not None
            assert (member.birth_name, member.birthdate) == (row["birth_name"], row["birthdate"])
            assert member.address == (None if not row["city"] else member.address)
        counted = [
            connection.execute(select(func.count()).select_from(table)).scalar_one() for table in (payments, invoices)
        ]
    assert counted == [len(files.payments), len(files.invoices)]
