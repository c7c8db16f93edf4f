"""A registered client reads, replaces and removes itself, and nobody else does (RFC 7592)."""

from __future__ import annotations

from typing import Any

import pytest

from idp.oidc.metadata import read_metadata
from idp.oidc.registration import add_client
from tests.conformance.asserting import RSA
from tests.conformance.stranger import BACK, DOCUMENT, Registered, Stranger
from tests.support.client_site import public

OTHER_HOST = "https://autre.example/retour"
HERE = "https://portail.example/entrer"


@pytest.fixture
def mine(stranger: Stranger) -> Registered:
    return stranger.register(initiate_login_uri=HERE, contacts=["equipe@portail.example"])


def basic_of(told: dict[str, Any]) -> bool:
    return "client_secret" in told


def test_a_client_reads_what_it_registered(stranger: Stranger, mine: Registered) -> None:
    answer = stranger.read(mine)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told["initiate_login_uri"] == HERE
    secret = {"client_secret", "client_secret_expires_at"}
    assert told == {name: value for name, value in mine.told.items() if name not in secret}


def test_a_replacement_replaces_all(stranger: Stranger, mine: Registered) -> None:
    answer = stranger.replace(mine, client_name="Voisine", policy_uri="https://portail.example/donnees")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["client_name"], told["policy_uri"]) == ("Voisine", "https://portail.example/donnees")
    assert "initiate_login_uri" not in told
    assert "contacts" not in told
    assert told["client_id"] == mine.id
    assert told["registration_access_token"] == mine.token
    assert told["client_id_issued_at"] == mine.told["client_id_issued_at"]
    assert not basic_of(told)
    kept = stranger.kept(mine.id)
    assert kept is not None
    assert kept.secret_is(mine.told["client_secret"])
    assert stranger.read(mine).json() == told


def test_members_that_are_null_are_left_out(stranger: Stranger, mine: Registered) -> None:
    told = stranger.replace(mine, initiate_login_uri=None, contacts=None, scope=None).json()
    assert {"initiate_login_uri", "contacts"} & set(told) == set()


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_jwt"])
def test_a_client_may_name_its_secret_and_not_choose_it(stranger: Stranger, method: str) -> None:
    mine = stranger.register(token_endpoint_auth_method=method)
    again = stranger.replace(mine, token_endpoint_auth_method=method, client_secret=mine.told["client_secret"])
    assert again.status_code == 200, again.text
    assert not basic_of(again.json())
    others: list[Any] = ["s" * 43, "", "é" * 43, 7, [mine.told["client_secret"]], {}]
    for chosen in others:
        refused = stranger.replace(mine, token_endpoint_auth_method=method, client_secret=chosen)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata"), chosen


def test_another_method_has_the_secret_that_it_needs(stranger: Stranger, mine: Registered) -> None:
    keys = {"keys": [public(RSA)]}
    assert not basic_of(stranger.replace(mine, token_endpoint_auth_method="private_key_jwt", jwks=keys).json())
    kept = stranger.kept(mine.id)
    assert kept is not None
    assert kept.secret is None
    told = stranger.replace(mine, token_endpoint_auth_method="client_secret_post").json()
    assert told["client_secret"] != mine.told["client_secret"]
    assert told["client_secret_expires_at"] == 0
    assert stranger.replace(mine, client_secret=mine.told["client_secret"]).status_code == 400


@pytest.mark.parametrize("named", [..., None, "", "voisin", 7, ["x"], "other"])
def test_a_replacement_names_its_client(stranger: Stranger, mine: Registered, named: Any) -> None:
    """RFC 7592 2.2: the client_id must be there, and be the client's own."""
    other = stranger.register().id if named == "other" else named
    refused = stranger.replace(mine, client_id=other, client_name="Voisine")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")
    assert stranger.read(mine).json()["client_name"] == DOCUMENT["client_name"]


