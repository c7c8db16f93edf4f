"""Refresh tokens: one use each, one family, one grace (law 2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from idp.kernel.clock import DAY, HOUR, SECOND
from tests.unit.oidc.world import World


def family(world: World, client: str = "portail") -> str:
    return str(world.tokens(client, scope="openid profile email offline_access")["refresh_token"])


def next_of(world: World, token: str) -> str:
    answer = world.refresh(token)
    assert answer.status == 200, answer
    return str(answer.body["refresh_token"])


def refused(world: World, token: str, client: str = "portail") -> bool:
    return world.refresh(token, client).body.get("error") == "invalid_grant"


def test_every_use_gives_a_new_token(world: World) -> None:
    first = family(world)
    second = next_of(world, first)
    assert second != first
    assert next_of(world, second) not in (first, second)


def test_a_lost_answer_is_forgiven_once_while_its_successor_is_unused(world: World) -> None:
    first = family(world)
    lost = next_of(world, first)
    world.clock.advance(30 * SECOND)
    fresh = next_of(world, first)
    assert refused(world, lost), "the unused successor died"
    assert refused(world, fresh), "and showing it is a replay: the family ended"


def test_the_fresh_successor_goes_on(world: World) -> None:
    first = family(world)
    next_of(world, first)
    assert next_of(world, next_of(world, first))


def test_after_thirty_seconds_a_spent_token_ends_the_family(world: World) -> None:
    first = family(world)
    second = next_of(world, first)
    world.clock.advance(30 * SECOND + 1)
    assert refused(world, first)
    assert refused(world, second)


def test_a_spent_token_whose_successor_was_used_ends_the_family(world: World) -> None:
    first = family(world)
    third = next_of(world, next_of(world, first))
    assert refused(world, first)
    assert refused(world, third)


def test_a_public_client_has_no_grace(world: World) -> None:
    world.client("public", token_endpoint_auth_method="none")
    form = {"grant_type": "refresh_token", "client_id": "public"}
    code = world.code("public", scope="openid offline_access")
    tokens = world.token(
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": "https://portail.example/retour",
            "code_verifier": "v" * 43,
            "client_id": "public",
        }
    ).body
    second = world.token({**form, "refresh_token": tokens["refresh_token"]}).body
    assert world.token({**form, "refresh_token": tokens["refresh_token"]}).body["error"] == "invalid_grant"
    assert world.token({**form, "refresh_token": second["refresh_token"]}).body["error"] == "invalid_grant"


def test_another_clients_token_is_refused_and_stays_good(world: World) -> None:
    world.client("autre")
    first = family(world)
    assert refused(world, first, "autre")
    second = next_of(world, first)
    world.clock.advance(31 * SECOND)
    assert refused(world, first, "autre"), "a spent one tells another client nothing, and ends nothing"
    assert next_of(world, second)


def test_a_family_idles_thirty_days_and_lasts_a_hundred_and_eighty(world: World) -> None:
    idle = family(world)
    token = family(world)
    for _ in range(6):
        world.clock.advance(29 * DAY)
        token = next_of(world, token)
    assert refused(world, idle)
    world.clock.advance(6 * DAY)
    assert refused(world, token)


def test_a_public_familys_day_is_twenty_four_hours(world: World) -> None:
    world.client("public", token_endpoint_auth_method="none")
    form = {"redirect_uri": "https://portail.example/retour", "code_verifier": "v" * 43, "client_id": "public"}
    code = world.code("public", scope="openid offline_access")
    tokens = world.token({"grant_type": "authorization_code", "code": code, **form}).body
    world.clock.advance(24 * HOUR)
    again = {"grant_type": "refresh_token", "client_id": "public", "refresh_token": tokens["refresh_token"]}
    assert world.token(again).body["error"] == "invalid_grant"


def test_many_refresh_one_token_at_once_and_one_family_member_lives(world: World) -> None:
    first = family(world)
    with ThreadPoolExecutor(4) as pool:
        answers = [answer for answer in pool.map(lambda _: world.refresh(first), range(4)) if answer.status == 200]
    successors = [str(answer.body["refresh_token"]) for answer in answers]
    assert len(successors) == 4, "within the grace each gets a fresh successor"
    alive = [token for token in successors if world.refresh(token).status == 200]
    assert len(alive) <= 1


def test_a_refreshed_id_token_tells_the_same_sign_in(world: World) -> None:
    tokens = world.tokens(scope="openid offline_access")
    first = world.claims(tokens["id_token"])
    world.clock.advance(HOUR)
    second = world.claims(str(world.refresh(tokens["refresh_token"]).body["id_token"]))
    same = ("iss", "sub", "aud", "auth_time", "acr", "amr", "sid")
    assert [first[name] for name in same] == [second[name] for name in same]
    assert second["iat"] == first["iat"] + 3600
    assert "nonce" not in second
