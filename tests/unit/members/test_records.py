"""The fund's files: what is taken, and every reason why a row is not. No reason ever shows a NIR."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from idp.members.member import Address, Gender, Situation
from idp.members.nir import Nir
from idp.members.records import AMOUNT_COLUMNS, MEMBER_COLUMNS, Records, read_folder

GOOD = {
    "nir": "253074958815723",
    "birth_name": "DUPONT",
    "given_names": "Marie",
    "usage_name": "MARTIN",
    "gender": "female",
    "birthdate": "1953-07-14",
    "birthplace": "49588",
    "birthcountry": "99100",
    "situation": "particulier",
    "health_rights": "yes",
    "vitale_serial": "12345678901",
    "vitale_photo": "yes",
    "address_line": "3 rue du Moulin",
    "postal_code": "59000",
    "city": "LILLE",
    "country": "FR",
}
OTHER = GOOD | {"nir": "188052A004123"}
PAID = {"nir": "2530749588157", "paid_on": "2026-03-02", "amount": "123.45", "label": "Allocation"}
SECRET = ("2530749588157", "253074958815723", "188052A004123")


def test_a_good_row_is_taken_whole(tmp_path: Path) -> None:
    records = folder(tmp_path, [GOOD | {"ref": "R1", "previous_nir": "7850699350001"}])
    (member,) = records.members
    assert records.bad == ()
    assert (member.line, member.nir, member.previous_nir) == (2, Nir("2530749588157"), Nir("7850699350001"))
    assert (member.ref, member.gender, member.situation) == ("R1", Gender.FEMALE, Situation.PARTICULIER)
    assert (member.vitale_serial, member.vitale_photo, member.health_rights) == ("12345678901", True, True)
    assert member.address == Address("3 rue du Moulin", "59000", "LILLE", "FR")
    assert "12345678901" not in repr(member)


def test_a_byte_order_mark_spaces_and_empty_lines_do_no_harm(tmp_path: Path) -> None:
    write(tmp_path / "members.csv", [{**GOOD, "city": "  LILLE "}], encoding="utf-8-sig")
    with (tmp_path / "members.csv").open("a") as file:
        file.write("\r\n,,,\r\n")
    records = read_folder(tmp_path)
    assert records.bad == ()
    assert records.members[0].address == Address("3 rue du Moulin", "59000", "LILLE", "FR")


@pytest.mark.parametrize(
    "change",
    [
        {"usage_name": ""},
        {"birthdate": "1962-00-00"},
        {"birthdate": "1962-09-00"},
        {"birthplace": "", "birthcountry": "99352"},
        {"birthplace": "2A004"},
        {"vitale_serial": "", "vitale_photo": ""},
        {"address_line": "", "postal_code": "", "city": "", "country": ""},
        {"postal_code": "", "country": "IE"},
        {"situation": "exploitant", "gender": "male", "health_rights": "no"},
    ],
)
def test_what_may_be_empty_or_partial(tmp_path: Path, change: dict[str, str]) -> None:
    records = folder(tmp_path, [GOOD | change])
    assert records.bad == ()
    assert len(records.members) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"nir": ""}, "nir is empty"),
        ({"nir": "253074958815"}, "nir has 12 characters, 13 are needed"),
        ({"nir": "253074958815724"}, "nir has a key that does not match its 13 characters"),
        ({"nir": "2530749588157x"}, "nir has a character that is neither a digit nor the A or B of Corsica"),
        ({"nir": "2531849588157"}, "nir cannot exist (sex, month, place or order number)"),
        ({"previous_nir": "2530749588157"}, "previous_nir is the same as nir"),
        ({"previous_nir": "12"}, "previous_nir has 2 characters, 13 are needed"),
        ({"birth_name": ""}, "birth_name is empty"),
        ({"given_names": "M\u202earie"}, "given_names has a control character"),
        ({"given_names": "Marie\nClaire"}, "given_names has a control character"),
        ({"birth_name": "X" * 201}, "birth_name is longer than 200 characters"),
        ({"gender": "f"}, "gender must be female or male"),
        ({"gender": "2530749588157"}, "gender must be female or male"),
        ({"birthdate": "14/07/1953"}, "birthdate must be a date like 1962-09-30, 1962-09-00 or 1962-00-00"),
        ({"birthdate": "1953-02-30"}, "birthdate must be a date like 1962-09-30, 1962-09-00 or 1962-00-00"),
        ({"birthdate": "1953-00-14"}, "birthdate must be a date like 1962-09-30, 1962-09-00 or 1962-00-00"),
        ({"birthdate": "1953-13-00"}, "birthdate must be a date like 1962-09-30, 1962-09-00 or 1962-00-00"),
        ({"birthdate": "19530714"}, "birthdate must be a date like 1962-09-30, 1962-09-00 or 1962-00-00"),
        ({"birthplace": "LILLE"}, "birthplace must be an INSEE commune of 5 characters, or empty"),
        ({"birthcountry": "FR"}, "birthcountry must be an INSEE country code like 99100"),
        ({"birthcountry": ""}, "birthcountry must be an INSEE country code like 99100"),
        ({"situation": "autre"}, "situation must be particulier or exploitant"),
        ({"health_rights": ""}, "health_rights must be yes or no"),
        ({"vitale_serial": "ABC"}, "vitale_serial must be 8 to 12 digits, or empty"),
        ({"vitale_serial": "1234567"}, "vitale_serial must be 8 to 12 digits, or empty"),
        ({"vitale_serial": "2530749588157"}, "vitale_serial must be 8 to 12 digits, or empty"),
        ({"vitale_photo": "oui"}, "vitale_photo must be yes or no or empty"),
        ({"vitale_photo": ""}, "vitale_photo must be yes or no when vitale_serial is given"),
        ({"country": "France"}, "country must be an ISO country code of two capitals like FR"),
        ({"country": "UK"}, "country must be an ISO country code of two capitals like FR"),
        ({"city": ""}, "city is empty"),
        ({"ref": "R" * 65}, "ref is longer than 64 characters"),
    ],
)
def test_a_bad_row_is_named_by_file_line_and_reason(
    tmp_path: Path, change: dict[str, str], reason: str
) -> None:
    records = folder(tmp_path, [GOOD | {"ref": "", "previous_nir": ""} | change, OTHER])
    (bad,) = records.bad
    assert (bad.file, bad.reason, bad.whole_file) == ("members.csv", reason, False)
    assert bad.line == 2 + sum(value.count("\n") for value in change.values())
    assert [member.nir.value for member in records.members] == ["188052A004123"]
    assert not any(secret in bad.reason for secret in SECRET)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([GOOD, GOOD | {"nir": "2530749588157"}], "nir already stands on line 2"),
        ([GOOD | {"ref": "R1"}, OTHER | {"ref": "R1"}], "ref already stands on line 2"),
        ([GOOD, OTHER | {"previous_nir": "2530749588157"}], "previous_nir already stands on line 2"),
        ([GOOD | {"previous_nir": "188052A004123"}, OTHER], "nir already stands on line 2"),
    ],
)
def test_no_number_and_no_reference_stands_in_two_rows(
    tmp_path: Path, rows: list[dict[str, str]], reason: str
) -> None:
    records = folder(tmp_path, [{"ref": "", "previous_nir": "", **row} for row in rows])
    (bad,) = records.bad
    assert (bad.line, bad.reason) == (3, reason)


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("", ["the file is empty: its first line must name the columns"]),
        ("nir;birth_name;given_names\n", ["columns must be separated by commas, not by semicolons"]),
        (",".join(GOOD) + ",shoe_size\n", ["column shoe_size is not known"]),
        (",".join(GOOD) + ",city\n", ["column city stands twice"]),
        (",".join(GOOD).replace(",city", ""), ["column city is missing"]),
        (",".join(GOOD) + "\n" + '"x', ["the line is not readable as CSV"]),
        (",".join(GOOD) + "\n\xe9", ["the file is not UTF-8 from about here"]),
    ],
)
def test_an_unreadable_file_is_refused_whole(tmp_path: Path, text: str, reasons: list[str]) -> None:
    (tmp_path / "members.csv").write_bytes(text.encode("latin-1"))
    records = read_folder(tmp_path)
    assert [bad.reason for bad in records.bad] == reasons
    assert all(bad.whole_file for bad in records.bad)
    assert records.members == ()


def test_a_file_without_header_does_not_show_its_people(tmp_path: Path) -> None:
    (tmp_path / "members.csv").write_text(",".join(GOOD.values()))
    reasons = " ".join(bad.reason for bad in read_folder(tmp_path).bad)
    assert "column number 1 is not known" in reasons
    assert not any(secret in reasons for secret in (*SECRET, "DUPONT", "LILLE"))


def test_a_row_with_too_few_cells_is_bad_alone(tmp_path: Path) -> None:
    write(tmp_path / "members.csv", [GOOD])
    with (tmp_path / "members.csv").open("a") as file:
        file.write("2530749588157,DUPONT\n")
    records = read_folder(tmp_path)
    assert [(bad.line, bad.reason) for bad in records.bad] == [(3, "the line has 2 cells, 16 are needed")]
    assert len(records.members) == 1


def test_a_folder_without_members_is_refused(tmp_path: Path) -> None:
    (bad,) = read_folder(tmp_path / "nowhere").bad
    assert (bad.file, bad.reason, bad.whole_file) == ("members.csv", "there is no such file", True)


def test_amounts_are_cents_and_equal_rows_are_counted(tmp_path: Path) -> None:
    write(tmp_path / "payments.csv", [PAID, PAID | {"amount": "0.05"}, PAID])
    write(tmp_path / "invoices.csv", [PAID])
    records = folder(tmp_path, [GOOD])
    assert records.bad == ()
    assert [paid.amount_cents for paid in records.payments] == [12345, 5, 12345]
    assert [paid.ordinal for paid in records.payments] == [0, 0, 1]
    assert [(bill.paid_on, bill.label) for bill in records.invoices] == [("2026-03-02", "Allocation")]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount": "123,45"}, "amount must look like 123.45"),
        ({"amount": "123"}, "amount must look like 123.45"),
        ({"amount": "123.4"}, "amount must look like 123.45"),
        ({"amount": "-123.45"}, "amount must look like 123.45"),
        ({"amount": "1e3.00"}, "amount must look like 123.45"),
        ({"amount": "12345678901.00"}, "amount must look like 123.45"),
        ({"amount": "0.00"}, "amount must be more than zero"),
        ({"paid_on": "02/03/2026"}, "paid_on must be a date like 2026-01-31"),
        ({"paid_on": "2026-00-00"}, "paid_on must be a date like 2026-01-31"),
        ({"label": ""}, "label is empty"),
        ({"nir": "x"}, "nir has a character that is neither a digit nor the A or B of Corsica"),
    ],
)
def test_bad_amounts_say_why(tmp_path: Path, change: dict[str, str], reason: str) -> None:
    write(tmp_path / "payments.csv", [PAID | change])
    (bad,) = folder(tmp_path, [GOOD]).bad
    assert (bad.file, bad.line, bad.reason) == ("payments.csv", 2, reason)


def test_the_columns_are_those_of_the_design() -> None:
    assert tuple(GOOD) == MEMBER_COLUMNS.required
    assert tuple(PAID) == AMOUNT_COLUMNS.required


def folder(path: Path, rows: list[dict[str, str]]) -> Records:
    write(path / "members.csv", rows)
    return read_folder(path)


def write(path: Path, rows: list[dict[str, str]], encoding: str = "utf-8") -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
