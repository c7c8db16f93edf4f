"""The authorization endpoint's decision: whose request goes on, where errors go, what is parked."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from idp.kernel.clock import MINUTE
from idp.kernel.errors import ShownError
from idp.kernel.ids import digest
from idp.oidc.authorizing import Browser, Done, Restart, Screen
from idp.oidc.registration import remove_client
from idp.oidc.requests import AuthorizationRequest, Resolved, ReturnedError
from idp.storage.tables import audit_events, authorization_codes, parked_requests
from tests.unit.oidc.world import CALLBACK, World


def posted(world: World, browser: Browser | None, **params: Any) -> str:
    with world.begin() as unit:
        return world.authorizing.park_posted(unit, Resolved(world.query(**params)), browser, world.clock.now())


def count(world: World, table: Any) -> int:
    with world.database.begin(write=False) as connection:
        return int(connection.scalar(select(func.count()).select_from(table)) or 0)


def test_the_silent_path_writes_nothing_but_the_code(world: World) -> None:
    events = count(world, audit_events)
    assert isinstance(world.ask(prompt="none"), Done)
    assert count(world, authorization_codes) == 1
    assert count(world, parked_requests) == 0
    assert count(world, audit_events) == events


@pytest.mark.parametrize("name", ["inconnu", "", "a" * 129, "é", "x\x00", None])
def test_an_unknown_client_is_shown(world: World, name: str | None) -> None:
    with pytest.raises(ShownError, match=r"error\.portal_unknown"):
        world.ask(client_id=name)


@pytest.mark.parametrize(
    "uri",
    [
        CALLBACK + "/",
        CALLBACK + "?x=1",
        CALLBACK.upper(),
        "http://portail.example/retour",
        CALLBACK + "#f",
        " " + CALLBACK,
    ],
)
def test_only_the_registered_uri_to_the_letter(world: World, uri: str) -> None:
    with pytest.raises(ShownError, match=r"error\.portal$"):
        world.ask(redirect_uri=uri)


def test_an_error_carries_the_state_and_a_bad_state_is_dropped(world: World) -> None:
    with pytest.raises(ReturnedError) as good:
        world.ask(response_type="token", state="é s&t=1")
    assert good.value.to.state == "é s&t=1"
    for bad in ("x" * 2049, "a\x00b"):
        with pytest.raises(ReturnedError) as returned:
            world.ask(state=bad)
        assert (returned.value.error, returned.value.to.state) == ("invalid_request", None)


def test_nobody_signed_in_is_a_screen_or_login_required(world: World) -> None:
    world.cookie = ""
    assert world.ask().route == "signin:login"
    with pytest.raises(ReturnedError, match="login_required"):
        world.ask(prompt="none")


def test_what_is_owed_is_interaction_required(world: World) -> None:
    world.sign_in(amr=("provisional",))
    with pytest.raises(ReturnedError, match="interaction_required"):
        world.ask(prompt="none")


def test_wishes_are_ignored(world: World) -> None:
    wishes = {
        "login_hint": "2840562498034",
        "ui_locales": "se",
        "display": "popup",
        "acr_values": "1 2",
        "claims": "{}",
        "extra": "x",
    }
    assert isinstance(world.ask(**wishes), Done)
    with world.database.begin(write=False) as connection:
        assert "2840562498034" not in str(connection.execute(select(authorization_codes)).all())


def test_a_parked_request_goes_on_once_in_its_browser(world: World) -> None:
    cookie, world.cookie = world.cookie, ""
    screen = world.ask()
    world.cookie = cookie
    assert isinstance(world.resume(screen.parked, Browser(cookie, digest("other"))), Restart)
    done = world.resume(screen.parked)
    assert isinstance(done, Done)
    assert (done.to.redirect_uri, done.to.state) == (CALLBACK, "st")
    again = world.resume(screen.parked)
    assert isinstance(again, Restart)
    assert again.portal is not None
    assert again.portal.name == "Terres et Projets"


def test_a_parked_request_ends_after_an_hour_and_with_its_epoch(world: World) -> None:
    world.sign_in(amr=("provisional",))
    late, ended = world.ask(), world.ask()
    assert isinstance(world.resume(ended.parked), Screen), "stamped with account and epoch"
    world.set_account(epoch=2)
    world.sign_in()
    assert isinstance(world.resume(ended.parked), Screen), "this session's epoch is not the account's"
    world.set_account(epoch=1)
    world.clock.advance(60 * MINUTE)
    assert isinstance(world.resume(late.parked), Restart)


def test_a_request_of_an_ended_epoch_starts_again(world: World) -> None:
    world.sign_in(amr=("provisional",))
    parked = world.ask().parked
    world.resume(parked)
    world.set_account(epoch=2)
    world.sign_in(epoch=2)
    assert isinstance(world.resume(parked), Restart), "signed in for it was an epoch that is over"
    assert isinstance(world.ask(), Done)


def test_a_removed_clients_request_starts_again(world: World) -> None:
    world.cookie = ""
    screen = world.ask()
    with world.begin() as unit:
        remove_client(unit, "portail")
    assert world.resume(screen.parked) == Restart(None)
    assert world.resume("A" * 22) == Restart(None)


def test_a_posted_request_is_the_first_browsers_that_presents_it(world: World) -> None:
    parked = posted(world, None)
    assert isinstance(world.resume(parked), Done)
    second = posted(world, None)
    world.cookie = ""
    assert isinstance(world.resume(second), Screen)
    assert isinstance(world.resume(second, Browser(None, digest("thief"))), Restart)


def test_a_posted_prompt_login_is_not_met_by_the_session_it_could_not_see(world: World) -> None:
    world.clock.advance(1)
    parked = posted(world, None, prompt="login")
    assert isinstance(world.resume(parked), Screen)
    world.clock.advance(1)
    world.sign_in()
    assert isinstance(world.resume(parked), Done)


def test_a_posted_prompt_none_is_answered_on_resume(world: World) -> None:
    parked = posted(world, None, prompt="none")
    world.cookie = ""
    with pytest.raises(ReturnedError, match="login_required"):
        world.resume(parked)


def test_max_age_is_fixed_when_parked(world: World) -> None:
    world.clock.advance(10_000_000)
    screen = world.ask(max_age="1")
    world.clock.advance(1)
    world.sign_in()
    world.clock.advance(30_000_000)
    assert isinstance(world.resume(screen.parked), Done), "half a minute on the terms page does not spoil it"


def test_the_hinted_member_passes_and_another_does_not(world: World) -> None:
    hint = world.tokens()["id_token"]
    assert isinstance(world.ask(prompt="none", id_token_hint=hint), Done)
    claims = {**world.claims(hint), "sub": "somebody-else"}
    other = world.keys.sign(claims, "RS256", world.clock.now())
    with pytest.raises(ReturnedError, match="login_required"):
        world.ask(prompt="none", id_token_hint=other)
    screen = world.ask(id_token_hint=other)
    assert isinstance(screen, Screen)
    world.clock.advance(1)
    world.sign_in()
    with pytest.raises(ReturnedError, match="login_required"):
        world.resume(screen.parked)


def test_a_hint_and_claims_must_mean_one_member(world: World) -> None:
    hint = world.tokens()["id_token"]
    demand = '{"id_token":{"sub":{"value":"%s"}}}'
    assert isinstance(world.ask(id_token_hint=hint, claims=demand % world.claims(hint)["sub"]), Done)
    with pytest.raises(ReturnedError, match="invalid_request"):
        world.ask(id_token_hint=hint, claims=demand % "somebody-else")


def test_a_scope_taken_away_while_a_request_waits_is_not_granted(world: World) -> None:
    world.cookie = ""
    screen = world.ask()
    world.client(scope="openid email")
    world.clock.advance(1)
    world.sign_in()
    done = world.resume(screen.parked)
    assert world.redeem(done.params["code"]).body["scope"] == "openid"


@pytest.mark.parametrize("hint", ["x", "a.b.c", "é", "e30.e30."])
def test_a_hint_that_is_not_ours_is_told_to_the_client(world: World, hint: str) -> None:
    with pytest.raises(ReturnedError, match="invalid_request"):
        world.ask(id_token_hint=hint)


def test_a_request_survives_its_parking() -> None:
    asked = AuthorizationRequest("c", CALLBACK, ("openid", "email"), "é\u2028", None, ("login",), 0, "x", None)
    assert AuthorizationRequest.from_json(asked.to_json()) == asked
