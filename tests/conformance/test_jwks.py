"""The JWK set: public members, one name per key, and both algorithms (RFC 7517)."""

from __future__ import annotations

import pytest

from tests.conformance.world import World
from tests.support.portal import JsonObject, Portal

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


def keys(portal: Portal) -> list[JsonObject]:
    found: list[JsonObject] = portal.http.get(portal.metadata["jwks_uri"]).json()["keys"]
    return found


def test_nothing_private_is_published(portal: Portal) -> None:
    for key in keys(portal):
        assert not PRIVATE & set(key), key["kid"]
        assert key["kty"] in ("RSA", "EC"), "no symmetric key of ours belongs here"


def test_every_key_has_a_name_of_its_own_and_says_what_it_is_for(portal: Portal) -> None:
    names = [key["kid"] for key in keys(portal)]
    assert len(set(names)) == len(names) >= 2
    assert {key["use"] for key in keys(portal)} == {"sig"}
    assert {key["alg"] for key in keys(portal)} == {"RS256", "ES256"}


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_an_id_token_is_signed_as_the_client_asked(world: World, algorithm: str) -> None:
    portal = world.portal(id_token_signed_response_alg=algorithm)
    tokens = world.tokens(portal, world.signed_in())
    assert tokens.claims["amr"] == ["pwd"]
