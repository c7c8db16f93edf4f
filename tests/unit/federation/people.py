"""A member on record and the person FranceConnect tells of, each changed in what a test is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from idp.federation.person import Person
from idp.members.member import Gender, Member, Situation

MEMBER = Member(
    id="m", birth_name="Vasseur", given_names="Camille Louise", usage_name=None, gender=Gender.FEMALE,
    birthdate="1985-03-14", birthplace="59350", birthcountry="99100", situation=Situation.PARTICULIER,
    health_rights=True, has_card=True, card_photo=True, address=None, left=False,
)  # fmt: skip
PERSON = Person(
    family_name="VASSEUR", given_names=("Camille", "Louise"), birthdate="1985-03-14", gender="female",
    birthplace="59350", birthcountry="99100",
)  # fmt: skip


def member(**facts: Any) -> Member:
    return replace(MEMBER, **facts)


def person(**told: Any) -> Person:
    return replace(PERSON, **told)
