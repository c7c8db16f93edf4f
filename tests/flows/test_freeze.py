"""A confirmation letter, and its code that shuts the account at any hour (``/securite/gel``)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from idp.accounts import freeze
from idp.demo.person import Person
from idp.kernel.clock import DAY, MINUTE
from tests.flows.story import CONTACT, WORDS, enroll_to, path, plain, rows, says, shown
from tests.support.browser import Browser
from tests.support.clock import FakeClock
from tests.support.house import (
    CARD,
    MAIL,
    PASSWORD,
    PAYMENT,
    Running,
    change_password,
    enroll,
    open_account,
    running_house,
    sign_in,
)


def use(running: Running, code: str) -> Browser:
    """Type a code in a browser of its own."""
    with running.browser() as browser:
        browser.get("/securite/gel")
        browser.submit({"code": code})
        return browser


@pytest.fixture
def code(running: Running) -> str:
    """The code of the letter that confirms an account, open by now."""
    open_account(running)
    (found,) = running.letters()
    return found


def test_each_sign_up_by_mail_is_confirmed_by_a_letter_to_the_address_on_record(light: Running) -> None:
    with light.browser() as browser:
        enroll(browser)
        assert says(browser, "enrollment.sending.confirmation")
    (code,) = light.letters()
    assert freeze.fit(code) is freeze.fit(freeze.generate())
    assert rows(light, "SELECT count(*) FROM freeze_codes") == [(1,)]
    assert code not in str(rows(light, "SELECT * FROM freeze_codes"))


def test_the_code_shuts_the_account_for_everybody(running: Running, code: str) -> None:
    with running.browser() as inside:
        sign_in(inside, PASSWORD)
        assert path(inside) == "/espace"
        typed = f" {code.lower().replace('-', ' ')}"
        assert says(use(running, typed), "freeze.done.title")
        inside.get("/espace")
        assert path(inside) == "/connexion"
        sign_in(inside, PASSWORD)
        assert says(inside, "signin.error.locked", phone=CONTACT)
    ((epoch, kept),) = rows(running, "SELECT epoch, (SELECT count(*) FROM passwords) FROM accounts")
    assert (epoch, kept) == (2, 1), "nothing is deleted"


def test_a_password_still_on_its_way_dies_with_the_freeze(light: Running) -> None:
    with light.browser() as browser:
        enroll(browser)
        (word,) = light.deliver()
        (code,) = light.letters()
        assert says(use(light, code), "freeze.done.title")
        sign_in(browser, word)
        assert says(browser, "signin.error.refused")
        browser.get("/inscription")
    assert light.deliver() == [word]


def test_a_letter_opens_it_again_and_the_mail_address_of_before_proves_nothing_any_more(
    running: Running, code: str
) -> None:
    use(running, code)
    running.clock.advance(8 * DAY)
    with running.browser() as browser:
        enroll_to(browser, "identifiant")
        browser.submit({"nir": CARD.nir})
        assert says(browser, "enrollment.frozen.title")
        browser.submit({"action": "not_received"})
        browser.submit()
        browser.submit({"email": "autre@courriel.example", "phone": "0639981234"})
        assert says(browser, "enrollment.letter.no_question"), "no question opens a frozen account"
        (word,) = (letter for letter in running.letters() if letter != code)
        sign_in(browser, word)
        assert path(browser) == "/mot-de-passe"
        browser.get("/espace")
        assert path(browser) == "/mot-de-passe"
        change_password(browser, "Moisson-rouge-77")
        assert path(browser) == "/espace"
    assert rows(running, "SELECT frozen_at, email, email_verified_at FROM accounts") == [(None, None, None)]
    with running.browser() as browser:
        sign_in(browser, PASSWORD)
        assert path(browser) == "/connexion", "the password of before is gone"
        sign_in(browser, "Moisson-rouge-77")
        assert path(browser) == "/espace"


def test_a_second_code_ends_a_thief_s_way_back_and_the_burned_letter_is_owed_anew(light: Running) -> None:
    open_account(light)
    light.letters()
    light.clock.advance(8 * DAY)
    with light.browser() as forgetful:
        forgetful.get("/mot-de-passe/oublie")
        forgetful.submit({"nir": CARD.nir})
        forgetful.submit({"answer": CARD.serial})
    first, second = light.letters()
    use(light, first)
    mails = len(light.smtp.messages)
    with light.browser() as thief:
        ask_for_a_letter(thief)
        (word,) = set(light.letters()) - {first, second}
        sign_in(thief, word)
        assert path(thief) == "/mot-de-passe"
        assert says(use(light, second), "freeze.done.title")
        change_password(thief, "Voleur-noir-99")
        assert path(thief) == "/connexion"
        sign_in(thief, word)
        assert says(thief, "signin.error.refused")
    assert len(light.smtp.messages) == mails, "the mailbox of before hears nothing of the way back"
    with light.browser() as owner:
        ask_for_a_letter(owner)
        (again,) = set(light.letters()) - {first, second, word}
        sign_in(owner, again)
        change_password(owner, "Moisson-rouge-77")
        assert path(owner) == "/espace"


def ask_for_a_letter(browser: Browser) -> None:
    """Enroll again on a frozen account: no question opens it."""
    enroll_to(browser, "identifiant")
    browser.submit({"nir": CARD.nir})
    browser.submit({"action": "not_received"})
    browser.submit()
    browser.submit({"email": "autre@courriel.example", "phone": "0639981234"})
    assert says(browser, "enrollment.letter.title")


def test_a_code_works_once_for_ninety_days_and_a_second_click_is_told_the_same(light: Running) -> None:
    open_account(light)
    (code,) = light.letters()
    light.clock.advance(89 * DAY)
    assert says(use(light, code), "freeze.done.title")
    assert says(use(light, code), "freeze.done.title"), "a second click"
    ((account,),) = rows(light, "SELECT id FROM accounts")
    with light.house.begin() as unit:
        assert unit.freezing.thaw(account)
    again = use(light, code)
    assert shown(again).status == 422
    assert says(again, "freeze.error.refused", phone=CONTACT)
    assert rows(light, "SELECT frozen_at FROM accounts") == [(None,)]


def test_a_code_past_its_ninety_days_shuts_nothing(light: Running) -> None:
    open_account(light)
    (code,) = light.letters()
    light.clock.advance(92 * DAY)
    assert says(use(light, code), "freeze.error.refused", phone=CONTACT)
    assert rows(light, "SELECT frozen_at FROM accounts") == [(None,)]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "freeze.error.missing"),
        ("   ", "freeze.error.missing"),
        ("bonjour", "freeze.error.shape"),
        ("K7PM-3RWX-9HTN-C4WD-F6YA", "freeze.error.shape"),
        ("x" * 5000, "freeze.error.shape"),
        ("ABCDE-FGHJA", "freeze.error.mistyped"),
    ],
)
def test_what_is_no_code_is_told_and_costs_no_try(light: Running, typed: str, message: str) -> None:
    for _ in range(12):
        refused = use(light, typed)
        assert shown(refused).status == 422
        assert says(refused, message)


def test_guesses_have_a_budget_of_their_source(light: Running) -> None:
    open_account(light)
    (code,) = light.letters()
    codes = [freeze.generate() for _ in range(10)]
    assert all(says(use(light, guess), "freeze.error.refused", phone=CONTACT) for guess in codes)
    refused = use(light, code)
    assert shown(refused).status == 429
    assert says(refused, "freeze.error.throttled", minutes=5)
    assert rows(light, "SELECT frozen_at FROM accounts") == [(None,)]
    light.clock.advance(5 * MINUTE)
    assert says(use(light, code), "freeze.done.title")


def test_no_letter_confirms_more_often_than_once_a_week(light: Running) -> None:
    for day in range(9):
        with light.browser() as browser:
            enroll_to(browser, "envoi")
        expected = 1 if day < 7 else 2
        assert len(light.letters()) == expected, day
        light.clock.advance(DAY)


@pytest.mark.parametrize(("person", "letters"), [(CARD, 0), (PAYMENT, 1)], ids=["card", "amount"])
def test_the_operator_may_leave_it_out_but_not_for_an_amount(
    sqlite_template: Path, clock: FakeClock, tmp_path: Path, person: Person, letters: int
) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    url = f"sqlite:///{tmp_path / 'idp.db'}"
    with running_house(url, clock, tmp_path, confirmation_letters="amount") as house, house.browser() as browser:
        enroll_to(browser, "envoi", person)
        assert says(browser, "enrollment.sending.confirmation") is bool(letters)
        assert len(house.letters()) == letters


def test_the_page_shows_nothing_of_the_account(running: Running, code: str) -> None:
    done = use(running, code)
    body = shown(done).text
    assert [part for part in (CARD.birth_name, CARD.nir, MAIL, code) if part in body] == []
    assert plain(WORDS("freeze.done.text")) in body
