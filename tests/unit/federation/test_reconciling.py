"""The pitfalls of comparing an identity with a record (facts 1.16), one row each, and what holds for every name."""

from __future__ import annotations

import unicodedata
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.federation.reconciling import (
    folded,
    has_another_trait,
    has_homonym,
    is_member,
    same_birthdate,
    same_name,
)
from tests.unit.federation.people import MEMBER, PERSON, member, person

NAMES = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyzéèêëàâîïôöùûüçœæABCÉŒ -'’"), min_size=1, max_size=40).filter(
    lambda name: bool(folded(name))
)


def test_the_member_is_the_member() -> None:
    assert is_member(PERSON, MEMBER)


@pytest.mark.parametrize(
    ("told", "recorded"),
    [
        ("MARTIN", "Martin"),
        ("DUBINÔRE", "Dubinore"),
        ("SÉGUIN", "Seguin"),
        ("LEBŒUF", "Leboeuf"),
        ("LAETITIA", "Lætitia"),
        (unicodedata.normalize("NFD", "Éléonore"), unicodedata.normalize("NFC", "Éléonore")),
        ("TROIS-DUPRE", "Trois Dupre"),
        ("DUPONT--MARTIN", "Dupont-Martin"),
        ("LE–GOFF", "Le Goff"),
        ("D'HERBOUVILLE", "D’Herbouville"),
        ("DʼARTOIS", "Dartois"),
        ("DE LA MOTTE", "Delamotte"),
        ("D'", "D"),
        ("ßTRAUSS", "ßtrauss"),
        ("JOËLLE FRANÇOISE", "Joelle Francoise"),
        ("İNAN", "Inan"),
        ("N" * 256, "n" * 256),
    ],
)
def test_two_writings_of_one_name(told: str, recorded: str) -> None:
    assert same_name(told, recorded)


@pytest.mark.parametrize(
    ("told", "recorded"),
    [
        ("MARTIN", "Martine"),
        ("DUPONT-MARTIN", "Dupont"),
        ("MARTIN", "Dupont-Martin"),
        ("DE LA MOTTE", "La Motte"),
        ("", ""),
        ("-", "'"),
        ("1", "l"),
        ("Mıke", "Mike"),
        ("V\u0410SSEUR", "Vasseur"),  # a Cyrillic A
        ("VASSEUR\u200b", "Vasseur"),
    ],
)
def test_two_names(told: str, recorded: str) -> None:
    assert not same_name(told, recorded)


@given(NAMES)
def test_a_name_is_itself_however_it_is_written(name: str) -> None:
    for written in (name, name.upper(), name.lower(), unicodedata.normalize("NFD", name), f" {name} "):
        assert same_name(written, name)
        assert same_name(name, written)


@given(NAMES, NAMES)
def test_likeness_of_names_goes_both_ways(one: str, other: str) -> None:
    assert same_name(one, other) is same_name(other, one)


@pytest.mark.parametrize(
    ("told", "recorded", "fits"),
    [
        (("Camille", "Louise"), "Camille Louise", True),
        (("Camille", "Louise", "Anne"), "Camille", True),
        (("Camille",), "Camille Louise", True),
        (("Louise", "Camille"), "Camille Louise", False),
        (("Jean Philippe", "Marc"), "Jean Philippe", True),
        (("Jean Philippe",), "Jean-Philippe, Marc", True),
        (("Jean-Philippe",), "Jean Philippe Marc", True),
        (("Jean Philippe",), "Jean", False),
        (("Jean",), "Jean-Philippe", False),
        (("Jean",), "Jean Philippe", True),
        (("Jean",), "Jean Philippe, Marc", False),
        (("Maria da Conceição", "Francisca"), "Maria da Conceição Francisca Xavier", True),
        (("CAMILLE",), "camille", True),
        ((), "Camille", False),
        (("'",), "Camille", False),
    ],
)
def test_the_first_of_the_first_names_decides(told: tuple[str, ...], recorded: str, fits: bool) -> None:
    assert is_member(person(given_names=told), member(given_names=recorded)) is fits


