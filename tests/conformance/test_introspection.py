"""The introspection endpoint (RFC 7662, RFC 9701): what a token is worth now, to those whom it concerns."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
import pytest
from joserfc import jws, jwt

from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.house import CARD, MAIL
from tests.support.portal import JsonObject, Portal, Tokens

API = "https://api.example/paiements"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
OTHER = "https://api.example/parcelles"
OFFLINE = "openid profile email offline_access"
SIGNED = "application/token-introspection+jwt"
WHO = {"active", "iss", "client_id", "sub", "auth_time", "acr"}
INACTIVE = {"active": False}


@pytest.fixture
def tokens(world: World, member: Browser, portal: Portal) -> Tokens:
    return world.tokens(portal, member)


@pytest.fixture
def for_api(world: World, member: Browser) -> tuple[Portal, Tokens]:
    """A portal that may name two APIs, and its tokens for one of them."""
    caller = world.portal(idp_resources=[API, OTHER])
    return caller, world.tokens(caller, member, resource=API)


def refused(answer: httpx2.Response, status: int, error: str) -> None:
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["cache-control"] == "no-store"
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert answer.json()["error_description"].isascii()


@pytest.mark.parametrize(("kind", "life"), [("opaque", 600), ("jwt", 300)])
def test_a_client_hears_of_its_access_token(world: World, member: Browser, kind: str, life: int) -> None:
    portal = world.portal(idp_access_token=kind)
    tokens = world.tokens(portal, member)
    told = portal.introspect(tokens.access)
    assert set(told) == WHO | {"iat", "exp", "token_type", "scope", "aud"}
    for same in ("sub", "iss", "auth_time", "acr"):
        assert told[same] == tokens.claims[same]
    assert (told["client_id"], told["token_type"]) == (portal.client_id, "Bearer")
    assert told["exp"] - told["iat"] == life == tokens.whole["expires_in"]
    assert told["iat"] == world.seconds()
    assert set(told["scope"].split()) == set(tokens.scope)
    assert told["aud"] == portal.metadata["userinfo_endpoint"]


def test_a_client_hears_of_its_refresh_token(world: World, member: Browser, portal: Portal) -> None:
    tokens = world.tokens(portal, member, scope=OFFLINE)
    told = portal.introspect(str(tokens.refresh))
    assert set(told) == WHO | {"iat", "exp", "scope"}, "it is no bearer token and has no audience"
    assert told["exp"] - told["iat"] == 30 * 86400
    assert set(told["scope"].split()) == set(OFFLINE.split())


def test_nothing_is_told_of_the_person(world: World, member: Browser) -> None:
    everything = "openid profile email phone address offline_access"
    portal = world.portal(scope=everything, idp_scopes_allowed=everything.split())
    tokens = world.tokens(portal, member)
    told = f"{portal.introspect(tokens.access)} {portal.introspect(str(tokens.refresh))}"
    for known in (CARD.nir, CARD.serial, CARD.birth_name, MAIL, CARD.birthdate.isoformat()):
        assert known not in told


@pytest.mark.parametrize(("age", "active"), [(599, True), (600, False)])
def test_an_access_token_is_active_until_its_end(
    world: World, portal: Portal, tokens: Tokens, age: int, active: bool
) -> None:
    world.later(age)
    assert portal.is_active(tokens.access) is active is portal.is_honoured(tokens.access)


def test_a_refresh_token_is_active_until_it_is_used(world: World, member: Browser, portal: Portal) -> None:
    first = world.tokens(portal, member, scope=OFFLINE)
    second = portal.refresh(str(first.refresh))
    assert not portal.is_active(str(first.refresh))
    assert portal.is_active(str(second.refresh)), "asking about a used one is no replay"
    third = portal.refresh(str(first.refresh))
    assert not portal.is_active(str(second.refresh)), "its grace made another successor"
    assert portal.is_active(str(third.refresh))
    world.later(30 * 86400)
    assert not portal.is_active(str(third.refresh))


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "urn:example:unknown", 'x"\\', "é"])
def test_trap_21_a_hint_is_only_a_hint(portal: Portal, tokens: Tokens, hint: str) -> None:
    assert portal.introspect(tokens.access, hint)["active"]
    assert portal.introspect(str(tokens.refresh), hint)["active"]
    assert portal.introspect("x", hint) == INACTIVE


# --- whose tokens one may ask about ---------------------------------------------------------------------------------


def stranger(world: World) -> Portal:
    return world.portal()


def fellow(world: World) -> Portal:
    return world.portal(idp_resources=[API])


def fellow_with_tokens_of_its_own(world: World) -> Portal:
    return world.portal(
        idp_resources=[API], grant_types=["authorization_code", "client_credentials"], idp_access_token="jwt"
    )


def fellow_of_devices(world: World) -> Portal:
    return world.api(API, grant_types=[DEVICE], sector_identifier_uri="https://appareil.example/uris.json")


def other_api(world: World) -> Portal:
    return world.api(OTHER)


def likely_api(world: World) -> Portal:
    return world.api(API + "/")


@pytest.mark.parametrize(
    "who", [stranger, fellow, fellow_with_tokens_of_its_own, fellow_of_devices, other_api, likely_api]
)
def test_nobody_else_hears_anything(
    world: World, for_api: tuple[Portal, Tokens], who: Callable[[World], Portal]
) -> None:
    portal, tokens = for_api
    asking = who(world)
    for token in (tokens.access, str(tokens.refresh)):
        assert asking.introspect(token) == asking.introspect("x" * 43) == INACTIVE
        assert portal.is_active(token)


def test_an_api_hears_of_the_tokens_for_it(world: World, for_api: tuple[Portal, Tokens]) -> None:
    portal, tokens = for_api
    told = world.api(API).introspect(tokens.access)
    assert told == portal.introspect(tokens.access)
    assert (told["aud"], told["client_id"]) == (API, portal.client_id)


def test_an_api_hears_of_no_other_token(world: World, member: Browser, portal: Portal, tokens: Tokens) -> None:
    api, (caller, named) = world.api(API), (world.portal(idp_resources=[API]), None)
    named = world.tokens(caller, member, resource=API)
    assert api.introspect(str(named.refresh)) == INACTIVE, "a refresh token is for us alone"
    assert api.introspect(tokens.access) == INACTIVE, "a token for userinfo"
    unnamed = world.tokens(caller, member)
    assert api.introspect(unnamed.access) == INACTIVE, "the client may name the API and did not"


def test_an_api_hears_of_a_clients_own_token_for_it(world: World) -> None:
    caller = world.portal(grant_types=["client_credentials"], redirect_uris=[], idp_resources=[API])
    token = caller.ask(grant_type="client_credentials", resource=API).json()["access_token"]
    assert world.api(API).introspect(token)["sub"] == caller.client_id
    assert world.api(OTHER).introspect(token) == INACTIVE


def test_what_is_no_token_is_inactive(world: World, member: Browser, portal: Portal, tokens: Tokens) -> None:
    _attempt, code = world.code(portal, member)
    cookie = member.client.cookies["idp_session"]
    altered = tokens.access[:-1] + ("A" if tokens.access[-1] != "A" else "B")
    for other in (code, cookie, tokens.id_token, portal.secret, portal.client_id, altered, "a.b.c", "'--", "x" * 8192):
        assert portal.introspect(other) == INACTIVE


# --- who may ask, and how -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["a\x00b", "x" * 8193, "\x1b[31m", "a\nb"])
def test_an_unreadable_token_is_refused(portal: Portal, token: str) -> None:
    refused(portal.send("introspection_endpoint", {"token": token}), 400, "invalid_request")


def test_a_question_without_a_token_is_refused(portal: Portal, tokens: Tokens) -> None:
    refused(portal.send("introspection_endpoint", {}), 400, "invalid_request")
    refused(portal.send("introspection_endpoint", {"token": ""}), 400, "invalid_request")
    refused(portal.send("introspection_endpoint", {"token": [tokens.access, "x"]}), 400, "invalid_request")


def test_a_token_in_the_address_is_not_read(portal: Portal, tokens: Tokens) -> None:
    endpoint = portal.metadata["introspection_endpoint"]
    answer = portal.http.post(
        endpoint, params={"token": tokens.access}, data={"a": "b"}, headers={"authorization": portal.basic()}
    )
    refused(answer, 400, "invalid_request")
    assert portal.http.get(endpoint, params={"token": tokens.access}).status_code == 405


def test_a_public_client_cannot_ask(world: World, member: Browser) -> None:
    public = world.portal(token_endpoint_auth_method="none")
    tokens = world.tokens(public, member)
    refused(public.send("introspection_endpoint", {"token": tokens.access}), 401, "invalid_client")


def test_nobody_asks_without_proof(world: World, portal: Portal, tokens: Tokens) -> None:
    endpoint, form = portal.metadata["introspection_endpoint"], {"token": tokens.access}
    refused(portal.http.post(endpoint, data=form), 401, "invalid_client")
    refused(portal.http.post(endpoint, data={**form, "client_id": portal.client_id}), 401, "invalid_client")
    wrong = {"authorization": portal.basic("wrong")}
    refused(portal.http.post(endpoint, data=form, headers=wrong), 401, "invalid_client")
    bearer = {"authorization": f"Bearer {tokens.access}"}
    refused(portal.http.post(endpoint, data=form, headers=bearer), 401, "invalid_client")
    twice = portal.send("introspection_endpoint", {**form, "client_secret": portal.secret})
    refused(twice, 400, "invalid_request")
    refused(portal.send("introspection_endpoint", {**form, "client_id": "autre"}), 400, "invalid_request")
    refused(portal.http.post(endpoint, json=form, headers={"authorization": portal.basic()}), 400, "invalid_request")


# --- signed answers -------------------------------------------------------------------------------------------------


def signed(portal: Portal, token: str, accept: str = SIGNED, algorithm: str = "RS256") -> JsonObject:
    answer = portal.send("introspection_endpoint", {"token": token}, accept=accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, SIGNED)
    assert answer.headers["cache-control"] == "no-store"
    header = jws.extract_compact(answer.content).headers()
    assert (header["typ"], header["alg"]) == ("token-introspection+jwt", algorithm)
    claims = dict(jwt.decode(answer.text, portal.keys, [algorithm]).claims)
    assert set(claims) == {"iss", "aud", "iat", "token_introspection"}, "RFC 9701 5: no sub, no exp beside them"
    assert (claims["iss"], claims["aud"]) == (portal.issuer, portal.client_id)
    assert claims["iat"] == portal.now()
    told: JsonObject = claims["token_introspection"]
    return told


@pytest.mark.parametrize("algorithm", [None, "RS256", "ES256"])
def test_an_answer_is_signed_for_who_accepts_that(world: World, member: Browser, algorithm: str | None) -> None:
    portal = world.portal(**({"introspection_signed_response_alg": algorithm} if algorithm else {}))
    tokens = world.tokens(portal, member)
    assert signed(portal, tokens.access, algorithm=algorithm or "RS256") == portal.introspect(tokens.access)
    assert signed(portal, "x", algorithm=algorithm or "RS256") == INACTIVE


@pytest.mark.parametrize(
    ("accept", "is_signed"),
    [
        (SIGNED, True),
        (SIGNED.upper(), True),
        (f"application/json;q=0.1, {SIGNED};q=0.9", True),
        (f"{SIGNED};q=0", False),
        (f"{SIGNED};q=0.000", False),
        ("*/*", False),
        ("application/*", False),
        ("application/jwt", False),
        ("", False),
        (";,;=", False),
    ],
)
def test_only_its_own_name_asks_for_a_signature(portal: Portal, accept: str, is_signed: bool) -> None:
    answer = portal.send("introspection_endpoint", {"token": "x"}, accept=accept)
    assert answer.headers["content-type"] == (SIGNED if is_signed else "application/json")


def test_a_signed_answer_is_nothing_else(portal: Portal, member: Browser, tokens: Tokens) -> None:
    answer = portal.send("introspection_endpoint", {"token": tokens.access}, accept=SIGNED).text
    attempt = portal.start(id_token_hint=answer)
    member.get(attempt.url)
    assert portal.error(member.trail, attempt) == "invalid_request"
    assert not portal.is_honoured(answer)
    assert portal.introspect(answer) == INACTIVE
