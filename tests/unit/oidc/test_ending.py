"""Logout asked by a portal: at once when proven, after a question when not, and never to a foreign address."""

from __future__ import annotations

import pytest

from idp.kernel.clock import HOUR
from idp.oidc.authorizing import Done
from idp.oidc.ending import AskFirst, Ended, Target, end
from tests.unit.oidc.world import ISSUER, World

FINISHED = "https://portail.example/fini"


@pytest.fixture
def hint(world: World) -> str:
    world.client(post_logout_redirect_uris=[FINISHED])
    return str(world.tokens()["id_token"])


def logout(world: World, **params: str) -> Ended | AskFirst:
    with world.begin() as unit:
        return end(unit, list(params.items()), world.cookie, ISSUER, world.keys.verify_own, world.clock.now())


def signed_in(world: World) -> bool:
    return isinstance(world.ask(), Done)


def test_the_hint_of_this_session_ends_it_at_once(world: World, hint: str) -> None:
    world.clock.advance(HOUR)
    outcome = logout(world, id_token_hint=hint, post_logout_redirect_uri=FINISHED, state="é&")
    assert isinstance(outcome, Ended)
    assert outcome.session is not None
    assert outcome.target == Target("portail", FINISHED, "é&")
    assert not signed_in(world)


def test_what_the_session_gave_ends_with_it(world: World, hint: str) -> None:
    tokens = world.tokens()
    logout(world, id_token_hint=hint)
    assert not world.honours(tokens["access_token"])


def test_a_hint_of_an_earlier_session_asks_first(world: World, hint: str) -> None:
    world.sign_in()
    assert logout(world, id_token_hint=hint, post_logout_redirect_uri=FINISHED) == AskFirst(
        Target("portail", FINISHED, None)
    )
    assert signed_in(world)


@pytest.mark.parametrize("params", [{}, {"state": "x"}, {"client_id": "portail"}, {"id_token_hint": "a.b.c"}])
def test_without_a_proof_it_asks_first_and_goes_nowhere(world: World, params: dict[str, str]) -> None:
    assert logout(world, **params) == AskFirst(None)
    assert signed_in(world)


def test_a_bad_hint_or_another_clients_name_spoils_the_redirect(world: World, hint: str) -> None:
    world.client("autre", post_logout_redirect_uris=[FINISHED])
    for params in ({"id_token_hint": hint[:-4] + "AAAA"}, {"id_token_hint": hint, "client_id": "autre"}):
        assert logout(world, **params, post_logout_redirect_uri=FINISHED) == AskFirst(None)


@pytest.mark.parametrize("uri", [FINISHED + "?x=1", "https://evil.example/", FINISHED + "/", ""])
def test_an_unregistered_uri_is_never_followed(world: World, hint: str, uri: str) -> None:
    outcome = logout(world, id_token_hint=hint, post_logout_redirect_uri=uri)
    assert isinstance(outcome, Ended)
    assert outcome.target is None


def test_nobody_signed_in_goes_back_only_with_a_hint(world: World, hint: str) -> None:
    world.cookie = ""
    proven = logout(world, id_token_hint=hint, post_logout_redirect_uri=FINISHED)
    named = logout(world, client_id="portail", post_logout_redirect_uri=FINISHED)
    assert isinstance(proven, Ended)
    assert isinstance(named, Ended)
    assert proven.target == Target("portail", FINISHED, None)
    assert named.target is None
