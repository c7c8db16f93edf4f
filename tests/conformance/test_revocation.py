"""The revocation endpoint (RFC 7009): a client gives its own tokens back, and nobody else's."""

from __future__ import annotations

import httpx2
import pytest

from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.portal import Portal

OFFLINE = "openid profile email offline_access"
KINDS = ("opaque", "jwt")
HINTS = (None, "access_token", "refresh_token", "urn:example:unknown", 'x"\\')


def refused(answer: httpx2.Response, status: int, error: str) -> None:
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["cache-control"] == "no-store"


def is_dead(portal: Portal, refresh: str | None) -> bool:
    answer = portal.ask(grant_type="refresh_token", refresh_token=refresh)
    return answer.status_code == 400 and answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hint", HINTS)
def test_an_access_token_ends_alone(world: World, member: Browser, kind: str, hint: str | None) -> None:
    portal = world.portal(idp_access_token=kind)
    first = world.tokens(portal, member, scope=OFFLINE)
    second = portal.refresh(str(first.refresh))
    portal.revoke(first.access, hint)
    assert not portal.is_honoured(first.access)
    assert not portal.is_active(first.access)
    assert portal.is_honoured(second.access)
    assert portal.refresh(str(second.refresh)).access


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hint", HINTS)
@pytest.mark.parametrize("used", [False, True])
def test_a_refresh_token_ends_everything_of_its_sign_in(
    world: World, member: Browser, kind: str, hint: str | None, used: bool
) -> None:
    portal = world.portal(idp_access_token=kind)
    first = world.tokens(portal, member, scope=OFFLINE)
    second = portal.refresh(str(first.refresh))
    portal.revoke(str(first.refresh if used else second.refresh), hint)
    for access in (first.access, second.access):
        assert not portal.is_honoured(access)
        assert not portal.is_active(access)
    assert not portal.is_active(str(second.refresh))
    assert is_dead(portal, second.refresh)


def test_another_sign_in_goes_on(world: World, member: Browser, portal: Portal) -> None:
    first, second = world.tokens(portal, member), world.tokens(portal, member)
    portal.revoke(str(first.refresh))
    assert portal.is_honoured(second.access)
    asked = portal.start(prompt="none")
    member.get(asked.url)
    assert portal.code(member.trail, asked), "and the member is still signed in"


def test_a_clients_own_token_ends(world: World) -> None:
    portal = world.portal(grant_types=["client_credentials"], redirect_uris=[])
    first, second = (portal.ask(grant_type="client_credentials").json()["access_token"] for _ in range(2))
    portal.revoke(first)
    assert not portal.is_active(first)
    assert portal.is_active(second)


def test_a_public_client_gives_back_what_it_has(world: World, member: Browser) -> None:
    portal = world.portal(token_endpoint_auth_method="none")
    tokens = world.tokens(portal, member, scope=OFFLINE)
    portal.revoke(tokens.access)
    assert not portal.is_honoured(tokens.access)
    portal.revoke(str(tokens.refresh))
    assert is_dead(portal, tokens.refresh)


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_nobody_revokes_anothers_tokens(world: World, member: Browser, portal: Portal, method: str) -> None:
    own = world.portal(grant_types=["client_credentials"], redirect_uris=[])
    alone = own.ask(grant_type="client_credentials").json()["access_token"]
    tokens = world.tokens(portal, member, scope=OFFLINE)
    thief = world.portal(token_endpoint_auth_method=method)
    for token in (tokens.access, str(tokens.refresh), alone):
        thief.revoke(token)  # is told what it is told of an invented one
    assert portal.is_honoured(tokens.access)
    assert own.is_active(alone)
    assert portal.refresh(str(tokens.refresh)).access


def test_what_is_no_token_changes_nothing(world: World, member: Browser, portal: Portal) -> None:
    tokens = world.tokens(portal, member)
    attempt, code = world.code(portal, member)
    cookie = member.client.cookies["idp_session"]
    for other in (code, cookie, tokens.id_token, portal.secret, "x", "A" * 43, "a.b.c", "'--", "x" * 8192):
        portal.revoke(other)
    assert portal.is_honoured(tokens.access)
    assert portal.redeem(attempt, code).status_code == 200, "a code is no token"


def test_twice_is_as_good_as_once(world: World, member: Browser, portal: Portal) -> None:
    tokens = world.tokens(portal, member)
    for _ in range(2):
        portal.revoke(tokens.access)
        portal.revoke(str(tokens.refresh))


def test_a_portal_that_gave_its_token_back_hears_nothing_new_of_it(
    world: World, member: Browser, portal: Portal
) -> None:
    tokens = world.tokens(portal, member, scope=OFFLINE)
    portal.revoke(str(tokens.refresh))
    world.later(60)
    assert is_dead(portal, tokens.refresh)
    portal.revoke(str(tokens.refresh))


@pytest.mark.parametrize("token", ["a\x00b", "x" * 8193, "\x1b[31m"])
def test_an_unreadable_token_is_refused(portal: Portal, token: str) -> None:
    refused(portal.send("revocation_endpoint", {"token": token}), 400, "invalid_request")


def test_a_request_without_a_token_is_refused(portal: Portal) -> None:
    refused(portal.send("revocation_endpoint", {}), 400, "invalid_request")
    refused(portal.send("revocation_endpoint", {"token": ["a", "b"]}), 400, "invalid_request")


def test_a_token_in_the_address_is_not_read(world: World, member: Browser, portal: Portal) -> None:
    tokens = world.tokens(portal, member)
    endpoint, headers = portal.metadata["revocation_endpoint"], {"authorization": portal.basic()}
    answer = portal.http.post(endpoint, params={"token": tokens.access}, data={"a": "b"}, headers=headers)
    refused(answer, 400, "invalid_request")
    assert portal.http.get(endpoint, params={"token": tokens.access}, headers=headers).status_code == 405
    assert portal.is_honoured(tokens.access)


def test_a_client_proves_who_it_is(world: World, member: Browser, portal: Portal) -> None:
    tokens = world.tokens(portal, member)
    endpoint, form = portal.metadata["revocation_endpoint"], {"token": tokens.access}
    refused(portal.http.post(endpoint, data=form), 401, "invalid_client")
    refused(portal.http.post(endpoint, data={**form, "client_id": portal.client_id}), 401, "invalid_client")
    wrong = {"authorization": portal.basic("wrong")}
    refused(portal.http.post(endpoint, data=form, headers=wrong), 401, "invalid_client")
    twice = portal.send("revocation_endpoint", {**form, "client_secret": portal.secret})
    refused(twice, 400, "invalid_request")
    assert portal.is_honoured(tokens.access)
