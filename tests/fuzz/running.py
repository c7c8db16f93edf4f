"""How many requests a fuzzer sends, and running it until it has sent them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from idp.kernel import log
from tests.fuzz.scene import Scene

T = TypeVar("T")
BUDGET = tomllib.loads((Path(__file__).parents[1] / "budget.toml").read_text("utf-8"))["fuzz"]
SHARES = {"raw": 0.1, "headers": 0.25, "parameters": 0.55, "described": 0.1}
"""Which part of all requests each fuzzer sends."""
PARTS = 4
"""The deep run of a fuzzer comes in so many tests, so that processes can share them."""


def budgets(fuzzer: str) -> list[Any]:
    """Return how many requests a test of this fuzzer sends: once in ``make test``, in parts in ``make test-deep``."""
    often = round(BUDGET["requests"] * SHARES[fuzzer])
    deep = round(BUDGET["deep_requests"] * SHARES[fuzzer] / PARTS)
    return [
        pytest.param(often, id=str(often)),
        *(pytest.param(deep, id=f"{deep}-{part}", marks=pytest.mark.deep) for part in range(1, PARTS + 1)),
    ]


def fuzz(scene: Scene, examples: st.SearchStrategy[T], send: Callable[[T], None], most: int, each: int) -> None:
    """Send until at least ``most`` requests are out, ``each`` per example; then the provider must be as it was."""
    log.configure(stream=scene.log, json=True)  # type: ignore[arg-type]  # all of a stream that a log needs
    before = scene.wire.sent

    @settings(
        max_examples=-(-most // each),
        deadline=None,
        database=None,
        # Not shrunk: a judge's note has the one request that failed, and what fails in the log may fail later.
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    @given(example=examples)
    def one(example: Any) -> None:
        scene.later()
        send(example)
        scene.log.is_clean()

    one()
    assert scene.wire.sent - before >= most
    scene.still_works()
