"""What the demo knows of one made-up member."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

Gender = Literal["female", "male"]
Situation = Literal["particulier", "exploitant"]

BY_POST = "par courrier"


@dataclass(frozen=True, slots=True)
class Money:
    """Amounts that come back on one day of the month: a payment received, or an invoice paid.

    `cents` is the amount in euro cents; `months` says how many months ago each one was, 1 being last month.
    Amounts are the same every month and dates are counted in whole months, so a demo started again next month
    adds one row and contradicts none.
    """

    cents: int
    day: int
    months: tuple[int, ...]
    label: str

    def dates(self, today: date) -> Iterator[date]:
        """The days on which it was paid, latest first."""
        for months in self.months:
            year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
            yield date(year, month + 1, self.day)

    @property
    def french(self) -> str:
        """The amount as members write it: `1 423,90`."""
        return f"{self.cents // 100:,}".replace(",", " ") + f",{self.cents % 100:02d}"

    @property
    def plain(self) -> str:
        """The amount as the files have it: `123.45`."""
        return f"{self.cents // 100}.{self.cents % 100:02d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One made-up member: the row of `members.csv`, and what a visitor needs to play the part."""

    who: str
    nir: str
    birth_name: str
    given_names: str
    usage_name: str = ""
    gender: Gender
    birthdate: date
    birthplace: str
    birthcountry: str = "99100"
    situation: Situation = "particulier"
    health_rights: bool = True
    serial: str = ""
    photo: bool | None = None
    address: tuple[str, str, str, str] = ("", "", "", "")
    payments: tuple[Money, ...] = ()
    invoices: tuple[Money, ...] = ()

    @property
    def question(self) -> str:
        """What the provider asks, in French (mission S8 to S10)."""
        if self.situation == "particulier" and self.has_card:
            return "carte Vitale, n° au recto" if self.photo else "carte Vitale, n° au verso"
        if not self._usable:
            return "aucune possible"
        return "facture payée depuis 12 mois" if self.situation == "exploitant" else "paiement reçu depuis 6 mois"

    @property
    def answer(self) -> str:
        """A right answer, or how the password comes when nothing can be asked."""
        if self.situation == "particulier" and self.has_card:
            return self.serial
        return self._usable[0].french if self._usable else BY_POST

    @property
    def has_card(self) -> bool:
        """Whether a carte Vitale with its number is on record."""
        return self.health_rights and self.serial != ""

    @property
    def _usable(self) -> list[Money]:
        """The amounts that answer, whatever the day: what is as many months old as the window may be a day too old."""
        all_money, window = (self.invoices, 12) if self.situation == "exploitant" else (self.payments, 6)
        return [money for money in all_money if min(money.months) < window]
