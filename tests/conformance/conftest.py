"""One provider for all of these tests in a process, with one open account; each test brings clients and browsers.

Time only goes forward, so that no test minds what another did; nothing here freezes, removes or publishes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from idp.kernel import log
from tests.conformance.faulty import Faulty
from tests.conformance.stranger import Stranger
from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.clock import FakeClock
from tests.support.house import CARD, Running, open_account, running_house
from tests.support.portal import Portal
from tests.support.upstream import Federated, federated_house


@pytest.fixture(scope="session")
def provider(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("conformance")
    shutil.copyfile(sqlite_template, folder / "idp.db")
    with running_house(f"sqlite:///{folder / 'idp.db'}", FakeClock(), folder) as running:
        open_account(running)
        yield running

@pytest.fixture
def world(provider: Running) -> Iterator[World]:
    """The provider, a second later than the test before."""
    provider.clock.advance(1_000_000)
    found = World(provider)
    yield found
    found.close()

@pytest.fixture
def portal(world: World) -> Portal:
    """A usual portal."""
    return world.portal()

@pytest.fixture
def member(world: World) -> Browser:
    """A browser in which the member is signed in."""
    return world.signed_in()

@pytest.fixture
def nobody(world: World) -> Browser:
    """A browser in which nobody is signed in."""
    return world.browser()

@pytest.fixture(scope="session")
def upstairs(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federated]:
    """One provider with the mock FranceConnect upstream and a linked account, for all the faults in a process."""
    folder = tmp_path_factory.mktemp("upstairs")
    shutil.copyfile(sqlite_template, folder / "idp.db")
    with federated_house(f"sqlite:///{folder / 'idp.db'}", folder) as house:
        house.link()
        yield house

@pytest.fixture
def faulty(upstairs: Federated) -> Iterator[Faulty]:
    """That provider, as if nothing had gone wrong before."""
    found = Faulty(upstairs, StringIO())
    log.configure(stream=found.logged, json=True)
    found.ready()
    yield found
    log.configure(json=True)

@pytest.fixture
def cold(sqlite_template: Path, tmp_path: Path) -> Iterator[Federated]:
    """Such a provider that never asked its upstream anything; nobody is linked."""
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    with federated_house(f"sqlite:///{tmp_path / 'idp.db'}", tmp_path) as house:
        house.choose(CARD)
        yield house


def _registering(sqlite_template: Path, folder: Path, **settings: object) -> Iterator[Running]:
    shutil.copyfile(sqlite_template, folder / "idp.db")
    with running_house(f"sqlite:///{folder / 'idp.db'}", FakeClock(), folder, **settings) as running:
        open_account(running)
        yield running


@pytest.fixture(scope="session")
def open_to_all(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    yield from _registering(sqlite_template, tmp_path_factory.mktemp("open"), registration="open")


@pytest.fixture(scope="session")
def open_for_certification(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("open-certified")
    yield from _registering(sqlite_template, folder, registration="open", certification=True)


@pytest.fixture(scope="session")
def open_by_token(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    yield from _registering(sqlite_template, tmp_path_factory.mktemp("token"), registration="token")


def _stranger(running: Running) -> Iterator[Stranger]:
    running.clock.advance(1_000_000)
    world = World(running)
    found = Stranger(world)
    yield found
    found.close()
    world.close()


@pytest.fixture
def stranger(open_to_all: Running) -> Iterator[Stranger]:
    """Somebody at a provider where anybody may register."""
    yield from _stranger(open_to_all)


@pytest.fixture
def certifier(open_for_certification: Running) -> Iterator[Stranger]:
    """Somebody at one that is up for certification besides."""
    yield from _stranger(open_for_certification)


@pytest.fixture
def invited(open_by_token: Running) -> Iterator[Stranger]:
    """Somebody at one where the operator lets portals register, one by one."""
    yield from _stranger(open_by_token)
