"""One provider that is up for certification for all of these plans; the default one is ``tests/conformance``'s own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

from tests.conformance.plans.parties import User
from tests.conformance.plans.registering import DynamicSuite
from tests.conformance.plans.site import Site, running_site
from tests.conformance.plans.suite import Suite
from tests.conformance.plans.variant import Variant
from tests.conformance.world import World
from tests.support.clock import FakeClock
from tests.support.house import CARD, PASSWORD, Running, open_account, running_house


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a module once for each variant of its plan that it applies to."""
    if "variant" not in metafunc.fixturenames:
        return
    variants = [v for v in metafunc.module.VARIANTS if getattr(metafunc.function, "applies", lambda _: True)(v)]
    assert variants, f"{metafunc.function.__name__} applies to nothing of {metafunc.module.__name__}"
    metafunc.parametrize("variant", variants, ids=str)


@pytest.fixture(scope="session")
def up_for_certification(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A provider with all that only certification asks for, where anybody may register."""
    folder = tmp_path_factory.mktemp("certification")
    shutil.copyfile(sqlite_template, folder / "idp.db")
    url = f"sqlite:///{folder / 'idp.db'}"
    with running_house(url, FakeClock(), folder, certification=True, registration="open") as running:
        open_account(running)
        yield running


@pytest.fixture
def certified(up_for_certification: Running) -> Iterator[World]:
    """That provider, a second later than the test before."""
    up_for_certification.clock.advance(1_000_000)
    found = World(up_for_certification)
    yield found
    found.close()


@pytest.fixture(scope="session")
def relying_site() -> Iterator[Site]:
    with running_site() as site:
        yield site


@pytest.fixture
def site(relying_site: Site) -> Site:
    """The relying parties' web site, empty."""
    relying_site.clear()
    return relying_site


@pytest.fixture
def user() -> User:
    """A member of whom the fund knows most."""
    return User(CARD.nir, PASSWORD)


@pytest.fixture(scope="session")
def key() -> RSAKey:
    """The key of relying parties that register themselves."""
    return RSAKey.generate_key(2048, {"kid": "relying-party"})


@pytest.fixture
def registering(
    request: pytest.FixtureRequest, certified: World, variant: Variant, user: User, site: Site, key: RSAKey
) -> Iterator[DynamicSuite]:
    """One run of a module whose clients register themselves, with the plan's ``REGISTRATION``."""
    run = DynamicSuite(certified, variant, user, site, key, **getattr(request.module, "REGISTRATION", {}))
    yield run
    run.unregister()


@pytest.fixture
def suite(request: pytest.FixtureRequest, variant: Variant, user: User, site: Site) -> Suite:
    """One run of a module against the provider that offers its variant."""
    world: World = request.getfixturevalue("world" if variant.is_usual else "certified")
    return Suite(world, variant, user, site)
