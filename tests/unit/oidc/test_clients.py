"""Registering portals: what is taken, what is refused and in which words, and that repeating is safe."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from idp.kernel.errors import OperatorError
from idp.kernel.ids import digest
from idp.oidc.clients import Client, ClientMetadataError
from idp.oidc.metadata import read_metadata
from idp.oidc.metadata_text import document_of, from_json, to_json
from idp.oidc.offered import CERTIFICATION
from idp.oidc.portals import services
from idp.oidc.registration import Outcome, add_client, list_clients, remove_client, show_client
from idp.storage.tables import access_tokens, grants, refresh_tokens, subjects
from tests.unit.oidc.world import ISSUER, World

PUBLIC_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
"""The key of RFC 7515 A.3."""
MINIMAL: dict[str, Any] = {"client_name": "Terres", "redirect_uris": ["https://t.example/cb"]}
MINIMAL_GRANTS = ["authorization_code"]
KEYS: dict[str, Any] = {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [PUBLIC_KEY]}}


def test_the_clients_of_the_page_on_certification_can_be_added() -> None:
    page = (Path(__file__).parents[3] / "docs" / "certification.md").read_text("utf-8")
    told = [json.loads(each) for each in re.findall(r"^```json\n(.*?)^```", page, re.MULTILINE | re.DOTALL)]
    assert [read_metadata(each, CERTIFICATION).client_id for each in told] == ["conformance-1", "conformance-hybrid"]


def test_defaults_are_the_careful_ones() -> None:
    metadata = read_metadata(MINIMAL).metadata
    assert metadata.idp_pkce_required
    assert metadata.subject_type == "pairwise"
    assert metadata.id_token_signed_response_alg == "RS256"
    assert metadata.token_endpoint_auth_method == "client_secret_basic"
    assert metadata.grant_types == ("authorization_code",)
    assert metadata.idp_scopes_allowed == ("openid", "profile", "email")
    assert read_metadata(MINIMAL).sector == "t.example"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("redirect_uris", []),
        ("redirect_uris", "https://t.example/cb"),
        ("redirect_uris", ["http://t.example/cb"]),
        ("redirect_uris", ["https://t.example/cb#f"]),
        ("redirect_uris", ["https://u:p@t.example/cb"]),
        ("redirect_uris", ["https://t.example/\x00"]),
        ("redirect_uris", ["https://t.example/a b"]),
        ("redirect_uris", ["https://té.example/"]),
        ("redirect_uris", ["https://*.example/"]),
        ("redirect_uris", ["https://[::1/"]),
        ("redirect_uris", ["https://t.example:99999/"]),
        ("redirect_uris", ["javascript:alert(1)"]),
        ("redirect_uris", ["app.example:/cb"]),
        ("redirect_uris", ["https://t.example/cb?a=1&state=mine"]),
        ("redirect_uris", ["https://t.example/cb?iss"]),
        ("redirect_uris", ["https://t.example/cb?%63ode=1"]),
        ("redirect_uris", ["//t.example/cb"]),
        ("redirect_uris", [7]),
        ("post_logout_redirect_uris", ["http://t.example/"]),
        ("initiate_login_uri", "ftp://t.example/"),
        ("client_name", None),
        ("client_name", "a\nb"),
        ("client_name", "x" * 101),
        ("client_id", "a b"),
        ("client_id", "x" * 129),
        ("client_id", "\x00"),
        ("client_secret", "short"),
        ("grant_types", ["password"]),
        ("grant_types", []),
        ("response_types", ["token"]),
        ("token_endpoint_auth_method", "tls_client_auth"),
        ("token_endpoint_auth_signing_alg", "none"),
        ("token_endpoint_auth_signing_alg", "RS256"),
        ("request_object_signing_alg", "none"),
        ("jwks_uri", "http://t.example/keys"),
        ("jwks_uri", "https://t.example/keys#one"),
        ("jwks", []),
        ("jwks", {"keys": {}}),
        ("jwks", {"keys": [7]}),
        ("jwks", {"keys": [{"kty": "EC"}] * 21}),
        ("jwks", {"keys": [{"kty": "oct", "k": "AAAA"}]}),
        ("jwks", {"keys": [{**PUBLIC_KEY, "d": "AAAA"}]}),
        ("request_uris", ["http://t.example/object"]),
        ("request_uris", ["https://t.example/a#b#c"]),
        ("id_token_signed_response_alg", "none"),
        ("subject_type", "secret"),
        ("idp_first_party", "no"),
        ("idp_pkce_required", "yes"),
        ("idp_scopes_allowed", ["email"]),
        ("idp_scopes_allowed", ["openid", "bogus"]),
        ("default_max_age", -1),
        ("default_max_age", True),
        ("idp_tile", {"order": 1}),
        ("idp_tile", {"title": "T", "colour": "red"}),
        ("idp_tile", []),
        ("redirect_uri", "https://t.example/cb"),
        ("idp_profile", "bogus"),
        ("idp_profile", ["franceconnect"]),
        ("idp_acr_map", "eidas1"),
        ("idp_acr_map", {"mfa": "eidas2"}),
        ("idp_acr_map", {"password": "eidas1 eidas2"}),
        ("idp_acr_map", {"password": 1}),
        ("idp_scopes_allowed", ["openid", "birth"]),
    ],
)
def test_a_refusal_names_the_field_in_one_sentence(field: str, value: object) -> None:
    with pytest.raises(ClientMetadataError) as refused:
        read_metadata({**MINIMAL, field: value})
    assert refused.value.field == field
    assert str(refused.value).startswith(f"{field}: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("document", [None, [], "x", 7])
def test_a_document_is_an_object(document: object) -> None:
    with pytest.raises(ClientMetadataError):
        read_metadata(document)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"idp_tile": {"title": "T"}}, "initiate_login_uri"),
        ({"token_endpoint_auth_method": "none", "idp_pkce_required": False}, "idp_pkce_required"),
        ({"token_endpoint_auth_method": "none", "client_secret": "s" * 40}, "client_secret"),
        ({"response_types": ["code"], "grant_types": ["refresh_token"]}, "grant_types"),
        ({"token_endpoint_auth_method": "none", "grant_types": [*MINIMAL_GRANTS, "client_credentials"]}, "grant_types"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "jwks"),
        ({**KEYS, "jwks": {"keys": []}}, "jwks"),
        ({**KEYS, "jwks": {"keys": [{**PUBLIC_KEY, "use": "enc"}]}}, "jwks"),
        ({**KEYS, "jwks": {"keys": [{**PUBLIC_KEY, "crv": "P-384"}]}}, "jwks"),
        ({**KEYS, "jwks_uri": "https://t.example/keys"}, "jwks"),
        ({**KEYS, "client_secret": "s" * 40}, "client_secret"),
        ({**KEYS, "token_endpoint_auth_signing_alg": "HS256"}, "token_endpoint_auth_signing_alg"),
        ({"redirect_uris": ["https://a.example/", "https://b.example/"]}, "sector_identifier_uri"),
        ({"idp_profile": "franceconnect", "token_endpoint_auth_method": "none"}, "idp_profile"),
        ({"idp_profile": "franceconnect", "idp_scopes_allowed": ["openid", "phone"]}, "idp_scopes_allowed"),
    ],
)
def test_members_must_fit_one_another(more: dict[str, Any], field: str) -> None:
    with pytest.raises(ClientMetadataError) as refused:
        read_metadata({**MINIMAL, **more})
    assert refused.value.field == field


@pytest.mark.parametrize("host", ["localhost:8002", "127.0.0.1:8002", "[::1]:8002"])
def test_plain_http_is_for_this_machine(host: str) -> None:
    uri = f"http://{host}/cb"
    assert read_metadata({**MINIMAL, "redirect_uris": [uri]}).metadata.redirect_uris == (uri,)


def test_metadata_survive_their_keeping() -> None:
    tile = {"title": "Aides", "text": "Vos aides", "order": 2, "profiles": ["exploitant"]}
    whole = {**MINIMAL, "idp_tile": tile, "initiate_login_uri": "https://t.example/in", "contacts": ["a@t.example"]}
    for more in ({}, {"idp_profile": "franceconnect", "idp_acr_map": {"password": "eidas1"}}, KEYS):
        metadata = read_metadata({**whole, **more}).metadata
        assert from_json(to_json(metadata)) == metadata


def test_metadata_kept_before_there_were_profiles_are_a_usual_portals() -> None:
    kept = json.loads(to_json(read_metadata(MINIMAL).metadata))
    del kept["idp_profile"], kept["idp_acr_map"]
    assert from_json(json.dumps(kept)) == read_metadata(MINIMAL).metadata


def test_franceconnect_needs_no_pkce_and_has_its_own_scopes() -> None:
    metadata = read_metadata({**MINIMAL, "idp_profile": "franceconnect"}).metadata
    assert not metadata.idp_pkce_required
    assert metadata.idp_scopes_allowed == ("openid", "profile", "email", "birth")
    assert metadata.idp_acr_map == {}, "a level is declared, never supposed"
    asked = {**MINIMAL, "idp_profile": "franceconnect", "scope": "openid birth phone offline_access"}
    assert read_metadata(asked).metadata.idp_scopes_allowed == ("openid", "birth")


def test_a_shown_client_can_be_registered_again_with_its_profile(world: World) -> None:
    document = {**MINIMAL, "client_id": "fc", "idp_profile": "franceconnect", "idp_acr_map": {"password": "eidas1"}}
    with world.begin() as unit:
        add_client(unit, read_metadata(document), 1)
        shown = document_of(show_client(unit, "fc"))
        assert add_client(unit, read_metadata(shown), 2).outcome is Outcome.UNCHANGED
    assert (shown["idp_profile"], shown["idp_acr_map"]) == ("franceconnect", {"password": "eidas1"})
    plain = document_of(world_client(world))
    assert {"idp_profile", "idp_acr_map"}.isdisjoint(plain)


def world_client(world: World) -> Client:
    with world.begin(write=False) as unit:
        return show_client(unit, "portail")


def test_adding_again_changes_nothing_and_tells_no_secret(world: World) -> None:
    document = {**MINIMAL, "client_id": "t"}
    with world.begin() as unit:
        first = add_client(unit, read_metadata(document), 1)
        again = add_client(unit, read_metadata(document), 2)
        shown = add_client(unit, read_metadata(document_of(show_client(unit, "t"))), 3)
        renamed = add_client(unit, read_metadata({**document, "client_name": "Prés"}), 4)
        kept = unit.clients.get("t")
    assert (first.outcome, again.outcome, shown.outcome) == (Outcome.ADDED, Outcome.UNCHANGED, Outcome.UNCHANGED)
    assert first.secret is not None
    assert again.secret is None
    assert (renamed.outcome, renamed.secret, renamed.client.version) == (Outcome.UPDATED, None, 2)
    assert kept == renamed.client
    assert kept.secret == digest(first.secret)


METHODS: dict[str, dict[str, Any]] = {
    "client_secret_basic": {"token_endpoint_auth_method": "client_secret_basic"},
    "client_secret_jwt": {"token_endpoint_auth_method": "client_secret_jwt"},
    "private_key_jwt": KEYS,
    "none": {"token_endpoint_auth_method": "none"},
}


def kept_as(world: World, client: Client) -> tuple[bool, str | None]:
    """Return whether a digest is kept, and the secret that can be read."""
    with world.begin(write=False) as unit:
        found = unit.clients.get(client.id)
        assert found == client
        return found.secret is not None, unit.clients.readable_secret(found)


@pytest.mark.parametrize("before", METHODS)
@pytest.mark.parametrize("after", METHODS)
def test_what_is_kept_of_a_secret_is_what_the_method_needs(world: World, before: str, after: str) -> None:
    """A digest, for one that is sent; the secret sealed, for one that signs; else nothing (law 3)."""
    document = {**MINIMAL, "client_id": "t"}
    secret = None
    told = []
    for method in (before, after, after):
        with world.begin() as unit:
            added = add_client(unit, read_metadata({**document, **METHODS[method]}), 1)
        secret = added.secret or secret
        told.append((added.outcome, added.secret))
        expected = {"client_secret_basic": (True, None), "client_secret_jwt": (False, secret)}
        assert kept_as(world, added.client) == expected.get(method, (False, None))
        if added.client.secret is not None:
            assert added.client.secret == digest(str(secret))
    assert told[-1] == (Outcome.UNCHANGED, None), "told once"


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_jwt"])
def test_a_chosen_secret_is_kept_and_changed(world: World, method: str) -> None:
    document = {**MINIMAL, "client_id": "t", "token_endpoint_auth_method": method}
    outcomes = []
    for secret in ("a" * 40, "a" * 40, "b" * 40):
        with world.begin() as unit:
            added = add_client(unit, read_metadata({**document, "client_secret": secret}), 1)
        outcomes.append(added.outcome)
        readable = kept_as(world, added.client)[1]
        assert secret == readable if method == "client_secret_jwt" else added.client.secret_is(secret)
    assert outcomes == [Outcome.ADDED, Outcome.UNCHANGED, Outcome.UPDATED]


def test_a_sealed_secret_opens_for_its_own_client_alone(world: World) -> None:
    for name in ("un", "deux"):
        world.client(name, token_endpoint_auth_method="client_secret_jwt")
    with world.begin() as unit:
        one, two = show_client(unit, "un"), show_client(unit, "deux")
        assert unit.clients.readable_secret(one) == "s" * 40
        assert unit.clients.readable_secret(replace(one, sealed_secret=two.sealed_secret)) is None
        assert unit.clients.readable_secret(replace(one, sealed_secret=b"\x07" * 40)) is None, "a key that is gone"


def test_a_shown_client_has_its_keys_and_never_its_secret(world: World) -> None:
    secret = "un-secret-choisi-par-l-operateur-0123456789"
    world.client("signe", token_endpoint_auth_method="client_secret_jwt", client_secret=secret)
    with world.begin() as unit:
        add_client(unit, read_metadata({**MINIMAL, **KEYS, "client_id": "cles"}), 1)
        signs, keys = show_client(unit, "signe"), show_client(unit, "cles")
    shown = json.dumps(document_of(signs))
    assert secret not in shown
    assert "sealed" not in shown
    assert secret not in str(signs.sealed_secret)
    assert document_of(keys)["jwks"] == KEYS["jwks"]
    with world.begin() as unit:
        assert add_client(unit, read_metadata(document_of(keys)), 2).outcome is Outcome.UNCHANGED


def test_the_sector_of_a_client_never_changes(world: World) -> None:
    with world.begin() as unit:
        add_client(unit, read_metadata({**MINIMAL, "client_id": "t"}), 1)
        with pytest.raises(ClientMetadataError):
            add_client(unit, read_metadata({**MINIMAL, "client_id": "t", "subject_type": "public"}), 2)


def test_a_client_goes_with_everything_but_its_subjects(world: World) -> None:
    world.refresh(world.tokens()["refresh_token"])
    world.sign_in(amr=("provisional",))
    world.ask()
    with world.begin() as unit:
        remove_client(unit, "portail")
        assert list_clients(unit) == ()
        with pytest.raises(OperatorError, match="portail"):
            remove_client(unit, "portail")
    with world.database.begin(write=False) as connection:
        tables = (grants, access_tokens, refresh_tokens, subjects)
        left = [connection.scalar(select(func.count()).select_from(table)) for table in tables]
    assert left == [0, 0, 0, 1]


def test_tiles_stand_in_order_for_their_profile(world: World) -> None:
    start = {"initiate_login_uri": "https://portail.example/in"}
    world.client("b", idp_tile={"title": "Deux", "order": 2}, **start)
    world.client("a", idp_tile={"title": "Un", "order": 1}, **start)
    world.client("c", idp_tile={"title": "Ferme", "profiles": ["exploitant"]}, **start)
    with world.begin() as unit:
        first = services(unit.clients, ISSUER, "particulier")[0]
        assert first.url == "https://portail.example/in?iss=http%3A%2F%2Flocalhost%3A8000"
        assert [service.title for service in services(unit.clients, ISSUER, "particulier")] == [
            "Un",
            "Deux",
        ]
        assert [service.title for service in services(unit.clients, ISSUER, "exploitant")] == [
            "Ferme",
            "Un",
            "Deux",
        ]
