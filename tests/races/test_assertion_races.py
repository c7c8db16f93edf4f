"""An assertion counts once, also for several at the same moment (law 2, RFC 7523 3)."""

from __future__ import annotations

import pytest
from joserfc.jwk import OctKey

from tests.conformance.asserting import EC, Asserting, is_authenticated
from tests.races.scene import Scene, together
from tests.support.client_site import public

ROUNDS = 3


def signing(scene: Scene, method: str) -> Asserting:
    if method == "private_key_jwt":
        return Asserting(
            scene.portal(token_endpoint_auth_method=method, jwks={"keys": [public(EC)]}), EC, "ES256"
        )
    portal = scene.portal(token_endpoint_auth_method=method)
    return Asserting(portal, OctKey.import_key(portal.secret), "HS256")


@pytest.mark.parametrize("method", ["private_key_jwt", "client_secret_jwt"])
def test_an_assertion_used_at_the_same_moment_lets_one_in(bare: Scene, method: str) -> None:
    client = signing(bare, method)
    places = [Asserting(bare.twin(client.portal), client.key, client.algorithm) for _ in range(4)]
    for _ in range(ROUNDS):
        assertion = client.assertion()
        answers = together(*(lambda place=place, text=assertion: place.send(text) for place in places))
        assert sorted(is_authenticated(answer) for answer in answers) == [False, False, False, True]


def test_two_assertions_and_one_code_give_tokens_once(scene: Scene) -> None:
    client = signing(scene, "private_key_jwt")
    browser = scene.signed_in()
    places = [Asserting(scene.twin(client.portal), client.key, client.algorithm) for _ in range(2)]
    attempt, code = scene.code(client.portal, browser)
    answers = together(*(lambda place=place: place.redeem(attempt, code) for place in places))
    assert sorted(answer.status_code for answer in answers) == [200, 400]
