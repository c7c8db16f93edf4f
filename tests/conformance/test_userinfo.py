"""The userinfo endpoint (OpenID Connect Core 5.3, RFC 6750): who presents a token hears what its scopes allow."""

from __future__ import annotations

import httpx2
import pytest

from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.house import CARD, MAIL
from tests.support.portal import Portal, Tokens

BY_SCOPE = {
    "openid": {"sub"},
    "openid profile": {"sub", "name", "given_name", "family_name", "gender", "birthdate", "locale"},
    "openid email": {"sub", "email", "email_verified"},
    "openid phone": {"sub", "phone_number", "phone_number_verified"},
    "openid address": {"sub", "address"},
}
EVERYTHING = "openid profile email phone address offline_access"


@pytest.fixture
def curious(world: World) -> Portal:
    """A portal that may ask everything."""
    return world.portal(scope=EVERYTHING, idp_scopes_allowed=EVERYTHING.split())


@pytest.fixture
def tokens(world: World, member: Browser, portal: Portal) -> Tokens:
    return world.tokens(portal, member)


def challenged(answer: httpx2.Response, status: int, error: str | None) -> None:
    assert answer.status_code == status
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith("Bearer ")
    assert (f'error="{error}"' in challenge) if error else ("error" not in challenge)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("scope", BY_SCOPE)
def test_a_scope_tells_its_claims_and_no_other(world: World, member: Browser, curious: Portal, scope: str) -> None:
    claims = curious.userinfo(world.tokens(curious, member, scope=scope))
    assert set(claims) == BY_SCOPE[scope]


def test_what_is_told_is_what_the_fund_knows(world: World, member: Browser, curious: Portal) -> None:
    claims = curious.userinfo(world.tokens(curious, member, scope=EVERYTHING))
    assert claims["family_name"] == CARD.birth_name
    assert claims["birthdate"] == CARD.birthdate.isoformat()
    assert (claims["email"], claims["email_verified"]) == (MAIL, True)
    assert claims["address"]["postal_code"] == CARD.address[1]
    assert claims["phone_number_verified"] is False


def test_the_number_of_the_member_is_never_told(world: World, member: Browser, curious: Portal) -> None:
    tokens = world.tokens(curious, member, scope=EVERYTHING)
    told = f"{tokens.claims} {curious.userinfo(tokens)} {tokens.whole}"
    assert CARD.nir not in told
    assert CARD.serial not in told


def test_the_token_may_be_posted(portal: Portal, tokens: Tokens) -> None:
    answer = portal.http.post(portal.metadata["userinfo_endpoint"], data={"access_token": tokens.access})
    assert answer.json() == portal.userinfo(tokens)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"


def test_a_post_may_carry_the_token_in_its_header(portal: Portal, tokens: Tokens) -> None:
    headers = {"authorization": f"bearer {tokens.access}"}
    assert portal.http.post(portal.metadata["userinfo_endpoint"], headers=headers).status_code == 200


def test_a_token_in_the_address_is_not_looked_at(portal: Portal, tokens: Tokens) -> None:
    answer = portal.http.get(portal.metadata["userinfo_endpoint"], params={"access_token": tokens.access})
    challenged(answer, 401, None)


def test_two_tokens_are_one_too_many(portal: Portal, tokens: Tokens) -> None:
    answer = portal.http.post(
        portal.metadata["userinfo_endpoint"],
        data={"access_token": tokens.access},
        headers={"authorization": f"Bearer {tokens.access}"},
    )
    challenged(answer, 400, "invalid_request")


def test_no_token_is_challenged_without_an_error(portal: Portal) -> None:
    challenged(portal.http.get(portal.metadata["userinfo_endpoint"]), 401, None)


@pytest.mark.parametrize("token", ["x", "A" * 43, "a b c", "a.b.c", "x" * 3000])
def test_an_invented_token_is_refused(portal: Portal, token: str) -> None:
    challenged(portal.ask_userinfo(token), 401, "invalid_token")


def test_other_secrets_are_no_access_tokens(world: World, member: Browser, portal: Portal, tokens: Tokens) -> None:
    _attempt, code = world.code(portal, member)
    cookie = member.client.cookies["idp_session"]
    for other in (str(tokens.refresh), tokens.id_token, code, cookie, portal.secret):
        challenged(portal.ask_userinfo(other), 401, "invalid_token")
    basic = portal.http.get(portal.metadata["userinfo_endpoint"], headers={"authorization": portal.basic()})
    assert basic.status_code == 401
