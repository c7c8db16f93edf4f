"""One Chromium and one demo for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.demo import Demo, Row, running_demo
from tests.browser.visitor import Visitor
from tests.support.chromium import chromium as chromium_of_debian
from tests.support.chromium import window

# The package, not the session: Playwright keeps an event loop in this thread, which other tests must not meet.


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with chromium_of_debian() as browser:
        yield browser


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo for all of these tests in whatever order: each has members of its own, or uses ``member``."""
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    opened = window(chromium)
    yield opened
    opened.close()


@pytest.fixture(scope="package")
def member(chromium: Browser, demo: Demo) -> Row:
    """Somebody whose private space is open, with ``PASSWORD``; no test may change that for another."""
    row = demo.member("Particulier corse (2A)")
    context = window(chromium)
    Visitor.open(context, demo).open_account(row, "ghjuvan@courriel.example")
    context.close()
    return row


@pytest.fixture
def visitor(context: BrowserContext, demo: Demo) -> Visitor:
    return Visitor.open(context, demo)
