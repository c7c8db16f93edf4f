"""Registration over the network: who may, what is registered, and what of it is told (RFC 7591)."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest

from idp.kernel import log
from idp.kernel.clock import DAY
from idp.oidc.initial_tokens import allow
from idp.oidc.network_metadata import SCOPES
from idp.storage.tables import client_logos, clients, initial_access_tokens
from tests.conformance.asserting import RSA
from tests.conformance.stranger import BACK, DOCUMENT, Stranger
from tests.conformance.world import World
from tests.support.client_site import Site, client_site, public
from tests.support.house import PASSWORD
from tests.support.portal import Portal, Refused

KEYS = {"keys": [public(RSA)]}
SECRETS = ("client_secret_basic", "client_secret_post", "client_secret_jwt")


@pytest.fixture
def site() -> Iterator[Site]:
    with client_site() as running:
        yield running


def invitation(stranger: Stranger, days: int = 7) -> str:
    with stranger.world.running.house.begin() as unit:
        return allow(unit, "Voisin", days, stranger.world.clock.now())[1]


def test_nobody_registers_where_it_is_off(world: World, portal: Portal) -> None:
    assert "registration_endpoint" not in portal.metadata
    for method in ("GET", "POST", "PUT", "DELETE"):
        for place in ("/oidc/register", f"/oidc/register/{portal.client_id}"):
            answer = portal.http.request(method, world.url + place, json=DOCUMENT)
            assert answer.status_code == 404, f"{method} {place}"


def test_discovery_names_the_endpoint_where_it_is_on(stranger: Stranger, invited: Stranger) -> None:
    for somebody in (stranger, invited):
        told = somebody.http.get(f"{somebody.world.url}/.well-known/openid-configuration").json()
        assert told["registration_endpoint"] == somebody.place


def test_a_document_of_redirect_uris_alone_is_enough(stranger: Stranger) -> None:
    answer = stranger.ask({"redirect_uris": ["https://portail.example/retour"]})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    usual = {
        "client_name": "portail.example",
        "redirect_uris": ["https://portail.example/retour"],
        "response_types": ["code"],
        "grant_types": ["authorization_code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "id_token_signed_response_alg": "RS256",
        "subject_type": "pairwise",
        "scope": " ".join(SCOPES),
        "client_secret_expires_at": 0,
        "client_id_issued_at": stranger.world.seconds(),
        "registration_client_uri": f"{stranger.place}/{told['client_id']}",
    }
    assert {name: told.get(name) for name in usual} == usual
    assert len(told["client_secret"]) >= 43
    assert len(told["registration_access_token"]) >= 43
    assert [name for name in told if name.startswith("idp_")] == []


EVERYTHING: dict[str, Any] = {
    "client_uri": "https://portail.example/",
    "policy_uri": "https://portail.example/donnees",
    "tos_uri": "https://portail.example/conditions",
    "contacts": ["equipe@portail.example"],
    "application_type": "web",
    "post_logout_redirect_uris": ["http://127.0.0.1:9/fini"],
    "initiate_login_uri": "https://portail.example/entrer",
    "backchannel_logout_uri": "http://127.0.0.1:9/sorti",
    "backchannel_logout_session_required": True,
    "frontchannel_logout_uri": "http://127.0.0.1:9/sorti",
    "frontchannel_logout_session_required": True,
    "default_max_age": 3600,
    "require_auth_time": True,
    "default_acr_values": ["urn:idp:acr:password"],
    "id_token_signed_response_alg": "ES256",
    "userinfo_signed_response_alg": "RS256",
    "introspection_signed_response_alg": "ES256",
    "request_object_signing_alg": "PS256",
    "request_uris": ["https://portail.example/demande#x"],
    "require_pushed_authorization_requests": True,
    "grant_types": ["authorization_code", "refresh_token"],
    "jwks": KEYS,
    "software_id": "voisin",
    "software_version": "1.2",
}


@pytest.mark.parametrize("name", EVERYTHING)
def test_each_member_is_kept_and_told_again(stranger: Stranger, name: str) -> None:
    mine = stranger.register(**{name: EVERYTHING[name]})
    assert mine.told[name] == EVERYTHING[name]
    assert stranger.read(mine).json()[name] == EVERYTHING[name]


def test_all_members_together_are_kept(certifier: Stranger) -> None:
    mine = certifier.register(**EVERYTHING)
    assert {name: mine.told[name] for name in EVERYTHING} == EVERYTHING


@pytest.mark.parametrize("method", [*SECRETS, "private_key_jwt", "none"])
def test_a_secret_is_told_to_whom_it_serves(stranger: Stranger, method: str) -> None:
    more: dict[str, Any] = {"jwks": KEYS} if method == "private_key_jwt" else {}
    told = stranger.register(token_endpoint_auth_method=method, **more).told
    assert ("client_secret" in told) == ("client_secret_expires_at" in told) == (method in SECRETS)


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_a_registered_portal_signs_members_in_after_their_consent(stranger: Stranger, method: str) -> None:
    mine = stranger.register(token_endpoint_auth_method=method, grant_types=["authorization_code", "refresh_token"])
    portal, browser = stranger.portal(mine), stranger.world.signed_in()
    attempt = portal.start(scope="openid email birth")
    page = browser.get(attempt.url)
    assert page.path == "/autorisation"
    assert "Voisin" in page.text
    browser.submit()
    tokens = portal.tokens(attempt, portal.code(browser.trail, attempt))
    assert tokens.refresh
    assert set(tokens.scope) == {"openid", "email"}, "no scope is had that the operator alone gives"
    assert set(portal.userinfo(tokens)) == {"sub", "email", "email_verified"}


@pytest.mark.parametrize(
    ("asked", "had"),
    [
        (None, SCOPES),
        ("openid email", ("openid", "email")),
        ("email", ("openid", "email")),
        ("openid birth preferences api:read unheard-of", ("openid",)),
        ("openid offline_access", ("openid", "offline_access")),
    ],
)
def test_scopes_are_the_usual_ones_as_asked(stranger: Stranger, asked: str | None, had: tuple[str, ...]) -> None:
    mine = stranger.register(**({} if asked is None else {"scope": asked}))
    assert mine.told["scope"] == " ".join(had)
    kept = stranger.kept(mine.id)
    assert kept is not None
    assert kept.metadata.idp_scopes_allowed == had


@pytest.mark.parametrize("method", ["client_secret_basic", "none"])
def test_pkce_is_required_but_of_confidential_clients_under_certification(
    stranger: Stranger, certifier: Stranger, method: str
) -> None:
    for somebody, required in ((stranger, True), (certifier, method == "none")):
        kept = somebody.kept(somebody.register(token_endpoint_auth_method=method).id)
        assert kept is not None
        assert kept.metadata.idp_pkce_required == required
        assert not kept.metadata.idp_first_party


@pytest.mark.parametrize("kind", ["id_token", "id_token token", "code id_token", "token code", "code id_token token"])
def test_implicit_and_hybrid_are_for_certification_alone(stranger: Stranger, certifier: Stranger, kind: str) -> None:
    assert "response_types" in stranger.refused(response_types=[kind])
    told = certifier.register(response_types=[kind]).told
    assert [set(each.split()) for each in told["response_types"]] == [set(kind.split())]
    assert "implicit" in told["grant_types"]


def test_a_sector_document_holds_every_redirect_uri(stranger: Stranger, site: Site) -> None:
    uris = [BACK, "https://portail.example/retour"]
    site.say(b'["https://portail.example/retour", "http://127.0.0.1:9/retour", "x"]')
    mine = stranger.register(redirect_uris=uris, sector_identifier_uri=f"{site.url}/sector")
    kept = stranger.kept(mine.id)
    assert kept is not None
    assert kept.sector == "127.0.0.1"
    assert site.asked == ["/sector"]


@pytest.mark.parametrize("subject_type", ["pairwise", "public"])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b'["https://portail.example/retour"]'),
        (200, b"[]"),
        (200, b'{"redirect_uris": ["http://127.0.0.1:9/retour"]}'),
        (200, b'"http://127.0.0.1:9/retour"'),
        (200, b'[["http://127.0.0.1:9/retour"]]'),
        (200, b'["http://127.0.0.1:9/retour"'),
        (200, b"\xff\xfe"),
        (200, b"[" * 30_000),
        (200, b'["http://127.0.0.1:9/retour"]' + b" " * 65_536),
        (404, b'["http://127.0.0.1:9/retour"]'),
        (302, b'["http://127.0.0.1:9/retour"]'),
    ],
)
def test_a_sector_document_that_does_not_vouch_is_refused_in_one_sentence(
    stranger: Stranger, site: Site, status: int, body: bytes, subject_type: str
) -> None:
    site.say(body, status, location=BACK)
    told = stranger.refused(sector_identifier_uri=f"{site.url}/sector", subject_type=subject_type)
    assert told == "sector_identifier_uri: must answer with a JSON array that holds every redirect URI"


def test_a_token_of_the_operator_registers_one_portal(invited: Stranger) -> None:
    token = invitation(invited)
    for wrong in (None, "x", token[:-1], "é", "x" * 5000):
        answer = invited.ask(DOCUMENT, wrong)
        assert answer.status_code == 401, wrong
        assert answer.headers["www-authenticate"].startswith('Bearer realm="')
        assert answer.json() == ({} if wrong is None else {"error": "invalid_token"})
    refused = invited.ask({**DOCUMENT, "redirect_uris": []}, token)
    assert refused.status_code == 400
    assert invited.register(token).id, "a document that was refused used nothing up"
    assert invited.ask(DOCUMENT, token).status_code == 401
    assert invited.ask(DOCUMENT, invitation(invited)).status_code == 201


def test_a_token_ends_with_its_days(invited: Stranger) -> None:
    token, other = invitation(invited, 2), invitation(invited, 3)
    invited.world.clock.advance(2 * DAY)
    assert invited.ask(DOCUMENT, token).status_code == 401
    assert invited.ask(DOCUMENT, other).status_code == 201


def test_nothing_is_asked_of_anybody_without_a_token(invited: Stranger, site: Site) -> None:
    document = {**DOCUMENT, "sector_identifier_uri": f"{site.url}/sector", "logo_uri": f"{site.url}/logo"}
    assert invited.ask(document).status_code == 401
    assert invited.ask(document, "x" * 43).status_code == 401
    assert site.asked == []


def test_no_secret_is_kept_or_logged(invited: Stranger) -> None:
    stream = StringIO()
    log.configure(stream=stream, json=True)
    token = invitation(invited)
    mine = invited.register(token)
    told = [token, mine.token, mine.told["client_secret"]]
    assert invited.read(mine).status_code == 200
    assert invited.replace(mine, client_secret=told[2]).status_code == 200
    assert invited.replace(mine, client_secret="x" * 43).status_code == 400
    assert invited.remove(mine, "y" * 43).status_code == 401
    with invited.world.running.house.database.begin(write=False) as connection:
        held = [str(tuple(row)) for table in (clients, initial_access_tokens, client_logos)
                for row in connection.execute(table.select())]
    assert invited.remove(mine).status_code == 204
    for secret in told:
        assert secret not in stream.getvalue()
        assert not any(secret in row for row in held)
    assert PASSWORD not in stream.getvalue()


def test_a_portal_that_was_removed_gets_nothing_more(stranger: Stranger) -> None:
    mine = stranger.register()
    portal, browser = stranger.portal(mine), stranger.world.signed_in()
    attempt = portal.start()
    browser.get(attempt.url)
    browser.submit()
    tokens = portal.tokens(attempt, portal.code(browser.trail, attempt))
    assert stranger.remove(mine).status_code == 204
    assert not portal.is_honoured(tokens.access)
    with pytest.raises(Refused, match="401"):
        portal.refresh("x" * 43)
    assert browser.get(portal.start().url).status == 400
