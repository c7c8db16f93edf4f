"""The discovery document says what is true, and all that a library needs (OpenID Connect Discovery 3, RFC 8414)."""

from __future__ import annotations

import pytest

from tests.conformance.world import World
from tests.support.portal import Portal

REQUIRED = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "response_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
)
ENDPOINTS = (
    "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint",
    "introspection_endpoint", "revocation_endpoint",
)  # fmt: skip


def test_every_required_member_is_there(portal: Portal) -> None:
    assert [name for name in REQUIRED if name not in portal.metadata] == []


def test_the_issuer_is_the_one_that_was_asked(world: World, portal: Portal) -> None:
    assert portal.metadata["issuer"] == world.url


@pytest.mark.parametrize("name", ENDPOINTS)
def test_every_endpoint_stands_under_the_issuer_and_exists(world: World, portal: Portal, name: str) -> None:
    endpoint = portal.metadata[name]
    assert endpoint.startswith(world.url + "/")
    assert portal.http.get(endpoint).status_code != 404


def test_it_promises_what_the_laws_want_and_nothing_weaker(portal: Portal) -> None:
    told = portal.metadata
    assert told["response_types_supported"] == ["code"]
    assert told["response_modes_supported"] == ["query", "fragment", "form_post"]
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert set(told["id_token_signing_alg_values_supported"]) == {"RS256", "ES256"}
    assert set(told["subject_types_supported"]) == {"pairwise", "public"}
    assert set(told["token_endpoint_auth_methods_supported"]) == {
        "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"
    }  # fmt: skip
    assert set(told["grant_types_supported"]) == {
        "authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"
    }  # fmt: skip
    assert told["authorization_response_iss_parameter_supported"] is True
    assert told["request_parameter_supported"] is False
    # Its default is true (Discovery 3): silence would promise what is refused.
    assert told["request_uri_parameter_supported"] is False


def test_it_says_how_clients_ask_about_tokens(portal: Portal) -> None:
    told = portal.metadata
    everybody = set(told["token_endpoint_auth_methods_supported"])
    assert set(told["revocation_endpoint_auth_methods_supported"]) == everybody
    assert set(told["introspection_endpoint_auth_methods_supported"]) == everybody - {"none"}
    for endpoint in ("revocation", "introspection"):  # RFC 8414 2: needed where the methods are JWTs
        assert "RS256" in told[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
    assert set(told["introspection_signing_alg_values_supported"]) == {"RS256", "ES256"}
    assert set(told["userinfo_signing_alg_values_supported"]) == {"RS256", "ES256"}


def test_it_promises_the_scopes_that_any_portal_may_be_given(portal: Portal) -> None:
    told = portal.metadata
    assert set(told["scopes_supported"]) == {
        "openid", "profile", "email", "phone", "address", "preferences", "offline_access"
    }  # fmt: skip
    assert "documents_by_email" in told["claims_supported"]


def test_the_issuer_is_never_taken_from_a_header(world: World, portal: Portal) -> None:
    forged = {"host": "ailleurs.example", "x-forwarded-host": "ailleurs.example", "x-forwarded-proto": "https"}
    found = portal.http.get(f"{world.url}/.well-known/openid-configuration", headers=forged)
    assert found.json() == portal.metadata


def test_the_oauth_address_tells_the_same(world: World, portal: Portal) -> None:
    assert portal.http.get(f"{world.url}/.well-known/oauth-authorization-server").json() == portal.metadata


def test_what_does_not_change_is_not_sent_again(world: World, portal: Portal) -> None:
    for url in (f"{world.url}/.well-known/openid-configuration", portal.metadata["jwks_uri"]):
        first = portal.http.get(url)
        assert first.headers["content-type"] == "application/json"
        assert portal.http.get(url, headers={"if-none-match": first.headers["etag"]}).status_code == 304
