"""The subject: pairwise by sector, stored, the same at every sign-in (OpenID Connect Core 8.1)."""

from __future__ import annotations

from typing import Any

from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.house import CARD

ONE = ["https://portail-un.example/retour"]
TWO = ["https://portail-deux.example/retour"]


def sub(world: World, browser: Browser, **metadata: Any) -> str:
    return str(world.tokens(world.portal(**metadata), browser).claims["sub"])


def test_two_sectors_know_the_member_by_two_names(world: World, member: Browser) -> None:
    assert sub(world, member, redirect_uris=ONE) != sub(world, member, redirect_uris=TWO)


def test_two_clients_of_one_host_share_the_name(world: World, member: Browser) -> None:
    second = [ONE[0] + "/autre"]
    assert sub(world, member, redirect_uris=ONE) == sub(world, member, redirect_uris=second)


def test_a_sector_identifier_joins_two_hosts(world: World, member: Browser) -> None:
    sector = "https://secteur.example/uris.json"
    one = sub(world, member, redirect_uris=ONE, sector_identifier_uri=sector)
    assert sub(world, member, redirect_uris=TWO, sector_identifier_uri=sector) == one
    assert sub(world, member, redirect_uris=TWO) != one


def test_public_clients_share_one_name(world: World, member: Browser) -> None:
    one = sub(world, member, redirect_uris=ONE, subject_type="public")
    assert sub(world, member, redirect_uris=TWO, subject_type="public") == one
    assert sub(world, member, redirect_uris=ONE) != one


def test_the_name_is_the_same_at_every_sign_in(world: World) -> None:
    portal = world.portal()
    first = world.tokens(portal, world.signed_in())
    world.later(86_400)
    assert world.tokens(portal, world.signed_in()).claims["sub"] == first.claims["sub"]


def test_the_name_says_nothing(world: World, member: Browser) -> None:
    name = sub(world, member)
    assert CARD.nir not in name
    assert len(name) == 22, "128 random bits"
