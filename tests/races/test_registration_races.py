"""Registration at the same moment: a token lets one in, a client is there or gone (law 2)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from idp.kernel.ids import digest
from idp.oidc.initial_tokens import allow
from idp.storage import tables as t
from idp.storage.database import Database
from tests.conformance.stranger import BACK, DOCUMENT, Stranger
from tests.conformance.world import World
from tests.flows.test_s19_documents import until_somebody_waits
from tests.races.scene import together, until_somebody_waits_behind
from tests.support.clock import FakeClock
from tests.support.house import open_account, running_house

ROUNDS = 6


@pytest.fixture
def places(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Iterator[list[Stranger]]:
    """Four connections to one provider, on SQLite and on PostgreSQL."""
    url = database.url.render_as_string(hide_password=False)
    mode = getattr(request, "param", "token")
    with running_house(url, FakeClock(), tmp_path, registration=mode) as running:
        open_account(running)
        world = World(running)
        found = [Stranger(world) for _ in range(4)]
        for each in found:
            assert each.http.get(f"{running.url}/.well-known/openid-configuration").status_code == 200
        yield found
        for each in found:
            each.close()
        world.close()


def clients(places: list[Stranger]) -> int:
    with places[0].world.running.house.database.begin(write=False) as connection:
        count: int = connection.execute(select(func.count()).select_from(t.clients)).scalar_one()
        return count


def test_a_token_at_the_same_moment_lets_one_in(places: list[Stranger]) -> None:
    house, now = places[0].world.running.house, places[0].world.clock.now()
    for number in range(ROUNDS):
        with house.begin() as unit:
            token = allow(unit, "Voisin", 7, now)[1]
        answers = together(*(partial(place.ask, DOCUMENT, token) for place in places))
        assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401]
        assert clients(places) == number + 1
        with house.begin(write=False) as unit:
            assert not unit.initial_tokens.is_good(digest(token), now)


@pytest.mark.parametrize("places", ["open"], indirect=True)
def test_who_replaces_a_client_that_goes_is_told_the_truth(places: list[Stranger]) -> None:
    one, two, three, four = places
    for _ in range(ROUNDS):
        mine = one.register()
        gone, *changed = together(
            partial(one.remove, mine),
            partial(two.replace, mine, client_name="Voisine"),
            partial(three.replace, mine, redirect_uris=[BACK + "2"]),
            partial(four.read, mine),
        )
        assert gone.status_code == 204
        assert {answer.status_code for answer in changed} <= {200, 401}
        assert clients(places) == 0


@pytest.mark.parametrize("places", ["open"], indirect=True)
def test_two_replacements_are_one_after_the_other(places: list[Stranger]) -> None:
    mine = places[0].register()
    for _ in range(ROUNDS):
        answers = together(
            *(
                partial(place.replace, mine, client_name=name, policy_uri=f"https://{name}.example/")
                for place, name in zip(places, ("un", "deux", "trois", "quatre"), strict=True)
            )
        )
        assert {answer.status_code for answer in answers} == {200}
        told = places[0].read(mine).json()
        assert told["policy_uri"] == f"https://{told['client_name']}.example/"
    kept = places[0].kept(mine.id)
    assert kept is not None
    assert kept.version >= 1 + ROUNDS


@pytest.mark.parametrize("places", ["open"], indirect=True)
def test_a_client_that_goes_while_its_code_is_redeemed_leaves_nothing(places: list[Stranger]) -> None:
    browser = places[0].world.signed_in()
    for _ in range(ROUNDS):
        mine = places[0].register()
        portal = places[0].portal(mine)
        attempt = portal.start()
        browser.get(attempt.url)
        browser.submit()
        code = portal.code(browser.trail, attempt)
        redeemed, gone = together(
            partial(portal.redeem, attempt, code),
            partial(places[1].remove, mine),
        )
        assert gone.status_code == 204
        assert redeemed.status_code in (200, 400, 401), redeemed.text
        assert clients(places) == 0


@pytest.mark.parametrize("places", ["open"], indirect=True)
def test_a_client_that_goes_while_a_member_comes_from_it_is_no_fault(places: list[Stranger]) -> None:
    """With and without a session: a request is parked, or a code is made, or the client is not there any more."""
    world = places[0].world
    member, nobody = world.signed_in(), world.browser()
    for _ in range(ROUNDS):
        mine = places[0].register()
        portal = places[0].portal(mine)
        member.get(portal.start().url)
        member.submit()
        urls = [portal.start().url for _ in range(3)]
        *came, gone = together(
            partial(member.client.get, urls[0]),
            partial(nobody.client.get, urls[1]),
            partial(places[1].remove, mine),
        )
        assert gone.status_code == 204
        assert {answer.status_code for answer in came} <= {303, 400}
        assert clients(places) == 0
        assert member.client.get(urls[2]).status_code == 400


@pytest.mark.parametrize("places", ["open"], indirect=True)
def test_a_client_that_goes_while_its_posted_request_is_opened_is_no_fault(places: list[Stranger]) -> None:
    """The client is half gone when the first browser presents the request: neither may wait for the other."""
    house, member = places[0].world.running.house, places[0].world.signed_in()
    mine = places[0].register()
    portal = places[0].portal(mine)
    member.get(portal.start().url)
    member.submit()
    posted = portal.http.post(
        portal.metadata["authorization_endpoint"], data=portal.start().params, follow_redirects=False
    )
    with ThreadPoolExecutor(2) as pool:
        with house.database.begin() as connection:
            sids = select(t.client_sessions).where(t.client_sessions.c.client_id == mine.id)
            assert connection.execute(sids.with_for_update()).all()
            gone = pool.submit(places[1].remove, mine)
            until_somebody_waits(connection)
            opened = pool.submit(member.client.get, posted.headers["location"])
            until_somebody_waits_behind(connection)
        assert gone.result(60).status_code == 204
        assert opened.result(60).status_code in (303, 409)  # SQLite's writers come in any order
    assert clients(places) == 0
