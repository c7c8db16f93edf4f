"""Refresh tokens: one use each, one family, and the one designed exception (law 2, RFC 9700 4.14)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.portal import Portal, Refused, Tokens

OFFLINE = "openid profile email offline_access"


@pytest.fixture
def first(world: World, member: Browser, portal: Portal) -> Tokens:
    return world.tokens(portal, member, scope=OFFLINE)


def refused(portal: Portal, token: str | None, scope: str | None = None) -> str:
    with pytest.raises(Refused) as caught:
        portal.refresh(str(token), scope)
    assert caught.value.response.status_code == 400
    return caught.value.error


def test_every_use_gives_a_new_token_and_the_same_member(world: World, portal: Portal, first: Tokens) -> None:
    world.later(100)
    second = portal.refresh(str(first.refresh))
    assert second.refresh not in (None, first.refresh)
    assert second.access != first.access
    for same in ("sub", "iss", "aud", "auth_time", "sid", "acr", "amr"):
        assert second.claims[same] == first.claims[same], "OpenID Connect Core 12.2"
    assert second.claims["iat"] > first.claims["iat"]
    assert portal.userinfo(second) == portal.userinfo(first)


def test_a_spent_token_revokes_the_family_when_its_grace_is_over(world: World, portal: Portal, first: Tokens) -> None:
    second = portal.refresh(str(first.refresh))
    world.later(30.000001)
    assert refused(portal, first.refresh) == "invalid_grant"
    assert refused(portal, second.refresh) == "invalid_grant"
    assert not portal.is_honoured(first.access)
    assert not portal.is_honoured(second.access)


def test_a_lost_answer_is_forgiven_within_thirty_seconds(world: World, portal: Portal, first: Tokens) -> None:
    lost = portal.refresh(str(first.refresh))
    world.later(30)
    found = portal.refresh(str(first.refresh))
    assert found.refresh not in (lost.refresh, first.refresh)
    assert portal.refresh(str(found.refresh)).access


def test_the_unused_successor_dies_and_showing_it_ends_the_family(portal: Portal, first: Tokens) -> None:
    lost = portal.refresh(str(first.refresh))
    found = portal.refresh(str(first.refresh))
    assert refused(portal, lost.refresh) == "invalid_grant"
    assert refused(portal, found.refresh) == "invalid_grant"
    assert not portal.is_honoured(found.access)


def test_no_grace_once_the_successor_was_used(portal: Portal, first: Tokens) -> None:
    third = portal.refresh(str(portal.refresh(str(first.refresh)).refresh))
    assert refused(portal, first.refresh) == "invalid_grant"
    assert refused(portal, third.refresh) == "invalid_grant"


def test_only_the_immediately_previous_token_has_a_grace(portal: Portal, first: Tokens) -> None:
    second = portal.refresh(str(first.refresh))
    third = portal.refresh(str(second.refresh))
    assert portal.refresh(str(second.refresh)).access, "the previous one"
    assert refused(portal, first.refresh) == "invalid_grant", "not the one before"
    assert not portal.is_honoured(third.access)


def test_a_public_client_has_no_grace(world: World, member: Browser) -> None:
    portal = world.portal(token_endpoint_auth_method="none")
    first = world.tokens(portal, member, scope=OFFLINE)
    second = portal.refresh(str(first.refresh))
    assert refused(portal, first.refresh) == "invalid_grant"
    assert refused(portal, second.refresh) == "invalid_grant"


def test_a_token_of_another_client_is_worth_nothing_and_burns_nothing(
    world: World, portal: Portal, first: Tokens
) -> None:
    assert refused(world.portal(), first.refresh) == "invalid_grant"
    second = portal.refresh(str(first.refresh))
    world.later(31)
    assert refused(world.portal(), first.refresh) == "invalid_grant"
    assert portal.is_honoured(second.access), "a stranger cannot end the family by showing an old token"


def test_the_scope_may_be_narrowed_for_one_access_token(portal: Portal, first: Tokens) -> None:
    narrow = portal.refresh(str(first.refresh), "openid email")
    assert narrow.scope == ("openid", "email")
    assert set(portal.userinfo(narrow)) == {"sub", "email", "email_verified"}
    whole = portal.refresh(str(narrow.refresh))
    assert set(whole.scope) == set(OFFLINE.split()), "RFC 6749 6: what was granted stays"


@pytest.mark.parametrize("scope", ["openid address", "openid phone", "nonsense", "openid openid2"])
def test_the_scope_is_never_widened_and_the_try_burns_nothing(portal: Portal, first: Tokens, scope: str) -> None:
    assert refused(portal, first.refresh, scope) == "invalid_scope"
    assert portal.refresh(str(first.refresh)).access


@pytest.mark.parametrize("token", ["x", "A" * 43, "é", "a\x00b", "x" * 3000, ""])
def test_an_invented_token_is_refused(portal: Portal, token: str) -> None:
    assert refused(portal, token) in ("invalid_grant", "invalid_request")


def test_an_access_token_or_a_code_is_no_refresh_token(world: World, member: Browser, portal: Portal) -> None:
    tokens = world.tokens(portal, member)
    _attempt, code = world.code(portal, member)
    assert refused(portal, tokens.access) == "invalid_grant"
    assert refused(portal, code) == "invalid_grant"
    assert refused(portal, tokens.id_token) == "invalid_grant"


@pytest.mark.parametrize(("days", "good"), [(29.9, True), (30, False)])
def test_a_token_unused_for_thirty_days_is_worth_nothing(
    world: World, portal: Portal, first: Tokens, days: float, good: bool
) -> None:
    world.later(days * 86_400)
    if good:
        assert portal.refresh(str(first.refresh)).access
    else:
        assert refused(portal, first.refresh) == "invalid_grant"


def test_a_family_ends_after_180_days_however_busy(world: World, portal: Portal, first: Tokens) -> None:
    latest = first
    for _ in range(7):
        world.later(25 * 86_400)
        latest = portal.refresh(str(latest.refresh))
    world.later(5 * 86_400)
    assert refused(portal, latest.refresh) == "invalid_grant"


def test_without_offline_access_the_family_ends_with_the_session(world: World, member: Browser, portal: Portal) -> None:
    online = world.tokens(portal, member, scope="openid")
    offline = world.tokens(portal, member, scope=OFFLINE)
    world.later(12 * 3600)
    assert refused(portal, online.refresh) == "invalid_grant"
    assert portal.refresh(str(offline.refresh)).access


def test_a_scope_that_the_operator_took_away_is_refreshed_no_more(world: World, member: Browser) -> None:
    known: dict[str, Any] = {"client_id": f"parcelles-{world.seconds()}"}
    portal = world.portal(idp_scopes_allowed=OFFLINE.split(), **known)
    tokens = world.tokens(portal, member, scope=OFFLINE)
    world.running.add_client(idp_scopes_allowed=["openid", "profile", "offline_access"], **known)
    assert refused(portal, tokens.refresh, "openid email") == "invalid_scope"
    later = portal.refresh(str(tokens.refresh))
    assert "email" not in later.scope
    claims = portal.userinfo(later)
    assert "email" not in claims
    assert "name" in claims
