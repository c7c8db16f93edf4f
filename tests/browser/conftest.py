"""One Chromium and one demo for the tests of this folder."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.browser.demo import Demo, Row, free_ports
from tests.browser.visitor import Visitor

CHROMIUM = "/usr/bin/chromium"
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
PATIENCE_MS = 15_000

# The package, not the session: Playwright keeps an event loop in this thread, which other tests must not meet.


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        expect.set_options(timeout=PATIENCE_MS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = Demo(tmp_path_factory.mktemp("demo"), free_ports())
    try:
        running.start()
        yield running
    finally:
        code = running.stop(signal.SIGTERM)
    assert code == 0


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    opened = _window(chromium)
    yield opened
    opened.close()


@pytest.fixture(scope="package")
def member(chromium: Browser, demo: Demo) -> Row:
    """Somebody whose private space is open, with ``PASSWORD``; no test may change that for another."""
    row = demo.member("Particulier corse (2A)")
    context = _window(chromium)
    Visitor.open(context, demo).open_account(row, "ghjuvan@courriel.example")
    context.close()
    return row


def _window(chromium: Browser) -> BrowserContext:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="fr-FR")
    context.set_default_timeout(PATIENCE_MS)
    return context


@pytest.fixture
def visitor(context: BrowserContext, demo: Demo) -> Visitor:
    return Visitor.open(context, demo)
