"""Provisional passwords: read from paper and phone, a slip of the finger caught before any look-up (law 4)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from idp.accounts.grammar import ALPHABET, Fit, normalize
from idp.accounts.provisional import WORD, fit, generate, word_digest

LENGTH = WORD.length
SYMBOLS = st.sampled_from(ALPHABET)
BODIES = st.lists(SYMBOLS, min_size=LENGTH - 1, max_size=LENGTH - 1).map("".join)


def complete(body: str) -> str:
    """Return the one word that starts with these symbols."""
    words = [body + last for last in ALPHABET if fit(body + last) is Fit.RIGHT]
    assert len(words) == 1, "exactly one check symbol fits"
    return words[0]


WORDS = BODIES.map(complete)


def test_the_alphabet_has_no_look_alikes() -> None:
    assert len(set(ALPHABET)) == 32
    assert set(ALPHABET).isdisjoint("O0I1")


def test_what_is_generated_is_in_five_groups_and_never_twice_the_same() -> None:
    words = {generate() for _ in range(500)}
    assert len(words) == 500
    for word in words:
        assert [len(group) for group in word.split("-")] == [4] * 5
        assert fit(word) is Fit.RIGHT


@given(WORDS)
def test_each_single_wrong_symbol_is_noticed(word: str) -> None:
    for place in range(LENGTH):
        for other in ALPHABET:
            if other != word[place]:
                assert fit(word[:place] + other + word[place + 1 :]) is Fit.MISTYPED


@given(WORDS)
def test_nearly_every_swap_of_neighbours_is_noticed(word: str) -> None:
    swaps = [word[:n] + word[n + 1] + word[n] + word[n + 2 :] for n in range(LENGTH - 1) if word[n] != word[n + 1]]
    slipped = [swap for swap in swaps if fit(swap) is Fit.RIGHT]
    # Luhn's blind spot is the first and last symbol side by side.
    assert all({ALPHABET[0], ALPHABET[-1]} <= set(word) for _ in slipped)


@given(WORDS, st.data())
def test_case_dashes_and_spaces_do_not_count(word: str, data: st.DataObject) -> None:
    noise = st.sampled_from(["", "", "-", " ", "\u00a0", "\u2011", "–", "\t", "_"])
    typed = "".join(
        data.draw(noise) + (c.lower() if data.draw(st.booleans()) else c) for c in word
    ) + data.draw(noise)
    assert normalize(typed) == word
    assert fit(typed) is Fit.RIGHT
    assert word_digest(typed) == word_digest(word)


@given(st.text(max_size=60))
def test_any_other_text_is_judged_as_a_password_of_ones_own(typed: str) -> None:
    folded = normalize(typed)
    of_the_shape = len(folded) == LENGTH and set(folded) <= set(ALPHABET)
    assert (fit(typed) is Fit.OTHER) is not of_the_shape


@given(BODIES, st.sampled_from("O0I1?é"), st.integers(0, LENGTH - 1))
@settings(max_examples=30)
def test_a_symbol_outside_the_alphabet_makes_it_another_word(body: str, symbol: str, place: int) -> None:
    word = complete(body)
    assert fit(word[:place] + symbol + word[place + 1 :]) is Fit.OTHER


@given(WORDS, WORDS)
def test_two_words_have_two_digests(one: str, other: str) -> None:
    assert (word_digest(one) == word_digest(other)) is (one == other)
