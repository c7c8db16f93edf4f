"""The gate as a state machine (laws 1, 2 and 4): nobody's portal hears anything before the change, whatever the road.

Over real HTTP, on SQLite: what two databases do differently is raced in ``tests/races``. Counts: ``budget.toml``.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from idp.kernel.clock import SECOND
from tests.properties.crowd import Crowd, Letterbox
from tests.properties.walk import Ground, Walk
from tests.support.clock import FakeClock
from tests.support.house import Running, running_house
from tests.support.portal import Portal

BUDGET = tomllib.loads((Path(__file__).parent.parent / "budget.toml").read_text("utf-8"))["walks"]
CLIENTS = (
    {"token_endpoint_auth_method": "client_secret_basic", "idp_access_token": "jwt"},
    {"token_endpoint_auth_method": "none", "id_token_signed_response_alg": "ES256"},
)


@pytest.fixture
def ground(sqlite_template: Path, tmp_path: Path) -> Iterator[Ground]:
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    with running_house(f"sqlite:///{tmp_path / 'idp.db'}", FakeClock(), tmp_path) as running:
        portals = [be_portal(running, metadata) for metadata in CLIENTS]
        yield Ground(running, Crowd(running), Letterbox(running), portals)
        for portal in portals:
            portal.close()


def be_portal(running: Running, metadata: dict[str, str]) -> Portal:
    client_id = running.add_client(**metadata)
    return Portal(
        running.url,
        client_id,
        running.clients[client_id],
        lambda: running.clock.now() // SECOND,
        method=metadata["token_endpoint_auth_method"],
        algorithm=metadata.get("id_token_signed_response_alg", "RS256"),
    )


def walks(ground: Ground, examples: int, steps: int, *phases: Phase) -> None:
    machine = type("GateWalk", (Walk,), {"ground": ground})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_gate_holds_on_every_walk(ground: Ground) -> None:
    # Shrinking a failure would take minutes of a commit's time: the deep test does it.
    walks(ground, BUDGET["gate"]["examples"], BUDGET["gate"]["steps"], Phase.generate)


@pytest.mark.deep
def test_the_gate_holds_on_many_long_walks(ground: Ground) -> None:
    walks(ground, BUDGET["deep_gate"]["examples"], BUDGET["deep_gate"]["steps"], Phase.generate, Phase.shrink)
