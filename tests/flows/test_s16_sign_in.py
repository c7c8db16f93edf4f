"""S16: sign in by the link in the mail or by *Se connecter*, with the number and the password given."""

from __future__ import annotations

import re

import pytest

from idp.members.nir import key_of, read_nir
from tests.flows.story import WRONG, enroll_to, path, rows, says, sentence, shown
from tests.support.browser import Browser
from tests.support.house import BACK, CARD, MAIL, PASSWORD, Running, enroll, open_account, sign_in
from tests.support.smtp import part


def test_the_mail_s_only_link_is_the_bare_sign_in_page_and_changes_nothing(light: Running, browser: Browser) -> None:
    enroll(browser)
    light.deliver()
    (mail,) = light.smtp.messages
    for kind in ("plain", "html"):
        assert set(re.findall(r"https?://[^\s\"'<>]+", part(mail, kind))) == {f"{light.url}/connexion"}
    tables = "SELECT * FROM accounts JOIN provisionals ON account_id = accounts.id"
    before = rows(light, tables)
    for _ in range(3):
        with light.browser() as reader:
            reader.get("/connexion")
            assert shown(reader).form().fields["identifier"] == ""
    assert rows(light, tables) == before
    assert rows(light, "SELECT * FROM sessions") == []


def test_se_connecter_on_any_page_leads_there_too_and_the_change_follows(light: Running, browser: Browser) -> None:
    enroll(browser)
    (word,) = light.deliver()
    for page in ("/", "/contact", "/inscription/envoi"):
        browser.get(page)
        assert ("/connexion", sentence("header.signin")) in shown(browser).links, page
    browser.get("/connexion")
    sign_in(browser, word)
    assert path(browser) == "/mot-de-passe"


def test_the_password_of_a_letter_signs_in_as_one_of_a_mail_does(light: Running, browser: Browser) -> None:
    enroll(browser, answer=WRONG)
    (word,) = light.letters()
    sign_in(browser, word.lower().replace("-", " "))
    assert path(browser) == "/mot-de-passe"
    browser.get("/espace")
    assert path(browser) == "/mot-de-passe"
    assert says(browser, "password.forced.title")


@pytest.mark.parametrize(
    "write",
    [
        str.lower,
        lambda word: word.replace("-", ""),
        lambda word: word.replace("-", " ").lower(),
        lambda word: f"  {word}\u00a0",
        lambda word: word.replace("-", "\u2011"),
        lambda word: " ".join(word),
    ],
    ids=["lower case", "no dashes", "spaces", "around", "other dashes", "one by one"],
)
def test_case_dashes_and_spaces_of_the_word_do_not_count(light: Running, browser: Browser, write: object) -> None:
    assert callable(write)
    enroll(browser)
    sign_in(browser, write(light.deliver()[-1]))
    assert path(browser) == "/mot-de-passe"


def test_the_number_may_be_typed_with_spaces_and_key(light: Running, browser: Browser) -> None:
    open_account(light)
    browser.get("/connexion")
    browser.submit({"identifier": f"2 85 03 59 350 117 {key_of(read_nir(CARD.nir))}", "password": PASSWORD})
    assert path(browser) == "/espace"


def test_what_is_missing_is_told_field_by_field(browser: Browser) -> None:
    browser.get("/connexion")
    browser.submit()
    assert says(browser, "signin.error.missing_identifier")
    assert says(browser, "signin.error.missing_password")
    browser.submit({"identifier": "123", "password": "x"})
    assert says(browser, "signin.error.identifier_shape")
    assert shown(browser).form().fields == {
        **shown(browser).form().fields,
        "identifier": "123",
        "password": "",
    }


def test_a_wrong_word_is_refused_alike_whoever_is_typed(light: Running, browser: Browser) -> None:
    open_account(light)
    answers = set()
    for number in (CARD.nir, BACK.nir, "2530749588157"):
        browser.get("/connexion")
        browser.submit({"identifier": number, "password": "Faux-mot-42"})
        page = shown(browser)
        answers.add((page.status, page.text))
    assert len(answers) == 1
    assert says(browser, "signin.error.refused")


def test_one_member_s_word_is_not_another_s(light: Running, browser: Browser) -> None:
    enroll(browser)
    with light.browser() as other:
        enroll(other, BACK, mail="henri@courriel.example")
    first, second = light.deliver()
    sign_in(browser, second, CARD)
    assert says(browser, "signin.error.refused")
    sign_in(browser, first, BACK)
    assert says(browser, "signin.error.refused")


def test_a_sign_in_replaces_whoever_was_in_this_browser(light: Running, browser: Browser) -> None:
    open_account(light)
    open_account(light, BACK, mail="henri@courriel.example")
    sign_in(browser, PASSWORD, CARD)
    former = browser.client.cookies["idp_session"]
    with light.browser() as shared:
        shared.client.cookies.update(browser.client.cookies)
        token = enroll_token(shared)
        shared.post("/connexion", {"form_token": token, "identifier": BACK.nir, "password": PASSWORD})
        assert "Henri Delaunoy" in shown(shared).text
        assert shared.client.cookies["idp_session"] != former
    browser.get("/espace")
    assert path(browser) == "/connexion", "the session that was replaced is over"


def enroll_token(browser: Browser) -> str:
    """Return a form token of this browser, from a page that asks nothing of who is signed in."""
    return browser.get("/deconnexion").form().fields["form_token"]


def test_a_completed_sign_in_takes_the_enrollment_s_cookie_away(light: Running, browser: Browser) -> None:
    enroll_to(browser, "envoi", mail=MAIL)
    sign_in(browser, light.deliver()[-1])
    assert "idp_enrollment" not in browser.client.cookies
