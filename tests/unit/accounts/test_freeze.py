"""Freeze codes: read from a confirmation letter, a slip of the finger caught before any look-up."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.accounts import freeze, provisional
from idp.accounts.freeze import CODE, code_digest, fit, generate
from idp.accounts.grammar import ALPHABET, Fit, normalize
from idp.kernel.clock import DAY
from idp.kernel.ids import digest

LENGTH = 10
BODIES = st.lists(st.sampled_from(ALPHABET), min_size=LENGTH - 1, max_size=LENGTH - 1).map("".join)


def complete(body: str) -> str:
    """Return the one code that starts with these symbols."""
    codes = [body + last for last in ALPHABET if fit(body + last) is Fit.RIGHT]
    assert len(codes) == 1, "exactly one check symbol fits"
    return codes[0]


CODES = BODIES.map(complete)


def test_what_is_generated_is_ten_symbols_in_two_groups_of_five_and_never_twice_the_same() -> None:
    codes = {generate() for _ in range(500)}
    assert len(codes) == 500
    for code in codes:
        assert [len(group) for group in code.split("-")] == [5, 5]
        assert set(code) <= {*ALPHABET, "-"}
        assert fit(code) is Fit.RIGHT


@given(CODES)
def test_each_single_wrong_symbol_is_noticed(code: str) -> None:
    for place in range(LENGTH):
        for other in ALPHABET:
            if other != code[place]:
                assert fit(code[:place] + other + code[place + 1 :]) is Fit.MISTYPED


@given(CODES)
def test_a_symbol_too_few_or_too_many_makes_it_something_else(code: str) -> None:
    slips = [code[:place] + code[place + 1 :] for place in range(LENGTH)]
    slips += [code[:place] + "A" + code[place:] for place in range(LENGTH + 1)]
    assert {fit(slip) for slip in slips} == {Fit.OTHER}


@given(CODES, st.data())
def test_case_dashes_and_spaces_do_not_count(code: str, data: st.DataObject) -> None:
    noise = st.sampled_from(["", "", "-", " ", "\u00a0", "\u2011", "–", "\t", "_"])
    typed = "".join(data.draw(noise) + (c.lower() if data.draw(st.booleans()) else c) for c in code) + data.draw(noise)
    assert fit(typed) is Fit.RIGHT
    assert code_digest(typed) == code_digest(code)


@pytest.mark.parametrize(
    ("make", "other"),
    [(freeze.generate, provisional.fit), (provisional.generate, freeze.fit)],
    ids=["a code is no password", "a password is no code"],
)
def test_a_code_and_a_provisional_password_are_never_taken_for_each_other(
    make: Callable[[], str], other: Callable[[str], Fit]
) -> None:
    assert {other(make()) for _ in range(200)} == {Fit.OTHER}


@given(CODES, CODES)
def test_two_codes_have_two_digests_and_none_is_a_password_s(one: str, other: str) -> None:
    assert (code_digest(one) == code_digest(other)) is (one == other)
    assert code_digest(one) not in (provisional.word_digest(one), digest(normalize(one)))


def test_nine_symbols_are_random_and_a_code_is_good_for_ninety_days() -> None:
    assert len(ALPHABET) ** (CODE.length - 1) == 2**45
    assert 90 * DAY == freeze.LIFE
