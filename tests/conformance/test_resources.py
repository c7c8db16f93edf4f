"""Resource indicators (RFC 8707): a token is for whom its client named, and for nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from joserfc import jwt

from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.house import PASSWORD, sign_in
from tests.support.portal import Field, Portal, Refused

PAYMENTS = "https://api.example/paiements"
LAND = "https://api.example/parcelles"
FOREIGN = "https://api.example/sante"
OFFLINE = "openid profile email offline_access"


@pytest.fixture
def portal(world: World) -> Portal:
    return world.portal(idp_resources=[PAYMENTS, LAND], idp_access_token="jwt")


def audience(portal: Portal, token: str) -> object:
    """Return whom a token says it is for, by itself and by introspection."""
    found = jwt.decode(token, portal.keys, ["RS256"]).claims["aud"]
    assert portal.introspect(token)["aud"] == found
    return found


@pytest.mark.parametrize(
    ("at_authorize", "at_token", "found"),
    [
        (None, None, None),
        (PAYMENTS, None, PAYMENTS),
        ([PAYMENTS, LAND], None, [PAYMENTS, LAND]),
        ([PAYMENTS, PAYMENTS], None, PAYMENTS),
        ([PAYMENTS, LAND], LAND, LAND),
        ([PAYMENTS, LAND], [LAND, PAYMENTS], [LAND, PAYMENTS]),
        ([PAYMENTS, LAND], [LAND, LAND], LAND),
        (["", PAYMENTS], "", PAYMENTS),
    ],
)
def test_a_token_is_for_whom_was_named(
    world: World, member: Browser, portal: Portal, at_authorize: Field, at_token: Field, found: object
) -> None:
    attempt, code = world.code(portal, member, resource=at_authorize)
    tokens = portal.judge(portal.redeem(attempt, code, resource=at_token), nonce=attempt.nonce)
    assert audience(portal, tokens.access) == (found or portal.metadata["userinfo_endpoint"])
    assert tokens.claims["aud"] == portal.client_id, "the ID token is the client's"


@pytest.mark.parametrize(
    "resource",
    [FOREIGN, [PAYMENTS, FOREIGN], PAYMENTS + "#fragment", PAYMENTS + "/", PAYMENTS.upper(), "x", "é", "urn:x:y"],
)
def test_authorize_refuses_what_is_not_the_clients(
    world: World, member: Browser, portal: Portal, resource: Field
) -> None:
    attempt = portal.start(resource=resource)
    member.get(attempt.url)
    assert portal.error(member.trail, attempt) == "invalid_target"


def test_a_usual_portal_may_name_nobody(member: Browser, world: World) -> None:
    portal = world.portal()
    attempt = portal.start(resource=PAYMENTS)
    member.get(attempt.url)
    assert portal.error(member.trail, attempt) == "invalid_target"


@pytest.mark.parametrize(
    ("granted", "named"),
    [
        (PAYMENTS, LAND),
        (PAYMENTS, [PAYMENTS, LAND]),
        (PAYMENTS, FOREIGN),
        (PAYMENTS, PAYMENTS + "#x"),
        (None, PAYMENTS),
        (None, "{userinfo}"),
        (PAYMENTS, "{userinfo}"),
    ],
)
def test_the_token_request_names_no_more_than_was_granted(
    world: World, member: Browser, portal: Portal, granted: Field, named: Field
) -> None:
    wanted = portal.metadata["userinfo_endpoint"] if named == "{userinfo}" else named
    attempt, code = world.code(portal, member, resource=granted, scope=OFFLINE)
    answer = portal.redeem(attempt, code, resource=wanted)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")
    tokens = portal.tokens(attempt, code)
    assert tokens.access, "the code is not spent"
    with pytest.raises(Refused) as refused:
        portal.refresh(str(tokens.refresh), resource=wanted)
    assert refused.value.error == "invalid_target"
    assert portal.refresh(str(tokens.refresh)).access, "the refresh token is not spent"


def test_a_refresh_chooses_anew_among_all_that_was_granted(world: World, member: Browser, portal: Portal) -> None:
    attempt, code = world.code(portal, member, resource=[PAYMENTS, LAND], scope=OFFLINE)
    first = portal.judge(portal.redeem(attempt, code, resource=LAND), nonce=attempt.nonce)
    second = portal.refresh(str(first.refresh), resource=PAYMENTS)
    assert audience(portal, second.access) == PAYMENTS
    third = portal.refresh(str(second.refresh))
    assert audience(portal, third.access) == [PAYMENTS, LAND]


def test_a_token_for_somebody_else_does_not_open_userinfo(world: World, member: Browser, portal: Portal) -> None:
    """Its resource server must not learn here who the member is."""
    named = world.tokens(portal, member, resource=PAYMENTS)
    assert portal.is_active(named.access)
    assert not portal.is_honoured(named.access)
    assert portal.is_honoured(world.tokens(portal, member).access)


def test_a_token_for_both_is_asked_for_by_name(world: World, member: Browser) -> None:
    userinfo = f"{world.url}/oidc/userinfo"
    portal = world.portal(idp_resources=[PAYMENTS, userinfo])
    tokens = world.tokens(portal, member, resource=[PAYMENTS, userinfo])
    assert portal.userinfo(tokens)["sub"] == tokens.claims["sub"]
    assert world.api(PAYMENTS).is_active(tokens.access)


def test_what_the_operator_takes_away_is_gone_at_the_next_refresh(
    world: World, member: Browser, portal: Portal
) -> None:
    tokens = world.tokens(portal, member, resource=[PAYMENTS, LAND], scope=OFFLINE)
    for left, status in (((LAND,), 200), ((), 400)):
        with world.running.house.begin() as unit:
            client = unit.clients.get(portal.client_id)
            assert client is not None
            unit.clients.update(replace(client, metadata=replace(client.metadata, idp_resources=left)))
        answer = portal.ask(grant_type="refresh_token", refresh_token=tokens.refresh)
        assert answer.status_code == status, answer.text
        if status == 200:
            tokens = portal.judge(answer)
            assert audience(portal, tokens.access) == LAND
        else:
            assert answer.json()["error"] == "invalid_target", "never a token for userinfo instead"


def test_a_token_names_a_handful_of_servers(world: World, member: Browser) -> None:
    many = [f"https://api.example/{number:02}/{'x' * 100}" for number in range(40)]
    portal = world.portal(idp_resources=many)
    attempt, code = world.code(portal, member, resource=many)
    assert portal.redeem(attempt, code).json()["error"] == "invalid_target"
    assert portal.redeem(attempt, code, resource=many[:5]).status_code == 200


def test_the_resources_of_a_parked_request_are_kept(world: World, nobody: Browser, portal: Portal) -> None:
    attempt = portal.start(resource=[PAYMENTS, LAND])
    nobody.get(attempt.url)
    sign_in(nobody, PASSWORD)
    tokens = portal.tokens(attempt, portal.code(nobody.trail, attempt))
    assert audience(portal, tokens.access) == [PAYMENTS, LAND]


@pytest.mark.parametrize("name", ["scope", "code", "grant_type", "redirect_uri"])
def test_no_other_parameter_is_repeated(world: World, member: Browser, portal: Portal, name: str) -> None:
    attempt, code = world.code(portal, member)
    form: dict[str, Field] = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": attempt.redirect_uri, "scope": "openid"
    }  # fmt: skip
    answer = portal.ask(**{**form, "code_verifier": attempt.verifier, name: [str(form[name])] * 2})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
