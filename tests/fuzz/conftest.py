"""Two providers to be fuzzed in a process: as every operator has it, and with everything that certification asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.kernel import log
from tests.fuzz.scene import Scene, opened


@pytest.fixture(scope="session")
def _usual(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with opened(sqlite_template, tmp_path_factory.mktemp("usual")) as scene:
        yield scene


@pytest.fixture(scope="session")
def _certified(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("certified")
    with opened(sqlite_template, folder, certification=True, registration="open") as scene:
        yield scene


@pytest.fixture
def usual(_usual: Scene) -> Iterator[Scene]:
    """The provider with its defaults."""
    yield from _fresh(_usual)


@pytest.fixture
def certified(_certified: Scene) -> Iterator[Scene]:
    """The provider with ``IDP_CERTIFICATION=1`` and open registration."""
    yield from _fresh(_certified)


def _fresh(scene: Scene) -> Iterator[Scene]:
    scene.log.faults.clear()
    scene.log.told.clear()
    yield scene
    scene.wire.close()
    log.configure(json=True)
