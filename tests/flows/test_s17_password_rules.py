"""S17: the provisional password must be changed: 8 characters at least, of digits, capitals, lower case and signs."""

from __future__ import annotations

import pytest

from idp.accounts.grammar import ALPHABET, Fit
from idp.accounts.provisional import fit
from tests.flows.story import path, rows, says, sentence, shown
from tests.support.browser import Browser
from tests.support.house import CARD, PASSWORD, Running, change_password, enroll, sign_in

GRAMMAR = next(word for word in ("bcde-FGHJ-KLMN-PQRS-TU2" + c for c in ALPHABET) if fit(word) is Fit.RIGHT)
"""Of the four kinds, and yet a provisional password."""
MISTYPED = GRAMMAR[:-1] + next(c for c in ALPHABET if c != GRAMMAR[-1])

MISSING = {
    "Ab1-xyz": ("length",),
    "Tracteur-bleu": ("digit",),
    "tracteur-bleu-42": ("upper",),
    "TRACTEUR-BLEU-42": ("lower",),
    "Tracteurbleu42": ("special",),
    "tracteur": ("digit", "upper", "special"),
    "é": ("length", "digit", "upper", "special"),
}
UNSETTABLE = {
    GRAMMAR: "same",
    MISTYPED: "same",
    "Vasseur-2026!": "personal",
    "Le-VASSEUR-du-59": "personal",
    "Câmïlle-est-là-1": "personal",
    f"Moi-{CARD.nir}!": "personal",
    "Motdepasse1!": "common",
    "Azerty-123": "common",
    "Aa1!" * 80: "long",
}


@pytest.fixture
def owing(light: Running, browser: Browser) -> Browser:
    enroll(browser, mail="c.vass@courriel.example")
    sign_in(browser, light.deliver()[-1])
    assert path(browser) == "/mot-de-passe"
    return browser


def test_each_rule_that_is_not_met_is_named(owing: Browser) -> None:
    for typed, missing in MISSING.items():
        change_password(owing, typed)
        assert shown(owing).status == 422, typed
        named = ", ".join(sentence(f"password.rules.{rule}").partition(",")[0] for rule in missing)
        assert says(owing, "password.error.rules", missing=named), typed
        unmet = [rule for rule in ("length", "digit", "upper", "lower", "special") if lacks(owing, rule)]
        assert unmet == list(missing), typed


def lacks(browser: Browser, rule: str) -> bool:
    return f"{sentence('password.rules.unmet')} {sentence(f'password.rules.{rule}')}" in shown(browser).text


def test_words_that_follow_the_rules_but_give_no_safety_are_refused(light: Running, owing: Browser) -> None:
    for typed, why in UNSETTABLE.items():
        change_password(owing, typed)
        assert shown(owing).status == 422, typed
        assert says(owing, f"password.error.{why}", max=256), typed
        assert typed not in shown(owing).response.text
    assert rows(light, "SELECT * FROM passwords") == []


def test_the_word_is_typed_twice_alike(light: Running, owing: Browser) -> None:
    for again, message in (("", "again_missing"), (PASSWORD + " ", "mismatch"), (PASSWORD.lower(), "mismatch")):
        owing.submit({"new_password": PASSWORD, "new_password_again": again})
        assert shown(owing).status == 422
        assert says(owing, f"password.error.{message}")
    owing.submit()
    assert says(owing, "password.error.missing")
    assert rows(light, "SELECT * FROM passwords") == []


@pytest.mark.parametrize(
    "word", ["Cheval-42", " Espaces autour 1! ", "Ñandú-Ωmega-7", "Aab1!cDé" * 32, "Ｃｈａｒｒｕｅ-42"]
)
def test_any_other_word_of_the_four_kinds_is_taken_and_signs_in(light: Running, owing: Browser, word: str) -> None:
    change_password(owing, word)
    assert path(owing) == "/espace"
    with light.browser() as later:
        sign_in(later, word)
        assert path(later) == "/espace"


def test_the_change_opens_the_account_and_verifies_the_address_used(light: Running, owing: Browser) -> None:
    columns = "SELECT epoch, opened_at IS NULL, email, phone FROM accounts"
    assert rows(light, columns) == [(0, 1, None, None)]
    change_password(owing)
    assert rows(light, columns) == [(1, 0, "c.vass@courriel.example", "+33639981234")]