@pytest.mark.parametrize(
    "document",
    [{"redirect_uris": [OTHER_HOST]}, {"subject_type": "public"}, {"redirect_uris": [BACK, OTHER_HOST]}],
)
def test_the_sector_never_changes(stranger: Stranger, mine: Registered, document: dict[str, Any]) -> None:
    refused = stranger.replace(mine, **document)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")
    kept = stranger.kept(mine.id)
    assert kept is not None
    assert (kept.sector, kept.metadata.redirect_uris) == ("127.0.0.1", (BACK,))


def test_a_replacement_is_judged_like_a_registration(stranger: Stranger, mine: Registered) -> None:
    for document, error in (
        ({"redirect_uris": [BACK + "#x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ...}, "invalid_redirect_uri"),
        ({"initiate_login_uri": "http://127.0.0.1:9/entrer"}, "invalid_client_metadata"),
        ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
    ):
        refused = stranger.replace(mine, **document)
        assert (refused.status_code, refused.json()["error"]) == (400, error)
    stranger.replace(mine, idp_first_party=True, idp_pkce_required=False, idp_scopes_allowed=["openid", "birth"])
    kept = stranger.kept(mine.id)
    assert kept is not None
    assert (kept.metadata.idp_first_party, kept.metadata.idp_pkce_required) == (False, True)
    assert "birth" not in kept.metadata.idp_scopes_allowed


def test_the_token_of_another_client_and_no_client_at_all_are_one_answer(stranger: Stranger, mine: Registered) -> None:
    """Nobody learns which clients exist."""
    other = stranger.register()
    with stranger.world.running.house.begin() as unit:
        ours = add_client(unit, read_metadata(DOCUMENT), stranger.world.clock.now()).client
    nobody = Registered({"client_id": "x" * 22}, f"{stranger.place}/{'x' * 22}", "")
    operators = Registered({"client_id": ours.id}, f"{stranger.place}/{ours.id}", "")
    told = set()
    for whose in (mine, operators, nobody):
        for token in (other.token, "x" * 43, "é", "x" * 5000, "None"):
            for answer in (
                stranger.read(whose, token), stranger.replace(whose, token), stranger.remove(whose, token),
            ):  # fmt: skip
                told.add((answer.status_code, answer.headers["www-authenticate"], answer.text))
    assert told == {
        (401, f'Bearer realm="{stranger.world.url}", error="invalid_token"', '{"error":"invalid_token"}'),
    }
    assert stranger.read(mine).status_code == 200


def test_no_token_is_a_question_for_one(stranger: Stranger, mine: Registered) -> None:
    for headers in ({}, {"authorization": "Basic eDp5"}, {"authorization": mine.token}):
        for method in ("GET", "DELETE"):
            answer = stranger.http.request(method, mine.place, headers=headers)
            assert (answer.status_code, answer.json()) == (401, {})
            assert answer.headers["www-authenticate"] == f'Bearer realm="{stranger.world.url}"'
    assert stranger.http.get(f"{mine.place}?access_token={mine.token}").status_code == 401


def test_a_client_that_went_is_gone_with_its_token(stranger: Stranger, mine: Registered) -> None:
    answer = stranger.remove(mine)
    assert (answer.status_code, answer.content) == (204, b"")
    assert stranger.kept(mine.id) is None
    for answer in (stranger.read(mine), stranger.replace(mine), stranger.remove(mine)):
        assert answer.status_code == 401


def test_whom_the_operator_takes_over_manages_itself_no_more(stranger: Stranger, mine: Registered) -> None:
    with stranger.world.running.house.begin() as unit:
        whole = {**DOCUMENT, "client_id": mine.id, "idp_scopes_allowed": ["openid", "preferences"]}
        add_client(unit, read_metadata(whole), stranger.world.clock.now())
    for answer in (stranger.read(mine), stranger.replace(mine), stranger.remove(mine)):
        assert answer.status_code == 401
    kept = stranger.kept(mine.id)
    assert kept is not None
    assert "preferences" in kept.metadata.idp_scopes_allowed


def test_other_methods_are_not_had(stranger: Stranger, mine: Registered) -> None:
    assert stranger.http.get(stranger.place).status_code == 405
    for method in ("POST", "PATCH", "HEAD"):
        assert stranger.http.request(method, mine.place).status_code == 405, method
