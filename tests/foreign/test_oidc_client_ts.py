"""oidc-client-ts, as its example uses it: a public client in a page of another origin, in Chromium."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.chromium import chromium, window
from tests.support.foreign import Portal, example
from tests.support.house import CARD, MAIL, PASSWORD, Running

pytestmark = [pytest.mark.deep, pytest.mark.browser]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = window(browser)
    yield opened
    opened.close()


@pytest.fixture
def portal(provider: Running) -> Iterator[Portal]:
    with example(provider, "oidc-client-ts") as running:
        yield running


def test_signs_in_refreshes_reads_userinfo_and_signs_out(portal: Portal, context: BrowserContext) -> None:
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda said: complaints.append(said.text))
    sign_in(page, portal)
    first = known(page)
    assert first["claims"]["email"] == MAIL
    assert first["claims"]["name"]
    assert first["refreshed"] == portal.refreshed() == 0
    page.locator("#refresh").click()
    expect(page.locator("#known")).to_contain_text('"refreshed": 1')
    assert portal.refreshed() == 1
    assert known(page)["claims"]["sub"] == first["claims"]["sub"]
    page.locator("#logout").click()
    expect(page.locator("#login")).to_be_visible()
    assert page.url.split("?")[0] == portal.url + "/"
    page.goto(portal.running.url + "/espace")
    expect(page).to_have_url(portal.running.url + "/connexion")
    assert [text for text in complaints if "CORS" in text or "Content Security Policy" in text] == []


def test_learns_that_the_member_signed_out_elsewhere(portal: Portal, context: BrowserContext) -> None:
    page, space = context.new_page(), context.new_page()
    sign_in(page, portal)
    space.goto(portal.running.url + "/espace")
    space.get_by_role("button", name="Se déconnecter").first.click()
    expect(space).to_have_url(portal.running.url + "/deconnexion")
    page.locator("#refresh").click()
    # The refusal is told in words: what the token endpoint answers with 400 can be read from another origin.
    expect(page.locator("#trouble")).to_contain_text("the grant is wrong, spent, expired, revoked")
    expect(page.locator("#login")).to_be_visible()


def sign_in(page: Page, portal: Portal) -> None:
    """Press the portal's button and be the member at the provider."""
    page.goto(portal.url)
    page.locator("#login").click()
    page.get_by_label("Numéro de sécurité sociale", exact=True).fill(CARD.nir)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Se connecter", exact=True).click()
    expect(page.locator("#refresh")).to_be_visible()
    assert page.url == portal.url + "/"


def known(page: Page) -> dict[str, Any]:
    """Return what the page says it knows."""
    told: dict[str, Any] = json.loads(page.locator("#known").inner_text())
    return told
