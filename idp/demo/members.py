"""Writes the demo's members as the three files that `idp members import` reads."""

import csv
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Final

from idp.demo.people import PEOPLE
from idp.demo.person import Money, Person

MEMBER_COLUMNS: Final = (
    "nir", "birth_name", "given_names", "usage_name", "gender", "birthdate", "birthplace", "birthcountry",
    "situation", "health_rights", "vitale_serial", "vitale_photo",
    "address_line", "postal_code", "city", "country",
)  # fmt: skip
MONEY_COLUMNS: Final = ("nir", "paid_on", "amount", "label")

_WORD: Final = {True: "yes", False: "no", None: ""}


def write_members(folder: Path, today: date) -> None:
    """Write `members.csv`, `payments.csv` and `invoices.csv` into `folder`, dates counted back from `today`.

    The folder is made when missing. The files hold numbers and card serials, so they are the owner's alone.
    Raises `OSError` when the folder cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(folder / "members.csv", MEMBER_COLUMNS, (_member(person) for person in PEOPLE))
    _write(folder / "payments.csv", MONEY_COLUMNS, _money(((p, p.payments) for p in PEOPLE), today))
    _write(folder / "invoices.csv", MONEY_COLUMNS, _money(((p, p.invoices) for p in PEOPLE), today))


def _member(person: Person) -> tuple[str, ...]:
    return (
        person.nir, person.birth_name, person.given_names, person.usage_name, person.gender,
        person.birthdate.isoformat(), person.birthplace, person.birthcountry, person.situation,
        _WORD[person.health_rights], person.serial, _WORD[person.photo], *person.address,
    )  # fmt: skip


def _money(rows: Iterable[tuple[Person, tuple[Money, ...]]], today: date) -> Iterable[tuple[str, ...]]:
    for person, all_money in rows:
        for money in all_money:
            for paid_on in money.dates(today):
                yield person.nir, paid_on.isoformat(), money.plain, money.label


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
