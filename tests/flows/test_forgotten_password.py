"""Forgotten password: number, question, and another provisional password to where it may go (design section 5)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from idp.demo.person import Person
from idp.kernel.clock import DAY, HOUR, MINUTE
from tests.flows.story import WRONG, enroll_to, path, plain, rows, says, sentence, shown
from tests.support.browser import Browser
from tests.support.clock import FakeClock
from tests.support.house import (
    BACK,
    CARD,
    MAIL,
    PASSWORD,
    Running,
    change_password,
    open_account,
    running_house,
    sign_in,
)

NEW = "Moisson-rouge-77"


@pytest.fixture
def opened(running: Running) -> Running:
    """A house with one open account, whose address was verified eight days ago."""
    open_account(running)
    running.letters()
    running.clock.advance(8 * DAY)
    return running


def ask(browser: Browser, person: Person = CARD, answer: str | None = None) -> None:
    """Walk from the sign-in page to the end of the demand."""
    browser.get("/connexion")
    (address,) = [href for href, words in shown(browser).links if plain(words) == sentence("signin.forgotten")]
    browser.get(address)
    browser.submit({"nir": person.nir})
    if path(browser).endswith("/verification"):
        browser.submit({"answer": person.answer if answer is None else answer})


def test_it_goes_to_the_address_verified_for_more_than_a_week_and_a_letter_tells_of_it(opened: Running) -> None:
    before = len(opened.letters())
    with opened.browser() as browser:
        ask(browser)
        assert says(browser, "reset.sent.text")
        assert MAIL not in shown(browser).text
        word = opened.deliver()[-1]
        assert len(opened.letters()) == before + 1
        sign_in(browser, word)
        change_password(browser, NEW)
        assert path(browser) == "/espace"
    opened.post.run_once()
    told = str(opened.smtp.messages[-1]["subject"])
    assert told == "Votre mot de passe a changé"


def test_nothing_changes_until_the_new_one_is_set(opened: Running) -> None:
    with opened.browser() as inside, opened.browser() as forgetful:
        sign_in(inside, PASSWORD)
        ask(forgetful)
        word = opened.deliver()[-1]
        sign_in(forgetful, word)
        assert path(forgetful) == "/mot-de-passe"
        inside.get("/espace")
        assert path(inside) == "/espace"
        with opened.browser() as old:
            sign_in(old, PASSWORD)
            assert path(old) == "/espace"
        change_password(forgetful, NEW)
        inside.get("/espace")
        assert path(inside) == "/connexion"
        sign_in(inside, PASSWORD)
        assert says(inside, "signin.error.refused")


def test_a_young_address_gets_nothing_and_a_letter_leaves(running: Running) -> None:
    open_account(running)
    (confirmation,) = running.letters()
    running.clock.advance(7 * DAY - HOUR)
    mails = len(running.deliver())
    with running.browser() as browser:
        ask(browser)
        assert says(browser, "reset.sent.text")
        (word,) = (letter for letter in running.letters() if letter != confirmation)
        assert len(running.deliver()) == mails
        assert str(running.smtp.messages[-1]["subject"]) == "Un nouveau mot de passe a été demandé"
        sign_in(browser, word)
        change_password(browser, NEW)
        assert path(browser) == "/espace"


def test_a_wrong_answer_is_told_the_same_and_brings_a_letter_to_the_address_on_record(opened: Running) -> None:
    mails, letters = len(opened.deliver()), len(opened.letters())
    with opened.browser() as browser:
        ask(browser, answer=WRONG)
        assert says(browser, "reset.sent.text")
    assert len(opened.letters()) == letters + 1
    assert len(opened.deliver()) == mails
    assert rows(opened, "SELECT address FROM deliveries WHERE channel = 'post'") == [(None,)]


def test_an_account_never_opened_is_led_to_the_sign_up(light: Running, browser: Browser) -> None:
    ask(browser, BACK)
    assert says(browser, "reset.unopened.title")
    browser.submit(action="/mot-de-passe/oublie/retour")
    assert path(browser) == "/mot-de-passe/oublie/numero"
    with light.browser() as waiting:
        enroll_to(waiting, "envoi")
        ask(waiting)
        assert says(waiting, "reset.unopened.title"), "a password on its way opens nothing yet"
    assert rows(light, "SELECT count(*) FROM deliveries") == [(1,)]


def test_nothing_can_be_typed_or_changed_on_the_way(light: Running, browser: Browser) -> None:
    open_account(light)
    light.clock.advance(8 * DAY)
    ask(browser)
    for slug in ("coordonnees", "messagerie", "conditions", "profil", "documents"):
        browser.get(f"/mot-de-passe/oublie/{slug}")
        assert path(browser) == "/mot-de-passe/oublie/envoi", slug
    light.post.run_once()
    recipients = {rcpt for envelope in light.smtp.envelopes for rcpt in envelope.rcpt_tos}
    assert recipients == {MAIL}
    assert rows(light, "SELECT email, phone FROM accounts") == [(MAIL, "+33639981234")]


def test_asking_again_and_again_sends_no_more_than_the_tries_and_the_budgets_allow(light: Running) -> None:
    open_account(light)
    light.clock.advance(8 * DAY)
    for _ in range(12):
        with light.browser() as browser:
            ask(browser)
        light.clock.advance(10 * MINUTE)
    assert len(light.deliver()) <= 11
    for _ in range(3):
        with light.browser() as browser:
            ask(browser, answer=WRONG)
    light.post.run_once()
    assert rows(light, "SELECT count(*) FROM deliveries WHERE channel = 'post'") == [(1,)]


def test_a_frozen_account_gets_a_letter_and_no_mail(light: Running) -> None:
    open_account(light)
    light.clock.advance(8 * DAY)
    ((account,),) = rows(light, "SELECT id FROM accounts")
    with light.house.begin() as unit:
        assert unit.freezing.freeze(account, light.clock.now())
    mails = len(light.deliver())
    with light.browser() as browser:
        ask(browser)
        assert says(browser, "reset.sent.text")
    light.post.run_once()
    assert len(light.deliver()) == mails
    assert rows(light, "SELECT count(*) FROM deliveries WHERE channel = 'post'") == [(1,)]


def test_enrollment_and_recovery_do_not_share_what_was_proven(light: Running, browser: Browser) -> None:
    open_account(light)
    light.clock.advance(8 * DAY)
    browser.get("/mot-de-passe/oublie")
    browser.submit({"nir": CARD.nir})
    browser.get("/mot-de-passe/oublie")
    assert says(browser, "reset.resume.title")
    browser.get("/inscription")
    assert path(browser) == "/inscription/profil", "nothing of it is an enrollment's"


def test_an_account_frozen_before_it_opened_gets_its_letter_where_all_see_the_same(
    sqlite_template: Path, clock: FakeClock, tmp_path: Path
) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    url = f"sqlite:///{tmp_path / 'idp.db'}"
    with running_house(url, clock, tmp_path, enrollment_disclosure="uniform") as house, house.browser() as browser:
        enroll_to(browser, "envoi")
        (confirmation,) = house.letters()
        browser.get("/securite/gel")
        browser.submit({"code": confirmation})
        assert says(browser, "freeze.done.title")
        ask(browser)
        assert says(browser, "reset.sent.text")
        assert [letter for letter in house.letters() if letter != confirmation], "the way back"
