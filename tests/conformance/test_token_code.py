"""A code is worth its tokens once, to the client it was made for, for a minute (RFC 6749 4.1.3, RFC 7636, law 2)."""

from __future__ import annotations

import pytest

from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.portal import Portal, Refused


def error_of(portal: Portal, *args: object, **more: str | None) -> str:
    with pytest.raises(Refused) as caught:
        portal.judge(portal.redeem(*args, **more))  # type: ignore[arg-type]
    assert caught.value.response.status_code == 400
    return caught.value.error


def test_a_code_gives_tokens_that_hold(world: World, member: Browser, portal: Portal) -> None:
    tokens = world.tokens(portal, member)
    assert tokens.whole["expires_in"] == 600
    assert tokens.claims["acr"] == "urn:idp:acr:password"
    assert tokens.claims["amr"] == ["pwd"]
    assert tokens.claims["exp"] - tokens.claims["iat"] == 300
    assert set(tokens.claims) <= {
        "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash",
    }, "nothing about the person is in the ID token"  # fmt: skip


def test_a_code_used_twice_revokes_what_came_from_it(world: World, member: Browser, portal: Portal) -> None:
    attempt, code = world.code(portal, member, scope="openid offline_access")
    tokens = portal.tokens(attempt, code)
    assert portal.is_honoured(tokens.access)
    world.later(30 * 60)
    assert error_of(portal, attempt, code) == "invalid_grant", "however late it comes again"
    assert not portal.is_honoured(tokens.access)
    with pytest.raises(Refused):
        portal.refresh(str(tokens.refresh))


def test_a_replay_kills_what_was_refreshed_since(world: World, member: Browser, portal: Portal) -> None:
    attempt, code = world.code(portal, member)
    later = portal.refresh(str(portal.tokens(attempt, code).refresh))
    assert error_of(portal, attempt, code) == "invalid_grant"
    assert not portal.is_honoured(later.access)


def test_a_replay_touches_no_other_grant_of_the_member(world: World, member: Browser, portal: Portal) -> None:
    other = world.tokens(portal, member)
    attempt, code = world.code(portal, member)
    portal.tokens(attempt, code)
    error_of(portal, attempt, code)
    assert portal.is_honoured(other.access)


@pytest.mark.parametrize(
    "change",
    [
        {"code_verifier": "A" * 43},
        {"code_verifier": "short"},
        {"code_verifier": "é" * 43},
        {"code_verifier": None},
        {"code_verifier": ""},
        {"redirect_uri": "http://127.0.0.1:9/ailleurs"},
        {"redirect_uri": "http://127.0.0.1:9/retour?x"},
        {"redirect_uri": None},
    ],
    ids=str,
)
def test_what_the_request_said_must_be_said_again_and_a_wrong_try_burns_nothing(
    world: World, member: Browser, portal: Portal, change: dict[str, str | None]
) -> None:
    attempt, code = world.code(portal, member)
    assert error_of(portal, attempt, code, **change) in ("invalid_grant", "invalid_request")
    assert portal.redeem(attempt, code).status_code == 200


def test_a_code_of_another_client_is_worth_nothing(world: World, member: Browser, portal: Portal) -> None:
    thief = world.portal()
    attempt, code = world.code(portal, member)
    assert error_of(thief, attempt, code) == "invalid_grant"
    assert portal.redeem(attempt, code).status_code == 200, "and the owner lost nothing"


def test_a_thief_cannot_revoke_by_replaying(world: World, member: Browser, portal: Portal) -> None:
    attempt, code = world.code(portal, member)
    tokens = portal.tokens(attempt, code)
    assert error_of(world.portal(), attempt, code) == "invalid_grant"
    assert portal.is_honoured(tokens.access)


@pytest.mark.parametrize(("age", "good"), [(59, True), (60, False)])
def test_a_code_lives_for_a_minute(world: World, member: Browser, portal: Portal, age: int, good: bool) -> None:
    attempt, code = world.code(portal, member)
    world.later(age)
    assert (portal.redeem(attempt, code).status_code == 200) is good


def test_a_code_dies_with_its_session(world: World, member: Browser, portal: Portal) -> None:
    attempt, code = world.code(portal, member)
    member.get("/deconnexion")
    member.submit()
    assert error_of(portal, attempt, code) == "invalid_grant"


@pytest.mark.parametrize("code", ["x", "A" * 43, "é", "", "x" * 3000, "a\x00b"])
def test_an_invented_code_is_refused(portal: Portal, code: str) -> None:
    assert error_of(portal, portal.start(), code) in ("invalid_grant", "invalid_request")


def test_a_public_client_needs_its_verifier(world: World, member: Browser) -> None:
    portal = world.portal(token_endpoint_auth_method="none")
    attempt, code = world.code(portal, member)
    assert error_of(portal, attempt, code, code_verifier=None) == "invalid_grant"
    assert portal.redeem(attempt, code).status_code == 200


def test_a_client_excused_from_pkce_may_still_use_it(world: World, member: Browser) -> None:
    portal = world.portal(idp_pkce_required=False)
    attempt, code = world.code(portal, member)
    assert error_of(portal, attempt, code, code_verifier=None) == "invalid_grant", "no downgrade, RFC 9700 4.8.2"
    without, bare = world.code(portal, member, code_challenge=None, code_challenge_method=None)
    assert error_of(portal, without, bare) == "invalid_grant", "a verifier nobody announced"
    assert portal.redeem(without, bare, code_verifier=None).status_code == 200


def test_a_client_without_the_refresh_grant_gets_no_refresh_token(world: World, member: Browser) -> None:
    portal = world.portal(grant_types=["authorization_code"])
    tokens = world.tokens(portal, member, scope="openid offline_access")
    assert tokens.refresh is None
    assert tokens.scope == ("openid",)


def test_an_access_token_lives_for_ten_minutes(world: World, member: Browser, portal: Portal) -> None:
    tokens = world.tokens(portal, member)
    world.later(599)
    assert portal.is_honoured(tokens.access)
    world.later(1)
    assert not portal.is_honoured(tokens.access)
