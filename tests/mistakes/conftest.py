"""One provider with two members for the attacks that leave it as it was; the others have a house of their own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.world import World
from tests.races.scene import Scene
from tests.support.browser import Browser
from tests.support.clock import FakeClock
from tests.support.house import BACK, PASSWORD, Running, open_account, running_house, sign_in
from tests.support.portal import Portal
from tests.support.upstream import Federated, federated_house


@pytest.fixture(scope="session")
def attacked(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("mistakes")
    shutil.copyfile(sqlite_template, folder / "idp.db")
    with running_house(f"sqlite:///{folder / 'idp.db'}", FakeClock(), folder) as running:
        open_account(running)
        open_account(running, BACK, mail="henri@courriel.example")
        yield running


@pytest.fixture
def world(attacked: Running) -> Iterator[World]:
    """The provider, an hour later than the attack before: no bucket of that one delays this one."""
    attacked.clock.advance(3_600_000_000)
    found = World(attacked)
    yield found
    found.close()


@pytest.fixture
def portal(world: World) -> Portal:
    return world.portal()


@pytest.fixture
def member(world: World) -> Browser:
    """A browser in which the member is signed in."""
    return world.signed_in()


@pytest.fixture
def nobody(world: World) -> Browser:
    """A browser in which nobody is signed in."""
    return world.browser()


@pytest.fixture
def stranger(world: World) -> Browser:
    """The browser of another member, who is signed in there, and curious."""
    browser = world.browser()
    sign_in(browser, PASSWORD, BACK)
    assert browser.page is not None
    assert browser.page.path == "/espace"
    return browser


@pytest.fixture
def browser(light: Running) -> Iterator[Browser]:
    with light.browser() as opened:
        yield opened


@pytest.fixture
def federated(sqlite_template: Path, tmp_path: Path) -> Iterator[Federated]:
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    with federated_house(f"sqlite:///{tmp_path / 'idp.db'}", tmp_path) as house:
        yield house


@pytest.fixture
def scene(running: Running) -> Iterator[Scene]:
    """An open account, on SQLite and on PostgreSQL: for what happens at the same moment."""
    found = Scene(running)
    found.open_account()
    yield found
    found.close()
