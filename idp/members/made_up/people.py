"""One made-up member after another: the rows of the three files.

Of a hundred, 55 have a card with a photo, 15 one without, 15 are asked for a payment (no card, or rights closed), 10
farm and are asked for an invoice, 5 can be asked nothing.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from idp.members.made_up import words
from idp.members.made_up.amounts import MONTHS, Amount, Amounts
from idp.members.made_up.draw import Draw
from idp.members.made_up.numbers import Birth, births


class Kind(Enum):
    """What a member can be asked."""

    FRONT = auto()
    BACK = auto()
    PAYMENT = auto()
    INVOICE = auto()
    NOTHING = auto()


_SHARES = {Kind.FRONT: 55, Kind.BACK: 15, Kind.PAYMENT: 15, Kind.INVOICE: 10, Kind.NOTHING: 5}
_WHEEL = tuple(kind for kind, share in _SHARES.items() for _ in range(share))


@dataclass(frozen=True, slots=True)
class MadeUp:
    """One member: the cells of ``files.COLUMNS`` in their order, and the amounts."""

    nir: str
    cells: tuple[str, ...]
    payments: tuple[Amount, ...]
    invoices: tuple[Amount, ...]


def people(seed: int, today: date) -> Iterator[MadeUp]:
    """Yield members without end; a longer list begins with the shorter one of the same seed and day."""
    draw = Draw(seed)
    amounts = Amounts(draw, today)
    for place, birth in enumerate(births(draw)):
        kind = draw.one_of(_WHEEL)
        farmer = kind is Kind.INVOICE or (kind is Kind.NOTHING and draw.once_in(3))
        cells = (
            *_civil(draw, birth), "exploitant" if farmer else "particulier", *_rights(draw, kind, farmer),
            *_address(draw), "" if draw.once_in(6) else f"{seed:x}.{place:07d}",
        )  # fmt: skip
        payments = tuple(_payments(draw, amounts, kind))
        invoices = tuple(_invoices(draw, amounts, kind)) if farmer else ()
        yield MadeUp(birth.nir, cells, payments, invoices)


def _civil(draw: Draw, birth: Birth) -> tuple[str, ...]:
    woman = birth.sex in "28"
    given = " ".join(draw.one_of(words.WOMEN if woman else words.MEN) for _ in range(draw.between(1, 3)))
    usage = _family(draw) if draw.once_in(2 if woman else 40) else ""
    gender = "female" if woman else "male"
    return birth.nir, _family(draw), given, usage, gender, _birthdate(draw, birth), birth.place, birth.country


def _family(draw: Draw) -> str:
    if draw.once_in(300):
        return draw.one_of(words.LONG_FAMILIES)
    name = draw.one_of(words.FAMILIES)
    return f"{name}-{draw.one_of(words.FAMILIES)}" if draw.once_in(15) else name


def _birthdate(draw: Draw, birth: Birth) -> str:
    """Return the day of birth; a pseudo-month stands for a month or a day that civil status does not know."""
    year, month = birth.year, birth.month
    if month > 12:
        unknown = month == 20 or draw.once_in(2)
        return f"{year}-00-00" if unknown else f"{year}-{draw.between(1, 12):02d}-00"
    return f"{year}-{month:02d}-{draw.between(1, monthrange(year, month)[1]):02d}"


def _rights(draw: Draw, kind: Kind, farmer: bool) -> tuple[str, str, str]:
    """Return health rights, serial and photo. A card may outlive the rights: then it is not asked for."""
    if kind in (Kind.FRONT, Kind.BACK):
        return "yes", _serial(draw), "yes" if kind is Kind.FRONT else "no"
    if farmer and draw.once_in(2):
        return "yes", _serial(draw), "yes"
    if kind is Kind.PAYMENT and draw.once_in(3):
        return "yes", "", ""
    return ("no", _serial(draw), "no") if draw.once_in(3) else ("no", "", "")


def _serial(draw: Draw) -> str:
    return str(draw.between(1_000_000_000, 99_999_999_999))


def _address(draw: Draw) -> tuple[str, ...]:
    chance = draw.below(100)
    if chance < 3:
        return "", "", "", ""
    if chance < 6:
        return draw.one_of(words.ABROAD)
    line = f"{draw.between(1, 190)} {draw.one_of(words.STREETS)} {draw.one_of(words.STREET_NAMES)}"
    if chance < 16:
        line = draw.one_of(words.FARMS)
    elif chance < 20:
        line = f"{draw.one_of(words.BUILDINGS)}, {line}"
    return line, *draw.one_of(words.TOWNS), "FR"


def _payments(draw: Draw, amounts: Amounts, kind: Kind) -> Iterator[Amount]:
    if kind is Kind.PAYMENT:
        yield from amounts.own(1, 5)
    elif kind is Kind.NOTHING:
        yield from amounts.own(7, MONTHS) if draw.once_in(3) else ()
    elif draw.once_in(2):
        yield from amounts.own(1, MONTHS)
    if draw.once_in(3):
        yield amounts.flat()


def _invoices(draw: Draw, amounts: Amounts, kind: Kind) -> Iterator[Amount]:
    if kind is Kind.INVOICE:
        return amounts.invoices(1, 11)
    return amounts.invoices(13, MONTHS) if draw.once_in(2) else iter(())
