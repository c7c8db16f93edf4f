"""The gate as a member meets it: who owes the change reaches three pages alone; new terms wait at the next visit."""

from __future__ import annotations

import pytest

from tests.flows.story import WRONG, enroll_to, path, publish_terms, rows, says, shown
from tests.support.browser import Browser
from tests.support.house import PASSWORD, Running, change_password, enroll, open_account, sign_in

REACHED = {
    "/mot-de-passe": "/mot-de-passe",
    "/deconnexion": "/deconnexion",
    "/conditions": "/mot-de-passe",
    "/espace": "/mot-de-passe",
    "/mon-compte": "/mot-de-passe",
    "/connexion": "/mot-de-passe",
    "/mot-de-passe?request=AAAAAAAAAAAAAAAAAAAAAA": "/mot-de-passe",
}


def accepted(running: Running) -> list[int]:
    return [row[0] for row in rows(running, "SELECT revision FROM terms_acceptances ORDER BY revision")]


@pytest.fixture
def owing(light: Running, browser: Browser) -> Browser:
    enroll(browser)
    sign_in(browser, light.deliver()[-1])
    return browser


@pytest.fixture
def member(light: Running, browser: Browser) -> Browser:
    open_account(light)
    sign_in(browser, PASSWORD)
    return browser


def test_a_session_that_owes_the_change_reaches_its_three_pages_alone(owing: Browser) -> None:
    reached = {address: owing.get(address).path for address in REACHED}
    assert reached == REACHED


def test_a_session_that_owes_the_change_accepts_no_terms_by_posting_them(light: Running, owing: Browser) -> None:
    publish_terms(light, 2)
    token = shown(owing).form().fields["form_token"]
    owing.post("/conditions", {"form_token": token, "revision": "2", "accept": "yes"})
    assert path(owing) == "/mot-de-passe"
    assert accepted(light) == [1]


def test_signing_out_instead_of_changing_changes_nothing(light: Running, owing: Browser) -> None:
    owing.submit(action="/deconnexion")
    assert says(owing, "signout.done.title")
    owing.get("/mot-de-passe")
    assert path(owing) == "/connexion"
    sign_in(owing, light.deliver()[-1])
    assert path(owing) == "/mot-de-passe", "the password still works"


def test_the_change_ends_every_other_browser_s_session_and_keeps_this_one(light: Running, owing: Browser) -> None:
    before = owing.client.cookies["idp_session"]
    with light.browser() as other:
        sign_in(other, light.deliver()[-1])
        waiting = shown(other)
        change_password(owing)
        assert path(owing) == "/espace"
        assert owing.client.cookies["idp_session"] != before
        change_password(other, "Charrue-rouge-7")
        other.submit({"new_password": "Charrue-7", "new_password_again": "Charrue-7"}, page=waiting)
        assert path(other) == "/connexion"
    owing.get("/espace")
    assert path(owing) == "/espace"
    with light.browser() as later:
        sign_in(later, PASSWORD)
        assert path(later) == "/espace", "the first change stands"


def test_the_cookie_of_before_the_change_opens_nothing(light: Running, owing: Browser) -> None:
    before = owing.client.cookies["idp_session"]
    change_password(owing)
    with light.browser() as thief:
        thief.client.cookies.set("idp_session", before)
        for address in ("/espace", "/mot-de-passe", "/conditions"):
            assert thief.get(address).path == "/connexion"


def test_the_change_page_is_closed_to_a_member_who_owes_nothing(light: Running, member: Browser) -> None:
    for address in ("/mot-de-passe", "/conditions", "/connexion"):
        assert member.get(address).path == "/espace"
    hashed = rows(light, "SELECT hash FROM passwords")
    token = member.get("/deconnexion").form().fields["form_token"]
    member.post(
        "/mot-de-passe", {"form_token": token, "new_password": "Charrue-7!", "new_password_again": "Charrue-7!"}
    )
    assert path(member) == "/espace"
    assert rows(light, "SELECT hash FROM passwords") == hashed


def test_terms_published_are_asked_at_the_next_visit(light: Running, member: Browser) -> None:
    publish_terms(light, 2)
    member.get("/espace")
    assert path(member) == "/conditions"
    assert says(member, "terms.new.title")
    member.submit()
    assert shown(member).status == 422
    assert says(member, "terms.error.missing")
    assert accepted(light) == [1]
    member.submit({"accept": "yes"})
    assert path(member) == "/espace"
    assert accepted(light) == [1, 2]


def test_only_the_text_that_was_shown_is_accepted(light: Running, member: Browser) -> None:
    publish_terms(light, 2)
    member.get("/espace")
    publish_terms(light, 3)
    member.submit({"accept": "yes"})
    assert path(member) == "/conditions"
    assert accepted(light) == [1]
    member.submit({"accept": "yes"})
    assert path(member) == "/espace"
    assert accepted(light) == [1, 3]


def test_refusing_the_terms_signs_out(light: Running, member: Browser) -> None:
    publish_terms(light, 2)
    member.get("/espace")
    member.submit(action="/deconnexion")
    member.get("/espace")
    assert path(member) == "/connexion"
    assert accepted(light) == [1]


def test_a_posted_password_asks_for_the_change_then_for_the_first_terms(light: Running, browser: Browser) -> None:
    enroll_to(browser, "verification")
    browser.submit({"answer": WRONG})
    (word,) = light.letters()
    sign_in(browser, word)
    assert path(browser) == "/mot-de-passe"
    change_password(browser)
    assert path(browser) == "/conditions"
    assert says(browser, "terms.first.title")
    browser.get("/espace")
    assert path(browser) == "/conditions"
    browser.submit({"accept": "yes"})
    assert path(browser) == "/espace"
    assert rows(light, "SELECT email, phone FROM accounts") == [(None, None)], "nothing typed without a proof is kept"
