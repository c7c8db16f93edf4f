"""The scene of a race: the provider on SQLite and on PostgreSQL, with one open account."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.races.scene import Scene
from tests.support.house import Running


@pytest.fixture
def bare(running: Running) -> Iterator[Scene]:
    """Nobody has an account yet."""
    scene = Scene(running)
    yield scene
    scene.close()


@pytest.fixture
def scene(bare: Scene) -> Scene:
    bare.open_account()
    return bare
