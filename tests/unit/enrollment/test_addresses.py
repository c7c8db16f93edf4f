"""E-mail addresses and phones as members type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.accounts.addresses import LONGEST_EMAIL, email_problem, read_email
from idp.enrollment.phones import phone_problem, read_phone


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("camille@courriel.example", "camille@courriel.example"),
        ("  camille@courriel.example\t", "camille@courriel.example"),
        ("Camille.V+msa@Courriel.EXAMPLE", "Camille.V+msa@courriel.example"),
        ("camille@chêne.example", "camille@xn--chne-hpa.example"),
        ("camille", None),
        ("camille@", None),
        ("camille@localhost", None),
        ("camille@[127.0.0.1]", None),
        ("Camille <camille@courriel.example>", None),
        ("a@b.example, c@d.example", None),
        ("a@b.example\nbcc: c@d.example", None),
        ("a\x00@b.example", None),
        ('"a b"@courriel.example', None),
    ],
)
def test_an_address_is_one_that_a_mail_can_leave_for(typed: str, address: str | None) -> None:
    assert read_email(typed) == address
    assert (email_problem(typed) is None) is (address is not None)


@given(st.text(max_size=400))
def test_any_text_is_an_ascii_address_within_bounds_or_has_one_problem(typed: str) -> None:
    address, problem = read_email(typed), email_problem(typed)
    assert (address is None) is (problem is not None)
    if address is not None:
        assert address.isascii()
        assert len(address) <= LONGEST_EMAIL
        assert not set(address) & set(" \r\n\x00")


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("06 39 98 12 34", "+33639981234"),
        ("06.39.98.12.34", "+33639981234"),
        ("+33 6 39 98 12 34", "+33639981234"),
        ("0033 6 39 98 12 34", "+33639981234"),
        ("+590 590 12 34 56", "+590590123456"),
        ("+32 2 555 12 12", "+3225551212"),
        ("06 39", None),
        ("", None),
        ("zéro six", None),
        ("1" * 41, None),
        ("06 39 98 12 34 56 78 90", None),
    ],
)
def test_a_phone_is_kept_in_international_form(typed: str, number: str | None) -> None:
    assert read_phone(typed) == number
    assert (phone_problem(typed) is None) is (number is not None)


@given(st.text(max_size=60))
def test_any_text_is_a_phone_or_has_one_problem(typed: str) -> None:
    number = read_phone(typed)
    assert (number is None) is (phone_problem(typed) is not None)
    assert number is None or number[1:].isdigit()
