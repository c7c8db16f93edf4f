"""The client credentials grant (RFC 6749 4.4): a client's own token, with no member in it and none behind it."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from joserfc import jws, jwt

from idp.oidc.clients import ClientMetadataError
from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.portal import Field, JsonObject, Portal

API = "https://api.example/paiements"
SCOPES = ["openid", "profile", "email", "offline_access", "paiements:lire", "paiements:ecrire"]


def machine(world: World, **metadata: Any) -> Portal:
    usual = {"grant_types": ["client_credentials"], "redirect_uris": [], "idp_scopes_allowed": SCOPES}
    return world.portal(**{**usual, **metadata})


def ask(portal: Portal, **form: Field) -> httpx2.Response:
    return portal.ask(grant_type="client_credentials", **form)


def token(portal: Portal, **form: Field) -> JsonObject:
    answer = ask(portal, **form)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    body: JsonObject = answer.json()
    return body


def refused(answer: httpx2.Response, error: str) -> None:
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["error_description"].isascii()


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_client_gets_a_token_and_nothing_else(world: World, method: str) -> None:
    portal = machine(world, token_endpoint_auth_method=method)
    body = token(portal)
    assert set(body) == {"access_token", "token_type", "expires_in", "scope"}, "no ID token, no refresh token"
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
    assert portal.introspect(body["access_token"]) == {
        "active": True,
        "iss": world.url,
        "client_id": portal.client_id,
        "sub": portal.client_id,
        "token_type": "Bearer",
        "scope": "paiements:lire paiements:ecrire",
        "aud": world.url,
        "iat": world.seconds(),
        "exp": world.seconds() + 600,
    }


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        (None, "paiements:lire paiements:ecrire"),
        ("paiements:lire", "paiements:lire"),
        ("paiements:lire paiements:lire", "paiements:lire"),
        ("openid profile paiements:lire offline_access", "paiements:lire"),
        ("paiements:lire parcelles:lire", "paiements:lire"),
        ("openid", None),
        ("openid profile email offline_access", None),
        ("parcelles:lire", None),
        ("PAIEMENTS:LIRE", None),
        ('"\\', None),
        ("é", None),
    ],
)
def test_no_scope_of_a_member_and_none_that_was_not_given(world: World, asked: str | None, granted: str | None) -> None:
    portal = machine(world)
    if granted is None:
        refused(ask(portal, scope=asked), "invalid_scope")
    else:
        assert token(portal, scope=asked)["scope"] == granted


def test_a_client_without_any_scope_of_an_api_gets_a_bare_token(world: World) -> None:
    portal = machine(world, idp_scopes_allowed=["openid", "profile"])
    body = token(portal)
    assert "scope" not in body
    assert "scope" not in portal.introspect(body["access_token"])


@pytest.mark.parametrize("kind", ["opaque", "jwt"])
def test_it_never_opens_userinfo(world: World, kind: str) -> None:
    portal = machine(world, idp_access_token=kind, idp_resources=[f"{world.url}/oidc/userinfo"])
    for body in (token(portal), token(portal, resource=f"{world.url}/oidc/userinfo")):
        answer = portal.ask_userinfo(body["access_token"])
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_as_a_jwt_it_says_whose_it_is(world: World, algorithm: str) -> None:
    portal = machine(world, idp_access_token="jwt", id_token_signed_response_alg=algorithm, idp_resources=[API])
    body = token(portal, scope="paiements:lire", resource=API)
    header = jws.extract_compact(body["access_token"].encode()).headers()
    claims = dict(jwt.decode(body["access_token"], portal.keys, [algorithm]).claims)
    assert (header["typ"], header["alg"]) == ("at+jwt", algorithm)
    assert set(claims) == {"iss", "exp", "aud", "sub", "client_id", "iat", "jti", "scope"}, "RFC 9068 2.2"
    assert claims["sub"] == claims["client_id"] == portal.client_id
    assert (claims["aud"], claims["scope"]) == (API, "paiements:lire")
    assert claims["exp"] - claims["iat"] == 300 == body["expires_in"]


def test_it_ends_after_ten_minutes(world: World) -> None:
    portal = machine(world)
    access = token(portal)["access_token"]
    world.later(599)
    assert portal.is_active(access)
    world.later(1)
    assert not portal.is_active(access)


def test_it_ends_with_its_client(world: World) -> None:
    portal, api = machine(world, idp_resources=[API]), world.api(API)
    access = token(portal, resource=API)["access_token"]
    assert api.is_active(access)
    with world.running.house.begin() as unit:
        unit.clients.remove(portal.client_id)
    assert not api.is_active(access)


def test_it_is_nobodys_sign_in(world: World, member: Browser) -> None:
    portal = machine(
        world,
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
        redirect_uris=["http://127.0.0.1:9/retour"],
        idp_access_token="jwt",
    )
    access = token(portal)["access_token"]
    assert portal.ask(grant_type="refresh_token", refresh_token=access).json()["error"] == "invalid_grant"
    attempt = portal.start(id_token_hint=access)
    member.get(attempt.url)
    assert portal.error(member.trail, attempt) == "invalid_request"


def test_a_client_that_did_not_register_the_grant_gets_none(world: World, portal: Portal) -> None:
    refused(ask(portal), "unauthorized_client")
    public = world.portal(token_endpoint_auth_method="none")
    refused(ask(public), "unauthorized_client")


def test_a_public_client_cannot_register_it(world: World) -> None:
    with pytest.raises(ClientMetadataError):
        machine(world, token_endpoint_auth_method="none")


def test_a_wrong_secret_gets_none(world: World) -> None:
    portal = machine(world)
    portal.secret = "wrong"
    assert ask(portal).status_code == 401


def test_parameters_of_other_grants_do_nothing(world: World, member: Browser, portal: Portal) -> None:
    attempt, code = world.code(portal, member)
    caller = machine(world)
    body = token(caller, code=code, redirect_uri=attempt.redirect_uri, refresh_token="x", username="a", password="b")
    assert caller.introspect(body["access_token"])["sub"] == caller.client_id
    assert portal.redeem(attempt, code).status_code == 200, "the code is not spent"


@pytest.mark.parametrize("resource", ["https://api.example/autre", API + "#x", API + "/", "x", "é", "urn:x"])
def test_only_its_own_resources(world: World, resource: str) -> None:
    portal = machine(world, idp_resources=[API])
    refused(ask(portal, resource=resource), "invalid_target")
    refused(ask(portal, resource=[API, resource]), "invalid_target")
    assert portal.introspect(token(portal, resource=API)["access_token"])["aud"] == API


def test_no_client_is_called_like_a_member(world: World, member: Browser, portal: Portal) -> None:
    """RFC 9068 5: whoever reads ``sub`` alone must not take a client for a member."""
    sub = world.tokens(portal, member).claims["sub"]
    with pytest.raises(ClientMetadataError) as taken:
        machine(world, client_id=sub)
    assert taken.value.field == "client_id"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"idp_scopes_allowed": ["openid", "profil"]}, "idp_scopes_allowed"),
        ({"idp_scopes_allowed": ["openid", "a b:c"]}, "idp_scopes_allowed"),
        ({"idp_scopes_allowed": ["openid", 'a:"']}, "idp_scopes_allowed"),
        ({"idp_scopes_allowed": ["openid", 7]}, "idp_scopes_allowed"),
        ({"idp_scopes_allowed": ["openid", ["a:b"]]}, "idp_scopes_allowed"),
        ({"idp_scopes_allowed": ["openid", "a:b"], "idp_first_party": False}, "idp_scopes_allowed"),
        ({"idp_resources": ["https://api.example/#x"]}, "idp_resources"),
    ],
)
def test_the_operator_hears_of_a_mistake(world: World, more: dict[str, Any], field: str) -> None:
    with pytest.raises(ClientMetadataError) as wrong:
        machine(world, **more)
    assert wrong.value.field == field
