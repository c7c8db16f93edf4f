"""The fund's three files as records: members, payments they received, invoices they paid (design section 10).

Reading is pure of any database: what only the tables can tell (a known previous number, an amount of an
unknown member) is judged by the import.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from idp.members.member import Address, Gender, Situation
from idp.members.nir import Nir
from idp.members.row import CellError, Row
from idp.members.sheet import BadRow, Columns, read_sheet

MEMBERS, PAYMENTS, INVOICES = "members.csv", "payments.csv", "invoices.csv"

MEMBER_COLUMNS = Columns(
    required=(
        "nir", "birth_name", "given_names", "usage_name", "gender", "birthdate", "birthplace", "birthcountry",
        "situation", "health_rights", "vitale_serial", "vitale_photo",
        "address_line", "postal_code", "city", "country",
    ),
    optional=("ref", "previous_nir"),
)  # fmt: skip
AMOUNT_COLUMNS = Columns(required=("nir", "paid_on", "amount", "label"))

NAME_BOUND = 200
LABEL_BOUND = 200
PLACE_BOUND = 100
CODE_BOUND = 12
REF_BOUND = 64

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """One row of members.csv; the fields are those of ``Member``. ``ref`` is the fund's own stable number."""

    line: int
    nir: Nir
    previous_nir: Nir | None
    ref: str | None
    birth_name: str
    given_names: str
    usage_name: str | None
    gender: Gender
    birthdate: str
    birthplace: str | None
    birthcountry: str
    situation: Situation
    health_rights: bool
    vitale_serial: str | None = field(repr=False)
    vitale_photo: bool | None
    address: Address | None


@dataclass(frozen=True, slots=True)
class AmountRecord:
    """One payment or invoice. ``paid_on`` is ISO text; ``ordinal`` counts equal rows of a member, from 0."""

    line: int
    nir: Nir
    paid_on: str
    amount_cents: int
    label: str
    ordinal: int


@dataclass(frozen=True, slots=True)
class Records:
    """What a folder holds. ``bad`` is what was not taken; whether the rest may be is the operator's word."""

    members: tuple[MemberRecord, ...]
    payments: tuple[AmountRecord, ...]
    invoices: tuple[AmountRecord, ...]
    bad: tuple[BadRow, ...]


def read_folder(folder: Path) -> Records:
    """Read the files of a folder. ``members.csv`` must be there; the files of amounts may be absent."""
    bad: list[BadRow] = []
    members = _collect(folder / MEMBERS, MEMBER_COLUMNS, _member, bad)
    members = _apart(members, bad)
    payments, invoices = (
        _numbered(_collect(path, AMOUNT_COLUMNS, _amount, bad)) if path.exists() else ()
        for path in (folder / PAYMENTS, folder / INVOICES)
    )
    return Records(tuple(members), payments, invoices, tuple(bad))


def _collect(path: Path, columns: Columns, read: Callable[[Row], Record], bad: list[BadRow]) -> list[Record]:
    taken: list[Record] = []
    for row in read_sheet(path, columns):
        if isinstance(row, BadRow):
            bad.append(row)
            continue
        try:
            taken.append(read(row))
        except CellError as error:
            bad.append(BadRow(path.name, row.line, str(error)))
    return taken


def _member(row: Row) -> MemberRecord:
    nir = row.nir("nir")
    previous = row.nir("previous_nir") if row.cells.get("previous_nir") else None
    if previous == nir:
        raise CellError("previous_nir is the same as nir")
    serial, photo = row.serial("vitale_serial"), row.optional_flag("vitale_photo")
    if serial is not None and photo is None:
        raise CellError("vitale_photo must be yes or no when vitale_serial is given")
    return MemberRecord(
        line=row.line,
        nir=nir,
        previous_nir=previous,
        ref=row.optional("ref", REF_BOUND),
        birth_name=row.text("birth_name", NAME_BOUND),
        given_names=row.text("given_names", NAME_BOUND),
        usage_name=row.optional("usage_name", NAME_BOUND),
        gender=Gender(row.choice("gender", *Gender)),
        birthdate=row.birth_day("birthdate"),
        birthplace=row.commune("birthplace"),
        birthcountry=row.birth_country("birthcountry"),
        situation=Situation(row.choice("situation", *Situation)),
        health_rights=row.flag("health_rights"),
        vitale_serial=serial,
        vitale_photo=photo,
        address=_address(row),
    )


def _address(row: Row) -> Address | None:
    if not any(row.cells.get(name) for name in ("address_line", "postal_code", "city", "country")):
        return None
    return Address(
        line=row.text("address_line", NAME_BOUND),
        postal_code=row.optional("postal_code", CODE_BOUND) or "",
        city=row.text("city", PLACE_BOUND),
        country=row.country("country"),
    )


def _amount(row: Row) -> AmountRecord:
    return AmountRecord(
        line=row.line,
        nir=row.nir("nir"),
        paid_on=row.day("paid_on").isoformat(),
        amount_cents=row.cents("amount"),
        label=row.text("label", LABEL_BOUND),
        ordinal=0,
    )


def _apart(members: Iterable[MemberRecord], bad: list[BadRow]) -> list[MemberRecord]:
    """Keep the first row of each member: no number, old or new, and no reference may stand in two rows."""
    taken: list[MemberRecord] = []
    lines: dict[Nir | str, int] = {}
    for record in members:
        named = {"nir": record.nir, "previous_nir": record.previous_nir, "ref": record.ref}
        keys = {name: key for name, key in named.items() if key is not None}
        clash = next(((name, lines[key]) for name, key in keys.items() if key in lines), None)
        if clash is not None:
            bad.append(BadRow(MEMBERS, record.line, f"{clash[0]} already stands on line {clash[1]}"))
            continue
        lines.update(dict.fromkeys(keys.values(), record.line))
        taken.append(record)
    return taken


def _numbered(amounts: Iterable[AmountRecord]) -> tuple[AmountRecord, ...]:
    """Give equal rows their ordinals: two equal payments on one day are two payments."""
    seen: Counter[tuple[str, str, int, str]] = Counter()
    numbered: list[AmountRecord] = []
    for amount in amounts:
        key = (amount.nir.value, amount.paid_on, amount.amount_cents, amount.label)
        numbered.append(replace(amount, ordinal=seen[key]))
        seen[key] += 1
    return tuple(numbered)
