"""What is read of a userinfo answer, with its bounds (facts 1.8, 3); what cannot be read counts as not told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.federation.person import Person, read_person
from tests.unit.federation.people import PERSON

CLAIMS = {
    "sub": "x", "given_name": "Camille Louise", "given_name_array": ["Camille", "Louise"], "family_name": "VASSEUR",
    "birthdate": "1985-03-14", "idp_birthdate": "1985-03-14", "gender": "female", "birthplace": "59350",
    "birthcountry": "99100",
}  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def read(**changed: Any) -> Person:
    return read_person({**CLAIMS, **changed})


def test_the_claims_of_franceconnect_are_read_whole() -> None:
    assert read_person(CLAIMS) == PERSON


@pytest.mark.parametrize(
    "name", [None, "", "  ", 7, ["VASSEUR"], "N" * 257, "VAS\x00SEUR", "VAS\x1b[31m", "VAS\u202eRUES", "VAS\ue000"]
)
def test_a_name_that_is_none_is_not_told(name: object) -> None:
    assert read(family_name=name).family_name is None


@pytest.mark.parametrize("name", ["Ô'Brien-D’Été", "N" * 256, "Nguyễn", " VASSEUR "])
def test_any_printable_name_is_told_as_it_is(name: str) -> None:
    assert read(family_name=name).family_name == name.strip()


@pytest.mark.parametrize(
    ("array", "whole", "names"),
    [
        (["Jean Philippe", "Marc"], "Jean Philippe Marc", ("Jean Philippe", "Marc")),
        (None, "Jean Philippe", ("Jean", "Philippe")),
        ("Jean Philippe", "Jean Philippe", ("Jean", "Philippe")),
        ([], "Jean", ("Jean",)),
        (["Jean", 7], "Jean", ("Jean",)),
        (["x"] * 31, "Jean", ("Jean",)),
        (None, None, ()),
        (["a\x00"], "b\x00", ()),
    ],
)
def test_first_names_come_one_by_one(array: object, whole: object, names: tuple[str, ...]) -> None:
    assert read(given_name_array=array, given_name=whole).given_names == names


@pytest.mark.parametrize(
    ("birthdate", "raw", "told"),
    [
        ("1985-03-01", "1985-03-00", "1985-03-00"),
        ("1985-01-01", "1985-00-00", "1985-00-00"),
        ("1985-03-14", None, "1985-03-14"),
        ("1985-03-14", "", "1985-03-14"),
        ("1985-02-30", None, None),
        ("1985-13-01", "1985-00-07", None),
        ("0000-01-01", None, None),
        ("1900-01-01", None, "1900-01-01"),
        (19850314, None, None),
        ("1985-3-14", None, None),
        ("1985-03-14\n", None, None),
        ("١٩٨٥-٠٣-١٤", None, None),
    ],
)
def test_a_date_may_be_known_in_part(birthdate: object, raw: object, told: str | None) -> None:
    assert read(birthdate=birthdate, idp_birthdate=raw).birthdate == told


@pytest.mark.parametrize(
    ("place", "told"),
    [
        *((code, code) for code in ("59350", "2A004", "2B033", "98735", "")),
        ("Alger", None),
        (59350, None),
    ],
)
def test_a_place_of_birth_is_a_commune_or_empty(place: object, told: str | None) -> None:
    assert read(birthplace=place).birthplace == told


@pytest.mark.parametrize(("country", "told"), [("99352", "99352"), ("FR", None), ("12345", None), (None, None)])
def test_a_country_of_birth_is_a_code(country: object, told: str | None) -> None:
    assert read(birthcountry=country).birthcountry == told


@pytest.mark.parametrize(("gender", "told"), [("male", "male"), ("unspecified", None), (["male"], None), (None, None)])
def test_a_gender_is_one_of_two_or_not_told(gender: object, told: str | None) -> None:
    assert read(gender=gender).gender == told


def test_the_register_s_names_come_first_at_the_higher_level() -> None:
    """FranceConnect+ tells what the identity's provider has, and the register's under names of their own."""
    told = read(family_name="VASSEUR EP. MARTIN", rnipp_family_name="VASSEUR", rnipp_given_name_array=["Camille"])
    assert (told.family_name, told.given_names) == ("VASSEUR", ("Camille",))


@given(st.dictionaries(st.sampled_from([*CLAIMS, "rnipp_family_name", "rnipp_given_name_array"]), JSON))
def test_whatever_comes_is_read_without_a_fault(claims: dict[str, Any]) -> None:
    told = read_person(claims)
    for text in (told.family_name, *told.given_names):
        assert text is None or text.isprintable()
