"""What a caller tells, how it is read, what it is compared with, and who is taken for the member."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from idp.enrollment.by_phone import compare, decide
from idp.enrollment.told import ToldError, Trait, read
from idp.members.member import Address, Gender, Member, Situation

MEMBER = Member(
    id="m",
    birth_name="DUPONT",
    given_names="Marie",
    usage_name=None,
    gender=Gender.FEMALE,
    birthdate="1985-03-14",
    birthplace="59350",
    birthcountry="99100",
    situation=Situation.PARTICULIER,
    health_rights=True,
    has_card=True,
    card_photo=True,
    address=Address("3 rue du Moulin", "59000", "LILLE", "FR"),
    left=False,
)
PAID = date(2026, 11, 5)


@pytest.mark.parametrize(
    ("trait", "typed", "told"),
    [
        (Trait.BIRTH_DATE, "14/03/1985", "1985-03-14"),
        (Trait.BIRTH_DATE, " 14/3/1985 ", "1985-03-14"),
        (Trait.BIRTH_DATE, "1985-03-14", "1985-03-14"),
        (Trait.BIRTH_DATE, "14.03.1985", "1985-03-14"),
        (Trait.BIRTH_DATE, "14 03 1985", "1985-03-14"),
        (Trait.BIRTH_DATE, "14-03-1985", "1985-03-14"),
        (Trait.BIRTH_DATE, "14 mars 1985", "1985-03-14"),
        (Trait.BIRTH_DATE, "1er  AOÛT\u00a01985", "1985-08-01"),
        (Trait.BIRTH_DATE, "2 déc. 1985", "1985-12-02"),
        (Trait.BIRTH_DATE, "29/02/1984", "1984-02-29"),
        (Trait.BIRTH_DATE, "１４/０３/１９８５", "1985-03-14"),
        (Trait.BIRTH_DATE, "1962", "1962-00-00"),
        (Trait.BIRTH_DATE, "00/00/1962", "1962-00-00"),
        (Trait.BIRTH_DATE, "1962-09-00", "1962-09-00"),
        (Trait.BIRTH_DATE, "septembre 1962", "1962-09-00"),
        (Trait.BIRTH_PLACE, "59", "59"),
        (Trait.BIRTH_PLACE, "9", "09"),
        (Trait.BIRTH_PLACE, "2a", "2A"),
        (Trait.BIRTH_PLACE, "974", "974"),
        (Trait.BIRTH_PLACE, "59 350", "59350"),
        (Trait.BIRTH_PLACE, "2b 033", "2B033"),
        (Trait.BIRTH_PLACE, "99352", "99352"),
        (Trait.POSTCODE, "59 000", "59000"),
        (Trait.POSTCODE, "4700-025", "4700025"),
        (Trait.POSTCODE, "tn24 8tj", "TN248TJ"),
        (Trait.LAST_PAYMENT, "11/2026", "2026-11"),
        (Trait.LAST_PAYMENT, "2026-11", "2026-11"),
        (Trait.LAST_PAYMENT, "Novembre 2026", "2026-11"),
        (Trait.LAST_PAYMENT, "nov. 2026", "2026-11"),
        (Trait.LAST_PAYMENT, "FÉVRIER 2026", "2026-02"),
        (Trait.LAST_PAYMENT, "2/2026", "2026-02"),
        (Trait.SITUATION, "exploitante agricole", "exploitant"),
        (Trait.SITUATION, "Exploitant", "exploitant"),
        (Trait.SITUATION, "PARTICULIÈRE", "particulier"),
        (Trait.SITUATION, "p", "particulier"),
    ],
)
def test_what_is_told_is_read_in_the_forms_people_use(trait: Trait, typed: str, told: str) -> None:
    assert read(trait, typed) == told


@pytest.mark.parametrize(
    ("trait", "typed"),
    [
        (Trait.BIRTH_DATE, ""),
        (Trait.BIRTH_DATE, "31/02/1985"),
        (Trait.BIRTH_DATE, "29/02/1985"),
        (Trait.BIRTH_DATE, "14/13/1985"),
        (Trait.BIRTH_DATE, "14/00/1985"),
        (Trait.BIRTH_DATE, "14/03/85"),
        (Trait.BIRTH_DATE, "14 jui 1985"),
        (Trait.BIRTH_DATE, "14 brumaire 1985"),
        (Trait.BIRTH_DATE, "0000-01-01"),
        (Trait.BIRTH_DATE, " " * 60 + "14/03/1985"),
        (Trait.BIRTH_PLACE, "Lille"),
        (Trait.BIRTH_PLACE, "595"),
        (Trait.BIRTH_PLACE, "2C"),
        (Trait.BIRTH_PLACE, "٥٩"),
        (Trait.POSTCODE, "-"),
        (Trait.POSTCODE, "59000 Lille, France"),
        (Trait.LAST_PAYMENT, "13/2026"),
        (Trait.LAST_PAYMENT, "0/2026"),
        (Trait.LAST_PAYMENT, "2026"),
        (Trait.LAST_PAYMENT, "5 novembre 2026"),
        (Trait.LAST_PAYMENT, "jui 2026"),
        (Trait.SITUATION, "retraité"),
        (Trait.SITUATION, " "),
    ],
)
def test_what_cannot_be_read_is_no_answer(trait: Trait, typed: str) -> None:
    with pytest.raises(ToldError) as caught:
        read(trait, typed)
    assert not typed.strip() or typed not in str(caught.value)


@pytest.mark.parametrize(
    ("told", "recorded", "same"),
    [
        ("1985-03-14", "1985-03-14", True),
        ("1985-03-15", "1985-03-14", False),
        ("1985-04-14", "1985-03-14", False),
        ("1986-03-14", "1985-03-14", False),
        ("1985-00-00", "1985-03-14", False),
        ("1985-03-00", "1985-03-14", False),
        ("1962-00-00", "1962-00-00", True),
        ("1962-07-05", "1962-00-00", True),
        ("1963-07-05", "1962-00-00", False),
        ("1962-09-05", "1962-09-00", True),
        ("1962-08-05", "1962-09-00", False),
        ("1962-00-00", "1962-09-00", False),
    ],
)
def test_a_date_of_birth_matches_by_all_that_the_record_knows(told: str, recorded: str, same: bool) -> None:
    member = replace(MEMBER, birthdate=recorded)
    assert compare(member, None, {Trait.BIRTH_DATE: told}) == {Trait.BIRTH_DATE: same}


@pytest.mark.parametrize(
    ("told", "place", "country", "same"),
    [
        ("59", "59350", "99100", True),
        ("59350", "59350", "99100", True),
        ("62", "59350", "99100", False),
        ("59351", "59350", "99100", False),
        ("974", "97411", "99100", True),
        ("97411", "97411", "99100", True),
        ("97", "97411", "99100", False),
        ("971", "97411", "99100", False),
        ("974", "59350", "99100", False),
        ("2A", "2A004", "99100", True),
        ("2B", "2A004", "99100", False),
        ("20", "2A004", "99100", True),
        ("2A", "20004", "99100", True),
        ("2B", "20004", "99100", True),
        ("2A004", "20004", "99100", True),
        ("2A005", "20004", "99100", False),
        ("99352", None, "99352", True),
        ("99350", None, "99352", False),
        ("99", None, "99352", False),
        ("99100", "59350", "99100", False),
        ("99100", None, "99100", False),
    ],
)
def test_a_place_of_birth_matches_by_departement_commune_or_country(
    told: str, place: str | None, country: str, same: bool
) -> None:
    member = replace(MEMBER, birthplace=place, birthcountry=country)
    assert compare(member, None, {Trait.BIRTH_PLACE: told}) == {Trait.BIRTH_PLACE: same}


@pytest.mark.parametrize(
    ("trait", "told", "same"),
    [
        (Trait.POSTCODE, "59000", True),
        (Trait.POSTCODE, "59001", False),
        (Trait.LAST_PAYMENT, "2026-11", True),
        (Trait.LAST_PAYMENT, "2026-10", False),
        (Trait.SITUATION, "particulier", True),
        (Trait.SITUATION, "exploitant", False),
    ],
)
def test_other_traits_are_equal_or_not(trait: Trait, told: str, same: bool) -> None:
    assert compare(MEMBER, PAID, {trait: told}) == {trait: same}


def test_a_foreign_postcode_matches_however_it_is_spaced() -> None:
    member = replace(MEMBER, address=Address("Rua das Oliveiras 41", "4700-025", "Braga", "PT"))
    assert compare(member, None, {Trait.POSTCODE: read(Trait.POSTCODE, "4700 025")})[Trait.POSTCODE]


def test_what_the_record_does_not_have_matches_nothing() -> None:
    told = {Trait.POSTCODE: "59000", Trait.LAST_PAYMENT: "2026-11"}
    assert compare(replace(MEMBER, address=None), None, told) == dict.fromkeys(told, False)
    assert compare(replace(MEMBER, address=Address("x", "", "Dakar", "SN")), None, told) == dict.fromkeys(told, False)


def test_nothing_matches_nobody() -> None:
    told = {
        Trait.BIRTH_DATE: "1985-03-14", Trait.BIRTH_PLACE: "59", Trait.POSTCODE: "59000",
        Trait.LAST_PAYMENT: "2026-11", Trait.SITUATION: "particulier",
    }  # fmt: skip
    assert compare(MEMBER, PAID, told) == dict.fromkeys(Trait, True)
    assert compare(None, PAID, told) == dict.fromkeys(Trait, False)


def test_what_was_not_told_is_not_judged() -> None:
    assert compare(MEMBER, PAID, {}) == {}


def test_three_must_match_and_one_at_most_may_not() -> None:
    taken = set()
    for results in product((True, False, None), repeat=len(Trait)):
        told = {trait: right for trait, right in zip(Trait, results, strict=True) if right is not None}
        if decide(told):
            taken.add((results.count(True), results.count(False)))
    assert taken == {(3, 0), (3, 1), (4, 0), (4, 1), (5, 0)}
