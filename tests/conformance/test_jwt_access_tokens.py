"""JWT access tokens (RFC 9068): read by a resource server alone, and still worth only what the gate says."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc import jws, jwt

from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.clock import FakeClock
from tests.support.house import CARD, MAIL, open_account, running_house
from tests.support.portal import JsonObject, Portal, Tokens

OFFLINE = "openid profile email offline_access"
CLAIMS = {
    "iss", "exp", "aud", "sub", "client_id", "iat", "jti", "scope", "auth_time", "acr", "amr",
}  # fmt: skip


@pytest.fixture
def portal(world: World) -> Portal:
    return world.portal(idp_access_token="jwt")


@pytest.fixture
def tokens(world: World, member: Browser, portal: Portal) -> Tokens:
    return world.tokens(portal, member)


def read(portal: Portal, token: str, algorithm: str = "RS256") -> JsonObject:
    return dict(jwt.decode(token, portal.keys, [algorithm]).claims)


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_it_says_who_when_and_how_and_nothing_of_the_person(world: World, member: Browser, algorithm: str) -> None:
    everything = "openid profile email phone address offline_access"
    portal = world.portal(
        idp_access_token="jwt",
        id_token_signed_response_alg=algorithm,
        scope=everything,
        idp_scopes_allowed=everything.split(),
    )
    tokens = world.tokens(portal, member)
    header = jws.extract_compact(tokens.access.encode()).headers()
    assert (header["typ"], header["alg"]) == ("at+jwt", algorithm)
    claims = read(portal, tokens.access, algorithm)
    assert set(claims) == CLAIMS
    for same in ("iss", "sub", "auth_time", "acr", "amr"):
        assert claims[same] == tokens.claims[same]
    assert (claims["client_id"], claims["aud"]) == (portal.client_id, portal.metadata["userinfo_endpoint"])
    assert set(claims["scope"].split()) == set(everything.split())
    assert claims["exp"] - claims["iat"] == 300 == tokens.whole["expires_in"]
    for known in (CARD.nir, CARD.birth_name, MAIL):
        assert known not in str(claims)
    assert set(portal.userinfo(tokens)) > {"sub", "email"}, "userinfo takes it"


def test_every_one_is_new(portal: Portal, tokens: Tokens) -> None:
    later = portal.refresh(str(tokens.refresh))
    first, second = read(portal, tokens.access), read(portal, later.access)
    assert first["jti"] != second["jti"]
    assert first["sub"] == second["sub"]


def test_a_narrowed_one_says_so(portal: Portal, tokens: Tokens) -> None:
    narrow = portal.refresh(str(tokens.refresh), "openid")
    assert read(portal, narrow.access)["scope"] == "openid"


@pytest.mark.parametrize(("age", "good"), [(299, True), (300, False)])
def test_it_lives_for_five_minutes(world: World, portal: Portal, tokens: Tokens, age: int, good: bool) -> None:
    world.later(age)
    assert portal.is_honoured(tokens.access) is good is portal.is_active(tokens.access)
    assert (read(portal, tokens.access)["exp"] > world.seconds()) is good


@pytest.mark.parametrize(("kind", "life"), [("opaque", 600), ("jwt", 300)])
def test_it_never_outlives_its_grant_and_says_so(world: World, member: Browser, kind: str, life: int) -> None:
    portal = world.portal(token_endpoint_auth_method="none", idp_access_token=kind)
    tokens = world.tokens(portal, member, scope=OFFLINE)
    assert tokens.whole["expires_in"] == life
    world.later(86400 - 100)
    last = portal.refresh(str(tokens.refresh))
    assert last.whole["expires_in"] == 100
    assert portal.is_honoured(last.access)
    world.later(100)
    assert not portal.is_honoured(last.access)


def test_an_altered_one_is_worth_nothing(portal: Portal, tokens: Tokens) -> None:
    head, body, signature = tokens.access.split(".")
    claims = read(portal, tokens.access)
    more = part({**claims, "scope": "openid profile email phone address", "exp": claims["exp"] + 600})
    unsigned = part({"alg": "none", "typ": "at+jwt"})
    for forged in (
        f"{head}.{more}.{signature}",
        f"{unsigned}.{body}.",
        f"{unsigned}.{body}.{signature}",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{body}.{signature}=",
        f"{head}.{body}",
        tokens.access + "x",
    ):
        assert not portal.is_honoured(forged)
        assert not portal.is_active(forged)
    assert portal.is_honoured(tokens.access)


# --- one kind of token is no other (RFC 8725 3.11) ------------------------------------------------------------------


def hints(portal: Portal, tokens: Tokens) -> dict[str, str]:
    """Everything this provider signed for a portal, and that is no ID token."""
    signed = portal.send(
        "introspection_endpoint", {"token": tokens.access}, accept="application/token-introspection+jwt"
    )
    return {"access": tokens.access, "introspection": signed.text, "userinfo": portal.ask_userinfo(tokens.access).text}


@pytest.fixture
def signing(world: World) -> Portal:
    return world.portal(idp_access_token="jwt", userinfo_signed_response_alg="RS256")


def test_nothing_but_an_id_token_is_a_hint_at_authorize(world: World, member: Browser, signing: Portal) -> None:
    tokens = world.tokens(signing, member)
    for kind, hint in hints(signing, tokens).items():
        assert hint.count(".") == 2, kind
        attempt = signing.start(id_token_hint=hint)
        member.get(attempt.url)
        assert signing.error(member.trail, attempt) == "invalid_request", kind
    good = signing.start(id_token_hint=tokens.id_token, prompt="none")
    member.get(good.url)
    assert signing.code(member.trail, good)


def test_nothing_but_an_id_token_is_a_hint_at_logout(world: World, member: Browser, signing: Portal) -> None:
    tokens = world.tokens(signing, member)
    for kind, hint in hints(signing, tokens).items():
        member.trail.clear()
        page = member.get(signing.logout_url(hint, post_logout_redirect_uri="http://127.0.0.1:9/fini"))
        assert page.status == 200, kind
        assert all(url.startswith(world.url) for url in member.trail), "it asks first, and goes nowhere"
    assert signing.is_honoured(tokens.access), "the session goes on"


def test_no_other_jwt_opens_userinfo(world: World, member: Browser, signing: Portal) -> None:
    tokens = world.tokens(signing, member)
    others = hints(signing, tokens)
    del others["access"]
    for kind, other in {**others, "ID token": tokens.id_token}.items():
        assert not signing.is_honoured(other), kind
        assert not signing.is_active(other), kind


@pytest.mark.parametrize("kind", ["code token", "id_token token"])
def test_one_that_comes_by_the_browser_is_no_other(sqlite_template: Path, tmp_path: Path, kind: str) -> None:
    """Implicit and hybrid, for certification alone: the same token, the same audience, the same end."""
    api, resources = "https://api.example/paiements", ["https://api.example/paiements"]
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    url = f"sqlite:///{tmp_path / 'idp.db'}"
    with running_house(url, FakeClock(), tmp_path, certification=True) as running:
        open_account(running)
        world = World(running)
        grants = ["authorization_code", "implicit"] if "code" in kind else ["implicit"]
        portal = world.portal(
            response_types=[kind], grant_types=grants, idp_access_token="jwt", idp_resources=resources
        )
        browser = world.signed_in()
        parts: dict[str, str] = {}
        for resource in (None, api):
            attempt = portal.start(response_type=kind, resource=resource)
            browser.get(attempt.url)
            parts = dict(parse_qsl(urlsplit(browser.trail[-1]).fragment))
            claims = read(portal, parts["access_token"])
            assert set(claims) == CLAIMS
            assert claims["aud"] == portal.introspect(parts["access_token"])["aud"]
            assert claims["aud"] == (resource or portal.metadata["userinfo_endpoint"])
            assert parts["expires_in"] == "300" == str(claims["exp"] - claims["iat"])
            assert portal.is_honoured(parts["access_token"]) is (resource is None)
        browser.submit(action="/deconnexion", page=browser.get("/espace"))
        assert not portal.is_active(parts["access_token"])
        world.close()


# --- signed userinfo ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_userinfo_is_signed_for_who_registered_that(world: World, member: Browser, algorithm: str) -> None:
    portal = world.portal(userinfo_signed_response_alg=algorithm)
    tokens = world.tokens(portal, member)
    answer = portal.ask_userinfo(tokens.access)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/jwt")
    assert answer.headers["cache-control"] == "no-store"
    claims = read(portal, answer.text, algorithm)
    assert (claims.pop("iss"), claims.pop("aud")) == (world.url, portal.client_id)
    plain = world.portal()
    assert claims == plain.userinfo(world.tokens(plain, member)), "the same sector, the same claims"
    assert portal.ask_userinfo("x").headers["content-type"] == "application/json"