@pytest.mark.parametrize(
    ("told", "recorded", "fits"),
    [
        ("1985-03-14", "1985-03-14", True),
        ("1985-03-14", "1985-03-15", False),
        ("1985-03-14", "1986-03-14", False),
        ("1985-03-00", "1985-03-14", True),
        ("1985-00-00", "1985-03-14", True),
        ("1985-03-14", "1985-00-00", True),
        ("1985-03-14", "1985-03-00", True),
        ("1985-04-00", "1985-03-00", False),
        ("1985-01-01", "1985-03-14", False),
        ("1984-02-29", "1984-02-29", True),
    ],
)
def test_a_date_is_compared_where_both_know_it(told: str, recorded: str, fits: bool) -> None:
    assert same_birthdate(told, recorded) is fits
    assert is_member(person(birthdate=told), member(birthdate=recorded)) is fits


def test_the_name_of_use_is_nobodys_proof() -> None:
    married = member(birth_name="Hoareau", usage_name="Vasseur")
    assert not is_member(PERSON, married)


@given(NAMES, NAMES)
def test_no_name_of_use_is_ever_looked_at(birth: str, usage: str) -> None:
    """RNIPP itself fails on it: a record is its birth name's, whoever else it goes by."""
    told = person(family_name=usage)
    assert is_member(told, member(birth_name=birth, usage_name=usage)) is same_name(usage, birth)


def test_neither_address_number_nor_name_of_use_is_part_of_a_comparison() -> None:
    """Couples share an address (facts, trap 13); the number is never sent, and the login is a name of use."""
    read = {"family_name", "given_names", "birthdate", "gender", "birthplace", "birthcountry"}
    assert {field.name for field in fields(PERSON)} == read


@pytest.mark.parametrize("missing", [{"family_name": None}, {"given_names": ()}, {"birthdate": None}], ids=str)
def test_a_trait_that_is_not_told_proves_nothing(missing: dict[str, object]) -> None:
    assert not is_member(person(**missing), MEMBER)


@pytest.mark.parametrize("told", [{"birthplace": "99999"}, {"birthplace": ""}, {"gender": None}, {"gender": "male"}])
def test_place_and_gender_stand_in_nobodys_way(told: dict[str, object]) -> None:
    assert is_member(person(**told), MEMBER)


def test_twins_are_two_people() -> None:
    assert not is_member(person(given_names=("Clara",)), member(given_names="Claire"))


@pytest.mark.parametrize(
    ("told", "recorded", "enough"),
    [
        ({}, {}, True),
        ({"birthplace": "59009"}, {}, False),
        ({"birthplace": "", "birthcountry": "99352"}, {"birthplace": None, "birthcountry": "99352"}, True),
        ({"birthplace": "", "birthcountry": "99352"}, {"birthplace": None, "birthcountry": "99350"}, False),
        ({"birthplace": None, "birthcountry": None}, {}, True),
        ({"birthplace": None, "birthcountry": None, "given_names": ("Camille",)}, {"given_names": "Camille"}, False),
        ({"birthplace": None, "birthcountry": None}, {"given_names": "Camille"}, False),
        ({"birthplace": "59350"}, {"birthplace": None, "given_names": "Camille"}, False),
        ({"birthdate": "1985-03-00"}, {}, False),
        ({"birthdate": "1985-03-00"}, {"birthdate": "1985-03-00"}, False),
        ({}, {"birthdate": "1985-00-00"}, False),
    ],
)
def test_a_proof_needs_one_more_trait_and_a_whole_date(
    told: dict[str, object], recorded: dict[str, object], enough: bool
) -> None:
    assert has_another_trait(person(**told), member(**recorded)) is enough


def test_a_homonym_of_the_same_day_leaves_nobody_proven() -> None:
    same = member(id="other", given_names="CAMILLE Anne", birthplace="62041")
    assert has_homonym(MEMBER, [MEMBER, same])
    assert not has_homonym(MEMBER, [MEMBER])
    assert not has_homonym(MEMBER, [MEMBER, member(id="other", given_names="Claire")])
    assert not has_homonym(MEMBER, [MEMBER, member(id="other", birth_name="Vasseure")])
