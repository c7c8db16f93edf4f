"""The rules of S17, what is refused besides, and how a password is kept (law 3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.accounts.password import LONGEST, Hasher, Refusal, Rule, refusal, unmet
from idp.accounts.provisional import generate

NIR = "2850359350117"
PERSONAL = ("Vasseur", "Camille", "Louise", "Le", "c.vasseur", NIR)
GOOD = "Tracteur-bleu-42"


@pytest.mark.parametrize(
    ("word", "missing"),
    [
        (GOOD, []),
        ("Aa1!aaaa", []),
        ("Éé1!éééé", []),
        ("Ωω1!ωωωω", []),
        ("Aa1 aaaa", []),
        ("Aa1!aaa", ["length"]),
        ("Aa!aaaaa", ["digit"]),
        ("aa1!aaaa", ["upper"]),
        ("AA1!AAAA", ["lower"]),
        ("Aa1aaaaa", ["special"]),
        ("", ["length", "digit", "upper", "lower", "special"]),
        ("ﬁﬁﬁﬁA1!", []),
        ("日本語日本語日本", ["digit", "upper", "lower", "special"]),
    ],
)
def test_each_rule_is_told_apart(word: str, missing: list[str]) -> None:
    assert list(unmet(word)) == missing


@pytest.mark.parametrize(
    ("word", "why"),
    [
        (GOOD, None),
        ("Eve-et-Le-1", None),
        ("Vasseur-2026!", Refusal.PERSONAL),
        ("xx-vAsSeUr-1", Refusal.PERSONAL),
        ("Càmïlle-1!aa", Refusal.PERSONAL),
        ("V.a.s.s.e.u.r-1", Refusal.PERSONAL),
        (f"Aa!{NIR}", Refusal.PERSONAL),
        ("C.Vasseur!1", Refusal.PERSONAL),
        ("Motdepasse1!", Refusal.COMMON),
        ("Azerty-123", Refusal.COMMON),
        ("Tracteur1!", Refusal.COMMON),
        ("Aa1!Aa1!Aa1!", Refusal.COMMON),
        ("Aa1!" * 65, Refusal.LONG),
        ("ﷺ" * 15 + "Aa1!", Refusal.LONG),
    ],
)
def test_words_that_give_no_safety_are_refused(word: str, why: Refusal | None) -> None:
    assert refusal(word, PERSONAL) is why


def test_a_word_of_the_provisional_grammar_is_refused_right_or_mistyped() -> None:
    for _ in range(50):
        word = generate()
        for typed in (word, word.lower(), word.replace("-", ""), word[:-1] + ("A" if word[-1] != "A" else "B")):
            assert refusal(typed, ()) is Refusal.SAME


@given(st.text(max_size=LONGEST + 20))
def test_any_text_is_judged_without_a_fault(typed: str) -> None:
    assert set(unmet(typed)) <= set(Rule)
    assert refusal(typed, PERSONAL) in (None, *Refusal)


@pytest.fixture(scope="module")
def hasher() -> Hasher:
    return Hasher(time_cost=1, memory_kib=8)


def test_a_password_is_kept_as_argon2id_with_the_parameters_of_owasp() -> None:
    assert Hasher().hash(GOOD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@given(st.text(max_size=LONGEST))
def test_a_word_is_verified_as_it_was_typed(hasher: Hasher, word: str) -> None:
    stored = hasher.hash(word)
    assert hasher.verify(stored, word)
    assert not hasher.verify(stored, word + "x")


def test_a_phone_and_a_computer_type_the_same_word(hasher: Hasher) -> None:
    assert hasher.verify(hasher.hash("E\u0301te\u0301-bleu-42"), "Été-bleu-42")


def test_nothing_is_trimmed_and_case_counts(hasher: Hasher) -> None:
    stored = hasher.hash(GOOD)
    assert [typed for typed in (GOOD + " ", " " + GOOD, GOOD.lower()) if hasher.verify(stored, typed)] == []


def test_nobody_s_password_is_no_password(hasher: Hasher) -> None:
    assert [word for word in ("", GOOD, "nobody has this password") if hasher.verify(None, word)] == []
    assert not hasher.verify("not a hash", GOOD)


def test_a_hash_of_other_parameters_wants_to_be_made_anew(hasher: Hasher) -> None:
    assert Hasher(time_cost=2, memory_kib=8).is_old(hasher.hash(GOOD))
    assert not hasher.is_old(hasher.hash(GOOD))
