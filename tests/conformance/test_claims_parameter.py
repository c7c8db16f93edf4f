"""The ``claims`` parameter (OpenID Connect Core 5.5): single claims, each in the place it was wanted in."""

from __future__ import annotations

import json
from bisect import bisect_left
from typing import Any

import pytest

from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.house import CARD, MAIL
from tests.support.portal import Attempt, Portal

ID_TOKEN = {"iss", "sub", "aud", "iat", "exp", "auth_time", "acr", "amr", "sid", "at_hash", "nonce"}


def wanted(**places: Any) -> str:
    return json.dumps(places)


@pytest.mark.parametrize("wish", [None, {}, {"essential": True}, {"essential": False}, {"value": "x"}, {"values": []}])
def test_a_claim_from_userinfo_without_its_scope(world: World, member: Browser, portal: Portal, wish: Any) -> None:
    tokens = world.tokens(portal, member, scope="openid", claims=wanted(userinfo={"family_name": wish}))
    claims = portal.userinfo(tokens)
    assert claims == {"sub": tokens.claims["sub"], "family_name": CARD.birth_name}
    assert set(tokens.claims) == ID_TOKEN


def test_a_claim_in_the_id_token_and_in_no_other_place(world: World, member: Browser, portal: Portal) -> None:
    tokens = world.tokens(portal, member, scope="openid", claims=wanted(id_token={"email": None}))
    assert set(tokens.claims) == ID_TOKEN | {"email"}
    assert tokens.claims["email"] == MAIL
    assert set(portal.userinfo(tokens)) == {"sub"}


def test_a_refreshed_id_token_has_it_too(world: World, member: Browser, portal: Portal) -> None:
    tokens = world.tokens(portal, member, scope="openid", claims=wanted(id_token={"email": None}))
    assert tokens.refresh is not None
    again = portal.refresh(tokens.refresh)
    assert again.claims["email"] == MAIL


@pytest.mark.parametrize(
    "claims",
    [
        wanted(userinfo={"inconnu": None, "nir": {"essential": True}, "é\\\"<": None}),
        wanted(autre={"name": None}),
        wanted(userinfo=None, id_token=None),
        "{}",
    ],
)
def test_what_nobody_knows_is_left_out(world: World, member: Browser, portal: Portal, claims: str) -> None:
    tokens = world.tokens(portal, member, scope="openid", claims=claims)
    assert set(portal.userinfo(tokens)) == {"sub"}


def test_a_client_is_never_told_more_than_the_operator_opened(world: World, member: Browser) -> None:
    narrow = world.portal(scope="openid", idp_scopes_allowed=["openid"])
    claims = wanted(userinfo={"email": {"essential": True}}, id_token={"name": None})
    tokens = world.tokens(narrow, member, claims=claims)
    assert set(narrow.userinfo(tokens)) == {"sub"}
    assert "name" not in tokens.claims


def test_what_the_operator_opens_later_is_no_part_of_an_earlier_consent(world: World, member: Browser) -> None:
    """The member was never asked for it: nothing of what the portal holds may tell it."""
    scopes = ["openid", "profile", "offline_access"]
    known: dict[str, Any] = {"client_id": f"semences-{world.seconds()}", "idp_first_party": False}
    portal = world.portal(idp_scopes_allowed=scopes, **known)
    claims = wanted(userinfo={"email": None}, id_token={"email": None})
    attempt = portal.start(scope="openid offline_access", claims=claims)
    member.get(attempt.url)
    member.submit(action="/autorisation")
    tokens = portal.tokens(attempt, portal.code(member.trail, attempt))
    world.running.add_client(idp_scopes_allowed=[*scopes, "email"], **known)
    later = portal.refresh(str(tokens.refresh))
    assert "email" not in later.claims
    assert set(portal.userinfo(later)) == {"sub"}


def test_the_deepest_text_that_is_read_at_all_is_read_wherever_it_counts(
    world: World, member: Browser, portal: Portal
) -> None:
    """How deep a text may be depends on how deep its reader stands."""

    def answered(depth: int) -> Attempt | None:
        attempt = portal.start(claims=f'{{"x":{"[" * depth}{"]" * depth}}}')
        member.get(attempt.url)
        return attempt if "code=" in member.trail[-1] else None

    deepest = bisect_left(range(1, 4000), True, key=lambda depth: answered(depth) is None)
    attempt = answered(deepest)
    assert attempt is not None
    assert portal.is_honoured(portal.tokens(attempt, portal.code(member.trail, attempt)).access)


@pytest.mark.parametrize("name", ["sub", "iss", "aud", "exp", "sid", "acr", "nonce", "amr", "auth_time"])
def test_no_wish_changes_a_claim_of_the_protocol(world: World, member: Browser, portal: Portal, name: str) -> None:
    plain = world.tokens(portal, member, scope="openid")
    wish = {"value": "x"} if name not in ("sub", "acr") else None
    tokens = world.tokens(portal, member, scope="openid", claims=wanted(id_token={name: wish}, userinfo={name: wish}))
    assert tokens.claims["sub"] == plain.claims["sub"]
    assert set(portal.userinfo(tokens)) == {"sub"}


def test_an_essential_level_that_is_reached(world: World, member: Browser, portal: Portal) -> None:
    level = world.tokens(portal, member).claims["acr"]
    for demand in ({"essential": True, "value": level}, {"essential": True, "values": ["autre", level]}):
        tokens = world.tokens(portal, member, claims=wanted(id_token={"acr": demand}))
        assert tokens.claims["acr"] == level


def test_an_essential_level_out_of_reach_is_an_error_and_a_wish_is_not(
    world: World, member: Browser, portal: Portal
) -> None:
    attempt = portal.start(claims=wanted(id_token={"acr": {"essential": True, "values": ["urn:autre"]}}))
    member.get(attempt.url)
    assert portal.error(member.trail, attempt) == "unmet_authentication_requirements"
    world.tokens(portal, member, claims=wanted(id_token={"acr": {"values": ["urn:autre"]}}))


def test_a_demanded_member_must_be_the_one_here(world: World, member: Browser, portal: Portal) -> None:
    sub = world.tokens(portal, member).claims["sub"]
    tokens = world.tokens(portal, member, prompt="none", claims=wanted(id_token={"sub": {"value": sub}}))
    assert tokens.claims["sub"] == sub
    attempt = portal.start(prompt="none", claims=wanted(id_token={"sub": {"value": "autre"}}))
    member.get(attempt.url)
    assert portal.error(member.trail, attempt) == "login_required"
