"""The member as the fund's file describes them. The NIR is not part of it: it stays in the store (law 5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Gender(StrEnum):
    """The sex recorded by civil status, as the claim ``gender`` names it (OpenID Connect Core 5.1)."""

    FEMALE = "female"
    MALE = "male"


class Situation(StrEnum):
    """What the fund has the member as; it decides the question (S8–S10)."""

    PARTICULIER = "particulier"
    EXPLOITANT = "exploitant"


@dataclass(frozen=True, slots=True)
class Address:
    """The address on record, the only one a letter goes to (law 6). ``country`` is ISO 3166-1 alpha-2."""

    line: str
    postal_code: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the fund.

    ``birthdate`` is ISO text and may be partial (``1962-00-00``); ``birthplace`` an INSEE commune, None when
    born abroad; ``birthcountry`` an INSEE code (99100 is France). ``card_photo`` is None when the record does
    not say.
    """

    id: str
    birth_name: str
    given_names: str
    usage_name: str | None
    gender: Gender
    birthdate: str
    birthplace: str | None
    birthcountry: str
    situation: Situation
    health_rights: bool
    has_card: bool
    card_photo: bool | None
    address: Address | None
    left: bool

    @property
    def display_name(self) -> str:
        """How a page or a letter names the member: first given name, then usage or birth name."""
        return f"{first_of(self.given_names)} {self.usage_name or self.birth_name}".strip()


def first_of(given_names: str) -> str:
    """Return the first of the given names."""
    return re.split(r"[ ,]+", given_names.strip(), maxsplit=1)[0]
