"""What the unit of work finds of an assertion that was judged before it (law 2), on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from idp.kernel.clock import HOUR
from idp.oidc.client_assertions import Judged
from idp.oidc.client_auth import ClientRefused, authenticate
from idp.oidc.clients import Client
from idp.storage.sweep import sweep
from idp.storage.unit import Unit
from tests.unit.oidc.world import World


def signing(world: World, name: str = "signe") -> Client:
    world.client(name, token_endpoint_auth_method="client_secret_jwt")
    with world.begin(write=False) as unit:
        client = unit.clients.get(name)
    assert client is not None
    return client


def lets_in(world: World, judged: Judged) -> bool:
    try:
        with world.begin() as unit:
            authenticate(unit.clients, judged)
    except ClientRefused:
        return False
    return True


def test_an_assertion_is_used_once_by_its_client(world: World) -> None:
    one, two = signing(world), signing(world, "autre")
    later = world.clock.now() + HOUR
    assert lets_in(world, Judged(one, "j", later))
    assert not lets_in(world, Judged(one, "j", later))
    assert lets_in(world, Judged(one, "k", later))
    assert lets_in(world, Judged(two, "j", later))


@pytest.mark.parametrize(
    "change",
    [
        lambda unit, client: unit.clients.remove(client.id),
        lambda unit, client: unit.clients.update(replace(client, version=2)),
        lambda unit, client: unit.clients.update(replace(client, sealed_secret=unit.clients.seal(client.id, "x" * 40))),
    ],
    ids=["removed", "updated", "another secret"],
)
def test_a_client_changed_since_the_judgement_is_asked_again(
    world: World, change: Callable[[Unit, Client], None]
) -> None:
    client = signing(world)
    with world.begin() as unit:
        change(unit, client)
    assert not lets_in(world, Judged(client, "j", world.clock.now() + HOUR))


def test_what_is_remembered_of_assertions_is_swept_and_goes_with_the_client(world: World) -> None:
    client = signing(world)
    assert lets_in(world, Judged(client, "j", world.clock.now() + HOUR))
    world.clock.advance(HOUR)
    sweep(world.database)
    assert not lets_in(world, Judged(client, "j", world.clock.now()))
    world.clock.advance(HOUR + 1)
    sweep(world.database)
    assert lets_in(world, Judged(client, "j", world.clock.now() + HOUR)), "its own times refuse it by then"
    with world.begin() as unit:
        unit.clients.remove(client.id)
        assert unit.clients.get(client.id) is None
