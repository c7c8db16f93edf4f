"""The demo's members are well formed, cover the guide's situations, and stay playable on any day."""

import csv
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.fr import nir as stdnum_nir

from idp.demo.members import MEMBER_COLUMNS, MONEY_COLUMNS, write_members
from idp.demo.people import PEOPLE
from idp.demo.person import BY_POST, Person
from idp.members.amount import read_amount
from idp.members.question import Question, window

SHAPE = re.compile(
    r"(?P<sex>[1278])(?P<year>\d\d)(?P<month>0[1-9]|1[0-2]|[23]\d|4[0-2]|[5-9]\d)"
    r"(?P<place>(?:\d\d|2[AB])\d{3})(?P<order>\d{3})"
)
days = st.dates(min_value=date(2024, 1, 1), max_value=date(2040, 12, 31))


def months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, 28))


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.who)
def test_a_number_has_the_shape_of_a_nir_and_agrees_with_the_civil_status(person: Person) -> None:
    shape = SHAPE.fullmatch(person.nir)
    assert shape
    assert person.gender == ("male" if shape["sex"] in "17" else "female")
    assert int(shape["year"]) == person.birthdate.year % 100
    if int(shape["month"]) <= 12:
        assert int(shape["month"]) == person.birthdate.month
    born_abroad = shape["place"].startswith("99")
    assert shape["place"] == (person.birthcountry if born_abroad else person.birthplace)
    assert born_abroad == (person.birthplace == "")
    assert shape["order"] != "000"


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.who)
def test_a_number_gets_a_key_that_the_standard_library_of_numbers_accepts(person: Person) -> None:
    digits = person.nir.replace("2A", "19").replace("2B", "18")
    key = f"{97 - int(digits) % 97:02d}"
    assert stdnum_nir.is_valid(person.nir + key)


def test_numbers_and_card_serials_belong_to_one_member_each() -> None:
    serials = [person.serial for person in PEOPLE if person.serial]
    assert len({person.nir for person in PEOPLE}) == len(PEOPLE)
    assert len(set(serials)) == len(serials)
    assert all(re.fullmatch(r"\d{11}", serial) for serial in serials)


def test_the_table_covers_every_question_and_every_form_of_number() -> None:
    questions = {person.question for person in PEOPLE}
    assert len(questions) == 5, questions
    for part in ("2A", "2B"):
        assert any(part in person.nir for person in PEOPLE)
    assert {person.nir[0] for person in PEOPLE} == set("1278")
    assert any(person.nir[5:8] == "974" for person in PEOPLE)
    assert any(person.address == ("", "", "", "") for person in PEOPLE)
    assert any(person.usage_name for person in PEOPLE)
    assert any(person.health_rights and not person.serial and person.payments for person in PEOPLE)


def test_a_member_without_a_card_number_has_no_photo_word() -> None:
    assert all((person.photo is None) == (person.serial == "") for person in PEOPLE)


@given(today=days)
def test_the_table_says_on_any_day_what_is_asked_and_answered(today: date) -> None:
    for person in PEOPLE:
        farmer = person.situation == "exploitant"
        if person.health_rights and person.serial and not farmer:
            assert person.question.startswith("carte Vitale")
            assert person.answer == person.serial
            continue
        oldest = months_before(today, 12 if farmer else 6)
        money = person.invoices if farmer else person.payments
        usable = [m.cents for m in money if any(oldest < day < today for day in m.dates(today))]
        kind = ("facture" if farmer else "paiement") if usable else "aucune possible"
        assert person.question.startswith(kind)
        if usable:
            assert re.fullmatch(r"\d{1,3}( \d{3})*,\d\d", person.answer)
            assert int(re.sub(r"\D", "", person.answer)) in usable
        else:
            assert person.answer == BY_POST


@given(today=days)
def test_the_provider_takes_the_answers_of_the_table(today: date) -> None:
    for person in PEOPLE:
        if person.question.startswith(("facture", "paiement")):
            question = Question.INVOICE if person.question.startswith("facture") else Question.PAYMENT
            first, last = window(question, today)
            money = person.invoices if person.situation == "exploitant" else person.payments
            inside = {m.cents for m in money for day in m.dates(today) if first <= day <= last}
            assert read_amount(person.answer) in inside


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_three_files_have_their_columns_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    folder = tmp_path / "members"
    write_members(folder, date(2026, 3, 31))
    assert folder.stat().st_mode & 0o777 == 0o700
    for name, columns in (
        ("members.csv", MEMBER_COLUMNS),
        ("payments.csv", MONEY_COLUMNS),
        ("invoices.csv", MONEY_COLUMNS),
    ):
        path = folder / name
        rows = read(path)
        assert rows
        assert tuple(rows[0]) == columns
        assert path.stat().st_mode & 0o777 == 0o600
    assert {row["nir"] for row in read(folder / "members.csv")} == {person.nir for person in PEOPLE}
    assert all(re.fullmatch(r"\d+\.\d\d", row["amount"]) for row in read(folder / "payments.csv"))


def test_the_same_month_gives_the_same_files(tmp_path: Path) -> None:
    write_members(tmp_path / "first", date(2026, 11, 1))
    write_members(tmp_path / "later", date(2026, 11, 30))
    for name in ("members.csv", "payments.csv", "invoices.csv"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "later" / name).read_bytes()
