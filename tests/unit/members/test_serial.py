"""Reading the serial of a card as typed (S9)."""

from __future__ import annotations

import pytest

from idp.members.serial import SerialError, SerialProblem, read_serial

CORSICAN = "188052A004123"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("12345678", "12345678"),
        ("123456789012", "123456789012"),
        ("1234 5678 901", "12345678901"),
        ("1234.5678-901", "12345678901"),
        ("００１２３４５６７８", "0012345678"),
    ],
)
def test_digits_are_kept_in_any_grouping(typed: str, read: str) -> None:
    assert read_serial(typed) == read


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", SerialProblem.MISSING),
        ("  ", SerialProblem.MISSING),
        ("12345678O", SerialProblem.FORMAT),
        ("n° 12345678", SerialProblem.FORMAT),
        ("١٢٣٤٥٦٧٨", SerialProblem.FORMAT),
        ("1234567", SerialProblem.LENGTH),
        ("1234567890123", SerialProblem.LENGTH),  # 13 digits that cannot be a NIR
        ("1" * 65, SerialProblem.LENGTH),
        ("2530749588157", SerialProblem.IS_NIR),
        ("2 53 07 49 588 157 23", SerialProblem.IS_NIR),
        (CORSICAN, SerialProblem.IS_NIR),
        ("253074958815724", SerialProblem.LENGTH),  # 15 digits, but no key of anybody
    ],
)
def test_what_is_no_serial_says_why(typed: str, problem: SerialProblem) -> None:
    with pytest.raises(SerialError) as caught:
        read_serial(typed)
    assert caught.value.problem is problem


def test_the_members_own_number_is_known_even_with_a_wrong_key() -> None:
    with pytest.raises(SerialError) as caught:
        read_serial("2530749588157 24", nir_value="2530749588157")
    assert caught.value.problem is SerialProblem.IS_NIR


def test_an_error_keeps_nothing_of_what_was_typed() -> None:
    with pytest.raises(SerialError) as caught:
        read_serial("2530749588157")
    assert "2530749588157" not in repr(caught.value)
