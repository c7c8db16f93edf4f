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
        """What the provider asks, or would once it asks for amounts, in French (mission S8 to S10)."""
        if self.situation == "exploitant":
            return "facture payée, pas encore posée" if self._usable(self.invoices, 12) else "aucune possible"
        if self.has_card:
            return "carte Vitale, n° au recto" if self.photo else "carte Vitale, n° au verso"
        return "paiement reçu, pas encore posée" if self._usable(self.payments, 6) else "aucune possible"

    @property
    def answer(self) -> str:
        """The right answer, or how the password comes when nothing is asked: only cards are, in this release."""
        return self.serial if self.situation == "particulier" and self.has_card else BY_POST

    @property
    def has_card(self) -> bool:
        """Whether a carte Vitale with its number is on record."""
        return self.health_rights and self.serial != ""

    @staticmethod
    def _usable(all_money: tuple[Money, ...], window: int) -> list[Money]:
        # A month of margin: what is `window` months old may be a day too old.
        return [money for money in all_money if min(money.months) < window]
