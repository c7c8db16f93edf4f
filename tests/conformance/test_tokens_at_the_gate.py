"""Law 1 for tokens of every kind: what ends a member's standing ends them, at introspection as at userinfo.

On SQLite and on PostgreSQL: the gate stands in the statements that look tokens up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import update

from idp.storage.database import Database
from idp.storage.tables import accounts
from tests.conformance.test_provisional_session import post_sign_in
from tests.conformance.world import World
from tests.races.scene import Scene, owe_again, together
from tests.support.browser import Browser
from tests.support.house import Running
from tests.support.portal import Portal, Tokens
from tests.support.upstream import federated_house

BOUND, OFFLINE = "openid profile", "openid profile offline_access"
METADATA = (
    {"idp_access_token": "opaque"},
    {"idp_access_token": "jwt"},
    {"idp_access_token": "jwt", "id_token_signed_response_alg": "ES256", "userinfo_signed_response_alg": "ES256"},
)


@dataclass
class Held:
    """What one portal holds for a member, and whether it ends with the session."""

    portal: Portal
    tokens: Tokens
    offline: bool

    def worth(self) -> bool:
        """Tell what both tokens are worth: every way to ask must agree."""
        access, refresh = self.tokens.access, str(self.tokens.refresh)
        told = {self.portal.is_active(access), self.portal.is_active(refresh), self.portal.is_honoured(access)}
        assert len(told) == 1, (self.portal.introspect(access), self.portal.introspect(refresh))
        return told.pop()

    def refreshes(self) -> bool:
        answer = self.portal.ask(grant_type="refresh_token", refresh_token=self.tokens.refresh)
        assert answer.status_code == 200 or answer.json()["error"] == "invalid_grant"
        return answer.status_code == 200


@pytest.fixture
def scene(running: Running) -> Iterator[Scene]:
    found = Scene(running)
    found.open_account()
    yield found
    found.close()


def portals(world: World) -> list[Portal]:
    return [world.portal(**metadata) for metadata in METADATA]


def hold(world: World, ready: list[Portal], browser: Browser) -> list[Held]:
    return [
        Held(portal, world.tokens(portal, browser, scope=scope), scope is OFFLINE)
        for portal in ready
        for scope in (BOUND, OFFLINE)
    ]


def reset(scene: Scene, _here: Browser) -> None:
    scene.change(scene.about_to_change(owe_again(scene.running)))


def freeze(scene: Scene, _here: Browser) -> None:
    scene.freeze()


def freeze_and_thaw(scene: Scene, _here: Browser) -> None:
    scene.freeze()
    scene.freeze(on=False)


def sign_out(scene: Scene, here: Browser) -> None:
    here.submit(action="/deconnexion", page=here.get("/espace"))


def sign_in_provisionally(scene: Scene, here: Browser) -> None:
    post_sign_in(here, owe_again(scene.running))


def close(scene: Scene, _here: Browser) -> None:
    with scene.running.house.database.begin() as connection:
        connection.execute(update(accounts).values(closed_at=scene.running.clock.now()))


EVENTS: tuple[tuple[Callable[[Scene, Browser], None], bool], ...] = (
    (sign_out, True),
    (sign_in_provisionally, True),
    (reset, False),
    (freeze_and_thaw, False),
    (freeze, False),
    (close, False),
)
"""What happens, and whether what was granted offline outlives it."""


def test_tokens_of_every_kind_end_with_what_they_stand_on(scene: Scene) -> None:
    world = World(scene.running)
    ready = portals(world)
    machine = world.portal(grant_types=["client_credentials"], redirect_uris=[])
    for event, outlived in EVENTS:
        world.later(10)
        here = scene.signed_in()
        held = hold(world, ready, here)
        own = machine.ask(grant_type="client_credentials").json()["access_token"]
        assert all(each.worth() for each in held), event
        event(scene, here)
        for each in held:
            expected = outlived and each.offline
            assert each.worth() is expected, (event, each.offline)
            assert each.refreshes() is expected, (event, each.offline)
        assert machine.is_active(own), "a client's own token is no member's affair"
        if event is freeze:
            scene.freeze(on=False)
    world.close()


def test_unlinking_ends_what_the_upstream_sign_in_gave(database: Database, tmp_path: Path) -> None:
    with federated_house(database.url.render_as_string(hide_password=False), tmp_path) as house:
        house.link()
        world = World(house.running)
        ready = portals(world)
        with house.traveller() as thief, house.traveller() as member:
            thief.enter()
            taken = hold(world, ready, thief.browser)
            member.sign_in()
            kept = hold(world, ready, member.browser)
            assert all(each.worth() for each in (*taken, *kept))
            member.browser.get("/franceconnect")
            member.browser.submit({"action": "unlink"}, action="/franceconnect")
            assert [each.worth() for each in taken] == [False] * len(taken)
            assert not any(each.refreshes() for each in taken)
            assert all(each.worth() for each in kept), "what the own password gave stays"
        world.close()


def test_a_token_given_back_while_it_is_used_is_gone(scene: Scene) -> None:
    """Revoking and refreshing at the same moment: whichever comes first, nothing of the family lives on."""
    world = World(scene.running)
    portal = world.portal(idp_access_token="jwt")
    for _ in range(8):
        world.later(1)
        tokens = world.tokens(portal, scene.signed_in(), scope=OFFLINE)
        other = scene.twin(portal)

        def use(held: Tokens = tokens) -> list[str]:
            answer = portal.ask(grant_type="refresh_token", refresh_token=held.refresh)
            return [answer.json()[name] for name in ("access_token", "refresh_token")] if answer.is_success else []

        def give_back(held: Tokens = tokens, mine: Portal = other) -> list[str]:
            mine.revoke(str(held.refresh))
            return []

        made, _nothing = together(use, give_back)
        for token in (tokens.access, str(tokens.refresh), *made):
            assert not portal.is_active(token)
    world.close()
