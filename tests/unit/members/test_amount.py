"""Reading the amount of a payment or an invoice as typed (S8, S10)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.members.amount import AmountError, AmountProblem, plain, read_amount
from idp.members.typed import TYPED_BOUND
from idp.web.french import amount

MISSING, FORMAT, CENTS = AmountProblem


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("123,45", 12345),
        ("123.45", 12345),
        ("80,00", 8000),
        ("0,50", 50),
        ("0,01", 1),
        ("08,50", 850),
        ("1234,56", 123456),
        ("1234.56", 123456),
        ("1 234,56", 123456),
        ("1 234,56 €", 123456),
        ("1\u00a0234,56\u00a0€", 123456),  # as our own pages write it
        ("1\u202f234,56\u202f€", 123456),  # narrow no-break space
        ("1\u2009234,56", 123456),  # thin space
        ("1\u3000234,56", 123456),  # full-width space
        ("1 234 567,89", 123456789),
        ("999999999,99", 99999999999),
        ("１２３４，５６", 123456),
        ("１２３．４５", 12345),
        ("312,78€", 31278),
        ("312,78 EUR", 31278),
        ("312,78eur", 31278),
        ("312,78 euros", 31278),
        ("312,78 Euro", 31278),
        ("€ 312,78", 31278),
        ("€312.78", 31278),
        ("EUR 312,78", 31278),
        ("euros 312,78", 31278),
        ("  312,78\t\r\n", 31278),
        ("\u00a0312,78\u00a0", 31278),
        ("312 , 78", 31278),
        ("312, 78", 31278),
    ],
)
def test_an_amount_is_read_as_people_write_it(typed: str, cents: int) -> None:
    assert read_amount(typed) == cents


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", MISSING),
        (" \u00a0\u202f", MISSING),
        ("€", MISSING),
        # no cents, or half of them
        ("80", CENTS),
        ("80 €", CENTS),
        ("80 euros", CENTS),
        ("80,", CENTS),
        ("80.", CENTS),
        ("80,5", CENTS),
        ("1 234", CENTS),
        ("1 234,5 €", CENTS),
        ("0", CENTS),
        ("12345", CENTS),
        # a sign, and nothing at all
        ("-12,00", FORMAT),
        ("\u221212,00", FORMAT),
        ("- 12,00 €", FORMAT),
        ("+12,00", FORMAT),
        ("0,00", FORMAT),
        ("000.00", FORMAT),
        # too many separators
        ("1.234,56", FORMAT),
        ("1,234.56", FORMAT),
        ("1.234.56", FORMAT),
        ("12,,50", FORMAT),
        ("1'234,56", FORMAT),
        ("1’234,56", FORMAT),
        ("123,45.", FORMAT),
        # too many cents
        ("80,567", FORMAT),
        ("80,560", FORMAT),
        ("1.234", FORMAT),
        # blanks that group no thousands: perhaps two amounts
        ("80 80,00", FORMAT),
        ("12 34,56", FORMAT),
        ("1234 567,89", FORMAT),
        ("100,00 50,00", FORMAT),
        ("123,4 5", FORMAT),
        # not a number
        (",50", FORMAT),
        ("douze", FORMAT),
        ("12,3O", FORMAT),
        ("80€50", FORMAT),
        ("312,78 $", FORMAT),
        ("312,78 francs", FORMAT),
        ("1e3,00", FORMAT),
        ("12²,00", FORMAT),
        ("١٢٣,٤٥", FORMAT),
        ("312\u200b,78", FORMAT),
        ("312/78", FORMAT),
        # too long
        ("1000000000,00", FORMAT),
        ("1 000 000 000,00", FORMAT),
        ("0" * TYPED_BOUND + ",01", FORMAT),
    ],
)
def test_what_is_no_amount_says_why(typed: str, problem: AmountProblem) -> None:
    with pytest.raises(AmountError) as caught:
        read_amount(typed)
    assert caught.value.problem is problem


def test_an_error_keeps_nothing_of_what_was_typed() -> None:
    with pytest.raises(AmountError) as caught:
        read_amount("312,7")
    assert "312" not in repr(caught.value) + str(caught.value)


@given(cents=st.integers(min_value=1, max_value=99_999_999_999))
def test_what_a_page_and_a_registry_write_is_read_back(cents: int) -> None:
    assert read_amount(amount(cents)) == read_amount(plain(cents)) == cents


@given(typed=st.text(alphabet="0123456789 .,-€e\u00a0", max_size=20))
def test_whatever_is_typed_is_an_amount_or_says_why(typed: str) -> None:
    try:
        cents = read_amount(typed)
    except AmountError:
        return
    assert plain(cents).replace(".", "").lstrip("0") == "".join(filter(str.isdigit, typed)).lstrip("0")


@pytest.mark.parametrize(
    ("cents", "text"), [(5, "0.05"), (50, "0.50"), (8000, "80.00"), (123456, "1234.56"), (1234567890, "12345678.90")]
)
def test_an_amount_goes_to_the_registry_in_plain_form(cents: int, text: str) -> None:
    assert plain(cents) == text
