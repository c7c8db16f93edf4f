"""Consent, the form-post page and a device's code in a real Chromium, which runs the one script under its policy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from shutil import copyfile
from typing import ClassVar
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.looking import Eyes
from tests.conformance.test_device import Device, begin
from tests.conformance.world import World
from tests.support.clock import FakeClock
from tests.support.house import CARD, PASSWORD, open_account, running_house

pytestmark = pytest.mark.browser


NAME = "Comptoir coopératif des Semences et des Plants de Thiérache"
"""As long as a name is shown."""


class Callback(BaseHTTPRequestHandler):
    """A portal's redirect URI: remembers what was posted to it."""

    posted: ClassVar[list[dict[str, list[str]]]] = []

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        self.posted.append(parse_qs(self.rfile.read(length).decode(), keep_blank_values=True))
        body = b"<!doctype html><title>Portail</title><h1>Recu</h1>"
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name of the base class)
        """Say nothing."""


@contextmanager
def callback() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Callback)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/retour?page=a&b"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture
def world(sqlite_template: Path, tmp_path: Path) -> Iterator[World]:
    copyfile(sqlite_template, tmp_path / "idp.db")
    with running_house(f"sqlite:///{tmp_path / 'idp.db'}", FakeClock(), tmp_path) as running:
        open_account(running)
        found = World(running)
        yield found
        found.close()


def sign_in(page: Page) -> None:
    page.locator("#identifier").fill(CARD.nir)
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()


def test_consent_then_the_answer_is_posted_by_the_script(world: World, context: BrowserContext) -> None:
    page = context.new_page()
    eyes = Eyes(page, "consent")
    with callback() as uri:
        portal = world.portal(
            scope="openid profile email phone address offline_access",
            idp_scopes_allowed=["openid", "profile", "email", "phone", "address", "offline_access"],
            client_name=NAME,
            redirect_uris=[uri],
            idp_first_party=False,
            policy_uri="https://comptoir.example/donnees",
            tos_uri="https://comptoir.example/conditions",
        )
        attempt = portal.start(response_mode="form_post", state='a "b" & <c> é')
        page.goto(attempt.url)
        eyes.look("signin", "Connectez-vous", dark=True)
        sign_in(page)
        eyes.look("consent", f"Autoriser {NAME}\u00a0?", dark=True)
        page.locator("#allow").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Recu")
        (posted,) = Callback.posted
        assert posted["state"] == ['a "b" & <c> é']
        assert posted["iss"] == [world.url]
        portal.tokens(attempt, posted["code"][0])
        page.goto(f"{world.url}/mon-compte")
        eyes.look("account", "Mon compte", dark=True)
        page.get_by_role("button", name="Retirer l’autorisation").click()
        expect(page.get_by_text("ce site n’a plus accès")).to_be_visible()
    Callback.posted.clear()


def test_without_script_the_button_posts_the_answer(world: World, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    with callback() as uri:
        portal = world.portal(redirect_uris=[uri])
        attempt = portal.start(response_mode="form_post")
        page.goto(attempt.url)
        sign_in(page)
        page.get_by_role("button", name="Continuer").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Recu")
        portal.tokens(attempt, Callback.posted[0]["code"][0])
    Callback.posted.clear()
    context.close()


def test_a_device_is_let_in(world: World, context: BrowserContext) -> None:
    maker = world.portal(
        client_name="Station météo",
        redirect_uris=[],
        post_logout_redirect_uris=[],
        grant_types=["urn:ietf:params:oauth:grant-type:device_code"],
        sector_identifier_uri="https://station.example/",
    )
    device = Device(maker, begin(maker, scope="openid profile").json())
    page = context.new_page()
    eyes = Eyes(page, "device")
    page.goto(f"{world.url}/appareil")
    eyes.look("code", "Connecter un appareil", dark=True)
    page.get_by_label("Code affiché par l’appareil").fill(device.user_code.lower())
    page.get_by_role("button", name="Continuer", exact=True).click()
    sign_in(page)
    eyes.look("consent", "Autoriser Station météo\u00a0?", dark=True)
    page.locator("#allow").click()
    eyes.look("done", "Votre appareil est connecté")
    device.tokens()
