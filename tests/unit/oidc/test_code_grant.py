"""Codes and their tokens: what a portal receives, and when it receives nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, func, select

from idp.kernel.clock import HOUR, SECOND
from idp.oidc.authorizing import Screen
from idp.storage.tables import audit_events, grants, passwords
from tests.unit.oidc.world import NIR, VERIFIER, World


def test_a_cleared_member_gives_the_portal_tokens(world: World) -> None:
    body = world.tokens(scope="openid profile")
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 600
    assert body["scope"] == "openid profile"
    assert world.honours(body["access_token"])
    claims = world.claims(body["id_token"])
    assert set(claims) == {
        "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash",
    }  # fmt: skip
    assert (claims["iss"], claims["aud"], claims["nonce"]) == ("http://localhost:8000", "portail", "no")
    assert claims["exp"] - claims["iat"] == 300
    assert NIR not in str(body) + str(claims)


def test_a_provisional_session_gets_a_screen_and_never_a_code(world: World) -> None:
    world.sign_in(amr=("provisional",))
    answer = world.ask()
    assert isinstance(answer, Screen)
    assert answer.route == "signin:password"
    with world.database.begin(write=False) as connection:
        assert connection.scalar(select(func.count()).select_from(grants)) == 0


def test_a_code_is_worth_its_tokens_once_and_a_replay_revokes_them(world: World) -> None:
    code = world.code()
    body = world.redeem(code).body
    again = world.redeem(code)
    assert (again.status, again.body["error"]) == (400, "invalid_grant")
    assert not world.honours(body["access_token"])
    assert world.refresh(body["refresh_token"]).body["error"] == "invalid_grant"
    with world.database.begin(write=False) as connection:
        tags = connection.execute(select(audit_events.c.tag)).scalars().all()
    assert "portal:code:replayed" in tags


def test_two_redeem_one_code_at_once_and_nobody_keeps_a_token(world: World) -> None:
    code = world.code()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: world.redeem(code), range(4)))
    assert sorted(answer.status for answer in answers) == [200, 400, 400, 400]
    winner = next(answer for answer in answers if answer.status == 200)
    assert not world.honours(winner.body["access_token"])


@pytest.mark.parametrize(
    "params",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"code_verifier": "short"},
        {"redirect_uri": "https://portail.example/autre"},
        {"redirect_uri": ""},
    ],
)
def test_a_wrong_word_burns_nothing_and_reveals_nothing(world: World, params: dict[str, str]) -> None:
    code = world.code()
    wrong, unknown = world.redeem(code, **params), world.redeem("unknown")
    assert wrong == unknown
    assert wrong.body["error"] == "invalid_grant"
    assert world.redeem(code).status == 200


def test_another_client_gets_nothing_for_a_code_and_harms_nobody(world: World) -> None:
    other = world.client("autre")
    code = world.code()
    assert world.redeem(code, other).body["error"] == "invalid_grant"
    body = world.redeem(code).body
    assert world.redeem(code, other).body["error"] == "invalid_grant"
    assert world.honours(body["access_token"])


def test_a_code_lives_sixty_seconds(world: World) -> None:
    code = world.code()
    world.clock.advance(60 * SECOND)
    assert world.redeem(code).body["error"] == "invalid_grant"


@pytest.mark.parametrize("change", [{"epoch": 2}, {"frozen_at": 1}, {"closed_at": 1}])
def test_a_code_and_its_tokens_die_with_the_epoch(world: World, change: dict[str, int]) -> None:
    code, body = world.code(), world.tokens()
    world.set_account(**change)
    assert world.redeem(code).body["error"] == "invalid_grant"
    assert world.refresh(body["refresh_token"]).body["error"] == "invalid_grant"
    assert not world.honours(body["access_token"])


def test_an_account_without_an_own_password_is_worth_nothing(world: World) -> None:
    code, body = world.code(), world.tokens()
    with world.database.begin() as connection:
        connection.execute(delete(passwords))
    assert world.redeem(code).body["error"] == "invalid_grant"
    assert not world.honours(body["access_token"])


def test_what_a_session_gave_ends_with_it_unless_offline_access_was_granted(world: World) -> None:
    session = world.sign_in()
    bound, offline = world.tokens(), world.tokens(scope="openid offline_access")
    with world.begin() as unit:
        unit.grants.end_session(session, world.clock.now())
        unit.sessions.end(session, world.clock.now())
    assert not world.honours(bound["access_token"])
    assert world.refresh(bound["refresh_token"]).body["error"] == "invalid_grant"
    assert world.honours(offline["access_token"])
    assert world.refresh(offline["refresh_token"]).status == 200


def test_a_session_that_ran_out_takes_its_grants_along(world: World) -> None:
    body = world.tokens()
    world.clock.advance(12 * HOUR)
    assert world.refresh(body["refresh_token"]).body["error"] == "invalid_grant"


def test_the_subject_is_kept_per_sector_and_the_sid_per_client(world: World) -> None:
    world.client("voisin")
    world.client(
        "ailleurs", redirect_uris=["https://portail.example/retour"], sector_identifier_uri="https://ailleurs.example/"
    )
    first, again, neighbour, elsewhere = (
        world.claims(world.tokens(client)["id_token"]) for client in ("portail", "portail", "voisin", "ailleurs")
    )
    assert first["sub"] == again["sub"] == neighbour["sub"] != elsewhere["sub"]
    assert first["sid"] == again["sid"] != neighbour["sid"]


def test_a_client_without_refresh_tokens_gets_none(world: World) -> None:
    world.client("simple", grant_types=["authorization_code"])
    body = world.tokens("simple", scope="openid offline_access")
    assert "refresh_token" not in body
    assert body["scope"] == "openid"


def test_es256_per_client(world: World) -> None:
    world.client("es", id_token_signed_response_alg="ES256")
    assert world.claims(world.tokens("es")["id_token"])["aud"] == "es"


def test_a_public_client_needs_its_verifier(world: World) -> None:
    world.client("public", token_endpoint_auth_method="none")
    form = {"grant_type": "authorization_code", "redirect_uri": "https://portail.example/retour", "client_id": "public"}
    code = world.code("public")
    assert world.token({**form, "code": code}).body["error"] == "invalid_grant"
    assert world.token({**form, "code": code, "code_verifier": VERIFIER}).status == 200
