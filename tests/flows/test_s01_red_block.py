"""S1: top right of every page a red block with *S'inscrire* and *Se connecter*, on errors too."""

from __future__ import annotations

import re

from sqlalchemy import text

from idp.kernel.clock import HOUR
from tests.flows.story import enroll_to, plain, sentence, shown
from tests.support.browser import Browser, Page
from tests.support.house import CARD, PASSWORD, Running, enroll, open_account, sign_in

PUBLIC = (
    "/",
    "/inscription",
    "/connexion",
    "/deconnexion",
    "/contact",
    "/aide",
    "/conditions-generales",
    "/donnees-personnelles",
    "/mentions-legales",
    "/accessibilite",
)
ENTRIES = {"/inscription": "header.signup", "/connexion": "header.signin"}


def block(page: Page) -> str:
    found: list[str] = re.findall(r'<header.*?(<nav class="block".*?</nav>).*?</header>', page.response.text, re.DOTALL)
    assert len(found) == 1, f"{page.url} {page.status}: {len(found)} blocks"
    return found[0]


def invites(page: Page) -> bool:
    """Tell whether the block has the two entries, each with its own word."""
    links = dict(re.findall(r'<a href="(/[a-z]+)">([^<]+)</a>', block(page)))
    return {href: plain(word) for href, word in links.items()} == {
        href: sentence(message) for href, message in ENTRIES.items()
    }


def test_every_public_page_has_the_two_entries(browser: Browser) -> None:
    assert [path for path in PUBLIC if not invites(browser.get(path))] == []


def test_every_step_of_the_enrollment_has_the_two_entries(browser: Browser) -> None:
    for slug in ("profil", "identifiant", "documents", "coordonnees", "verification", "messagerie", "envoi"):
        enroll_to(browser, slug)
        assert invites(shown(browser)), slug
        browser.client.cookies.clear()


def test_every_error_page_has_the_two_entries(light: Running, browser: Browser) -> None:
    pages = {404: browser.get("/nulle-part"), 405: Page(browser.client.request("DELETE", "/connexion"))}
    pages[415] = Page(browser.client.post("/connexion", content=b"{}", headers={"content-type": "application/json"}))
    pages[400] = browser.post("/connexion", {"form_token": "forged"})
    pages[403] = browser.post("/connexion", {}, {"origin": "https://ailleurs.example"})
    pages[413] = browser.post("/connexion", {"identifier": "1" * 100_000})
    pages[422] = browser.post("/connexion", {"form_token": browser.get("/connexion").form().fields["form_token"]})
    enroll_to(browser, "coordonnees")
    stale = shown(browser)
    browser.submit({"email": "camille@courriel.example", "phone": "0639981234"})
    pages[409] = browser.submit({"email": "camille@courriel.example", "phone": "0639981234"}, page=stale)
    light.clock.advance(HOUR)
    pages[410] = browser.get("/inscription/coordonnees")
    with light.house.database.begin() as connection:
        connection.execute(text("DELETE FROM terms"))
    pages[500] = browser.get("/conditions-generales")
    assert {status: page.status for status, page in pages.items()} == {status: status for status in pages}
    assert [status for status, page in pages.items() if not invites(page)] == []


def test_a_member_who_owes_the_change_can_only_sign_out_there(light: Running, browser: Browser) -> None:
    enroll(browser)
    sign_in(browser, light.deliver()[-1])
    for path in ("/mot-de-passe", "/", "/contact"):
        owing = block(browser.get(path))
        assert "<a " not in owing
        assert sentence("header.signing_in") in owing
        assert 'action="/deconnexion"' in owing


def test_a_member_who_is_in_reads_their_name_and_the_way_to_their_account(light: Running, browser: Browser) -> None:
    open_account(light)
    sign_in(browser, PASSWORD)
    for path in ("/espace", "/", "/contact"):
        greeting = block(browser.get(path))
        assert sentence("header.signed_in_as", name=f"Camille {CARD.birth_name}") in plain(greeting)
        assert 'href="/mon-compte"' in greeting
        assert 'action="/deconnexion"' in greeting
