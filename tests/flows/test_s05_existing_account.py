"""S5: the number of an existing account leads to an invitation to sign in, on a view of its own, never a dead end."""

from __future__ import annotations

from tests.flows.story import enroll_to, path, rows, says, sentence, shown
from tests.support.browser import Browser
from tests.support.house import BACK, CARD, PASSWORD, Running, change_password, enroll, open_account, sign_in


def type_number(browser: Browser) -> None:
    enroll_to(browser, "identifiant")
    browser.submit({"nir": CARD.nir})


def test_an_open_account_invites_to_sign_in_and_has_no_second_door(light: Running, browser: Browser) -> None:
    open_account(light)
    type_number(browser)
    assert says(browser, "enrollment.existing.text")
    assert not says(browser, "enrollment.existing.second_door")
    assert ("/connexion", "Me connecter à ce compte") in shown(browser).links
    browser.submit({"action": "not_received"}, action="/inscription/retour")
    browser.submit({"nir": CARD.nir, "action": "not_received"})
    browser.get("/inscription/documents")
    assert path(browser) == "/inscription/identifiant", "nobody enrolls over an open account"
    assert len(light.deliver()) == 1


def test_the_invitation_leads_to_the_forgotten_password_too_and_back_into_the_space(
    light: Running, browser: Browser
) -> None:
    open_account(light)
    (confirmation,) = light.letters()
    type_number(browser)
    links = {word: href for href, word in shown(browser).links}
    browser.get(links[sentence("enrollment.existing.forgotten")])
    assert path(browser) == "/mot-de-passe/oublie/numero"
    browser.submit({"nir": CARD.nir})
    browser.submit({"answer": CARD.serial})
    assert says(browser, "reset.sent.text")
    (word,) = (letter for letter in light.letters() if letter != confirmation)
    sign_in(browser, word)
    change_password(browser, "Moisson-rouge-77")
    assert path(browser) == "/espace"


def test_the_invitation_lets_another_number_be_typed(light: Running, browser: Browser) -> None:
    open_account(light)
    type_number(browser)
    browser.submit(action="/inscription/retour")
    assert says(browser, "enrollment.identifier.title")
    browser.submit({"nir": BACK.nir})
    assert path(browser) == "/inscription/documents"


def test_a_delivery_on_its_way_has_two_doors(light: Running, browser: Browser) -> None:
    enroll(browser)
    with light.browser() as later:
        type_number(later)
        assert says(later, "enrollment.existing.waiting")
        assert ("/connexion", "Me connecter à ce compte") in shown(later).links
        later.get("/inscription/documents")
        assert path(later) == "/inscription/identifiant", "the door has to be chosen"
        later.submit({"action": "not_received"})
        assert path(later) == "/inscription/documents"


def test_behind_the_second_door_the_question_is_asked_again_before_anything_leaves(
    light: Running, browser: Browser
) -> None:
    enroll(browser)
    light.deliver()
    with light.browser() as later:
        enroll_to(later, "verification")
        assert len(light.deliver()) == 1
        later.submit({"answer": "99999999999"})
        assert says(later, "enrollment.letter.wrong")
        assert len(light.deliver()) == 1


def test_both_passwords_work_until_the_change_and_neither_after(light: Running, browser: Browser) -> None:
    enroll(browser)
    light.deliver()
    with light.browser() as later:
        enroll_to(later, "envoi")
    first, second = light.deliver()
    assert first != second
    with light.browser() as one, light.browser() as two:
        sign_in(one, first)
        sign_in(two, second)
        assert (path(one), path(two)) == ("/mot-de-passe", "/mot-de-passe")
        change_password(two)
        assert path(two) == "/espace"
    for word in (first, second):
        with light.browser() as again:
            sign_in(again, word)
            assert says(again, "signin.error.refused")
    assert rows(light, "SELECT count(*) FROM provisionals") == [(0,)]
    with light.browser() as own:
        sign_in(own, PASSWORD)
        assert path(own) == "/espace"
