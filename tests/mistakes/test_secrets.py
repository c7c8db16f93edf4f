"""Mistake 28, and what else is worth a test: privileges nobody gave, secrets in the wrong place, foreign origins."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from joserfc import jws

from idp.adapters import key_folder
from idp.app import build
from idp.house import open_house
from idp.kernel.keyring import KeyFile, KeyPurpose, RingEntry
from idp.oidc.key_pairs import new_pem, public_jwk
from idp.storage.key_ring import SqlKeyRing
from tests.conformance.world import World
from tests.flows.story import enroll_to, path, shown
from tests.support.browser import Browser
from tests.support.clock import FakeClock
from tests.support.forged import signing_key
from tests.support.house import CHEAP, Running, open_account, running_house
from tests.support.portal import Portal
from tests.support.server import served

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}
OPERATOR_S = {
    "idp_first_party": True, "idp_pkce_required": False, "idp_profile": "franceconnect",
    "idp_acr_map": {"password": "x"},
    "idp_scopes_allowed": ["openid", "birth"], "idp_tile": {"title": "Voler"}, "idp_resources": ["https://a.example/"],
    "idp_access_token": "jwt", "client_id": "choisi", "client_secret": "s" * 40, "sector": "*",
    "registration_token": "x",
    "client_id_issued_at": 1, "client_secret_expires_at": 9, "secret": "x", "version": 9, "sealed_secret": "x",
}  # fmt: skip


@pytest.fixture(params=["off", "token", "open"])
def registering(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path) -> Iterator[World]:
    """A provider with one way to register over the network, or none."""
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    url = f"sqlite:///{tmp_path / 'idp.db'}"
    with running_house(url, FakeClock(), tmp_path, registration=request.param) as running:
        open_account(running)
        world = World(running)
        yield world
        world.close()


def test_mistake_28_a_client_from_the_network_sets_nothing_that_is_the_operator_s(registering: World) -> None:
    portal, mode = registering.portal(), registering.running.house.settings.registration
    http, place = portal.http, f"{portal.issuer}/oidc/register"
    endpoint = portal.metadata.get("registration_endpoint")
    before = _clients(registering.running)
    document = {"client_name": "Voleur", "redirect_uris": ["https://voleur.example/retour"], "response_types": ["code"]}
    if endpoint is None:
        assert http.post(place, json=document).status_code == 404
    elif mode == "token":
        for headers in ({}, {"authorization": "Bearer x"}, {"authorization": portal.basic()}):
            assert http.post(endpoint, json=document, headers=headers).status_code == 401
    elif mode == "open":
        for name, value in OPERATOR_S.items():
            answer = http.post(endpoint, json={**document, name: value})
            assert answer.status_code in (201, 400), name
            told = answer.json()
            assert told.get(name) != value, name
            added = next((c for c in _clients(registering.running) if c.id == told.get("client_id")), None)
            assert added is None or added.metadata.idp_pkce_required
            assert added is None or not added.metadata.idp_first_party, "a stranger's portal asks for consent"
            assert added is None or (added.metadata.idp_profile, added.metadata.idp_tile) == (None, None)
        return
    else:
        pytest.fail("registration is off and yet advertised")
    assert _clients(registering.running) == before


def _clients(running: Running):  # type: ignore[no-untyped-def]
    with running.house.begin(write=False) as unit:
        return tuple(unit.clients.all())


def test_mistake_28_only_public_keys_are_published(world: World, portal: Portal) -> None:
    published = portal.http.get(portal.metadata["jwks_uri"])
    keys = published.json()["keys"]
    assert keys
    for key in keys:
        assert not PRIVATE & set(key)
        assert key["kty"] in ("RSA", "EC", "OKP")
    _, private = signing_key(world.running)
    for member in PRIVATE & set(private.as_dict(private=True)):
        assert str(private.as_dict(private=True)[member]) not in published.text
    for place in ("/keys", "/keys/", "/oidc/keys", "/.well-known/jwks.json", "/static/../keys", "/idp.db", "/.env"):
        assert portal.http.get(portal.issuer + place).status_code == 404, place
        assert portal.http.get(f"{portal.issuer}/static/x/..%2f..%2f..%2fkeys").status_code == 404


def test_mistake_28_no_secret_is_in_an_address_or_an_answer_it_is_not_for(
    world: World, member: Browser, nobody: Browser
) -> None:
    portal = world.portal(token_endpoint_auth_method="client_secret_post")
    attempt = portal.start(client_secret=portal.secret)
    nobody.get(attempt.url)
    tokens = world.tokens(portal, member)
    answers = [
        portal.ask(grant_type="authorization_code", code="x"),
        portal.ask(grant_type="refresh_token", refresh_token=tokens.refresh),
        portal.ask_userinfo(tokens.access),
        portal.http.get(f"{portal.issuer}/.well-known/openid-configuration"),
        portal.http.get(portal.metadata["jwks_uri"]),
        portal.http.post(portal.metadata["token_endpoint"], params={"client_secret": portal.secret}, data={}),
    ]
    for answer in answers:
        assert portal.secret not in answer.text
        assert portal.secret not in str(answer.headers)
    ours = [url for url in nobody.trail + member.trail if "client_secret" not in url]
    assert not [url for url in ours if portal.secret in url or tokens.access in url or str(tokens.refresh) in url]
    assert portal.secret not in nobody.trail[-1], "where the browser ended"
    assert shown(nobody).response.text.count(portal.secret) == 0
    for name, value in member.client.cookies.items():
        assert value not in shown(member).response.text, name


def test_mistake_28_a_client_s_credentials_open_no_other_client_and_nothing_else(world: World) -> None:
    one, other = world.portal(), world.portal()
    mine = one.secret
    for secret in (other.secret, "", " ", f"{mine} ", mine[:-1], mine.swapcase(), "\x00", one.client_id):
        header = {"authorization": one.basic(secret)}
        answer = one.http.post(one.metadata["token_endpoint"], data={"grant_type": "refresh_token"}, headers=header)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), secret
    for route in ("/espace", "/mon-compte", "/franceconnect"):
        answer = one.http.get(one.issuer + route, headers={"authorization": one.basic()})
        assert answer.status_code in (303, 404), route
    assert not one.is_honoured(one.secret)


ORIGINS = (
    "https://voleur.example", "https://portail.example.voleur.example", "https://voleurportail.example",
    "https://portail.example:8443", "http://portail.example", "https://sub.portail.example", "null",
    "https://portail.exampl",
    "https://portail.example.", "https://PORTAIL.example", "file://", "https://portail.example@voleur.example",
    "http://127.0.0.1:1", "http://localhost:9", "http://127.0.0.1:99",
)  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
def test_also_04_no_lookalike_origin_reads_anything_with_a_member_s_cookies(
    world: World, member: Browser, origin: str
) -> None:
    portal = world.portal(redirect_uris=["https://portail.example/retour", "http://127.0.0.1:9/retour"],
                          sector_identifier_uri="https://portail.example/s")  # fmt: skip
    portal.redirect_uri = "http://127.0.0.1:9/retour"
    tokens = world.tokens(portal, member)
    asked = {"access-control-request-method": "GET", "access-control-request-headers": "authorization"}
    headers = {"origin": origin, **asked}
    open_places = [portal.metadata[name] for name in ("token_endpoint", "userinfo_endpoint", "jwks_uri")]
    closed = [f"{portal.issuer}{route}" for route in ("/espace", "/mon-compte", "/connexion", "/", "/franceconnect")]
    closed += [portal.start().url, portal.logout_url(None)]
    for place in closed + open_places + [f"{portal.issuer}/.well-known/openid-configuration"]:
        for method in ("GET", "OPTIONS"):
            answer = member.client.request(method, place, headers=headers)
            allowed = answer.headers.get("access-control-allow-origin")
            assert "access-control-allow-credentials" not in answer.headers, place
            assert allowed is None or (allowed == "*" and place not in closed), place
    read = portal.http.get(
        portal.metadata["userinfo_endpoint"], headers={"authorization": f"Bearer {tokens.access}", "origin": origin}
    )
    assert read.headers.get("access-control-allow-origin") in (None, "*")


FILES = {
    "file": ("x.png", b"\x89PNG\r\n<script>alert(1)</script>", "image/png"),
    "logo": ("x.svg", b"<svg onload='alert(1)'/>", "image/svg+xml"),
    "a": ("../../x.html", b"<script>alert(1)</script>", "text/html"),
    "nir": ("x.php", b"<?php", "image/gif"),
}


def test_also_06_nobody_uploads_anything(light: Running, browser: Browser) -> None:
    """No extension is judged, for no file is ever taken: forms are urlencoded, and nothing is written."""
    before = sorted(str(path_) for path_ in light.folder.rglob("*"))
    enroll_to(browser, "coordonnees")
    fields = shown(browser).form().fields
    routes: tuple[str, ...] = ("/inscription", "/inscription/coordonnees", "/connexion", "/mot-de-passe")
    routes += ("/conditions", "/mon-compte")
    routes += ("/deconnexion", "/franceconnect", "/securite/gel", "/oidc/authorize", "/oidc/token", "/oidc/logout")
    for route in routes:
        for name, file in FILES.items():
            answer = browser.client.post(route, data=fields, files={name: file})
            assert answer.status_code in (400, 403, 404, 415), route
            assert "alert(1)" not in answer.text
            put = browser.client.put(f"{route}/{name}", content=file[1])
            assert put.status_code in (404, 405), route
    browser.get("/inscription/reprendre")
    assert path(browser) == "/inscription/coordonnees"
    after = sorted(str(path_) for path_ in light.folder.rglob("*"))
    assert [path_ for path_ in after if path_ not in before and "idp.db" not in path_] == []


@contextmanager
def another_node(first: Running) -> Iterator[str]:
    """Run a second node on the database and the key folder of the first; yield where it listens."""
    house = open_house(first.house.settings, first.house.clock, CHEAP)
    listener = socket.create_server(("127.0.0.1", 0))
    with served(build(house, worker=False), listener):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_also_07_no_node_signs_with_a_key_that_others_do_not_publish_yet(light: Running) -> None:
    """A second node starts with a newer key: what it signs holds for a portal that asked the first node for keys."""
    open_account(light)
    world, house = World(light), light.house
    portal, browser = world.portal(), world.signed_in()
    assert portal.keys
    new = KeyFile("nouvelle_cle", KeyPurpose.SIGN_RS256, 2, new_pem(KeyPurpose.SIGN_RS256))
    key_folder.write(light.folder / "keys", new)
    with house.database.begin() as connection:
        row = RingEntry(new.kid, new.purpose, new.version, new.fingerprint, public_jwk(new), house.clock.now())
        SqlKeyRing(connection).add(row)
    with another_node(light) as there:
        published = portal.http.get(f"{there}/oidc/jwks").json()["keys"]
        assert new.kid in [key["kid"] for key in published], "published first"
        for _ in range(3):
            attempt, code = world.code(portal, browser)
            answer = portal.http.post(
                f"{there}/oidc/token",
                data={
                    "grant_type": "authorization_code", "code": code, "redirect_uri": attempt.redirect_uri,
                    "code_verifier": attempt.verifier,
                },
                headers={"authorization": portal.basic()},
            )  # fmt: skip
            tokens = portal.judge(answer, nonce=attempt.nonce)
            assert jws.extract_compact(tokens.id_token.encode()).headers()["kid"] != new.kid, "and signs later"
            world.later(60)
    world.close()
