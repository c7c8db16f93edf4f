"""Authorization requests that are met: what comes back, and what does not (OpenID Connect Core 3.1.2.5, RFC 9207)."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.house import PASSWORD, sign_in
from tests.support.portal import Portal

STATES = ("a b+c&d=é", "%00%0a", "https://a.example/?x=y#z", '"<script>', "x" * 2000)


@pytest.mark.parametrize("state", STATES)
def test_the_state_comes_back_to_the_letter(member: Browser, portal: Portal, state: str) -> None:
    attempt = portal.start(state=state)
    member.get(attempt.url)
    assert portal.answer(member.trail, attempt)["state"] == state


def test_no_state_sent_none_returned(member: Browser, portal: Portal) -> None:
    attempt = portal.start(state=None)
    member.get(attempt.url)
    assert set(portal.answer(member.trail, attempt)) == {"code", "iss"}


def test_the_answer_is_code_state_and_iss_and_nobody_keeps_it(member: Browser, portal: Portal) -> None:
    attempt = portal.start()
    member.get(attempt.url)
    assert set(portal.answer(member.trail, attempt)) == {"code", "state", "iss"}
    assert member.page is not None
    headers = member.page.response.headers
    assert member.page.status == 303
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("query", ["tenant=7", "a=%20b&c", "issue=1&codes=2", ""])
def test_a_redirect_uri_keeps_its_own_query(world: World, member: Browser, query: str) -> None:
    uri = f"http://127.0.0.1:9/retour?{query}"
    portal = world.portal(redirect_uris=[uri])
    attempt = portal.start()
    member.get(attempt.url)
    came = member.trail[-1]
    assert came.startswith(uri), came
    rest = came.removeprefix(uri).lstrip("&")
    assert set(parse_qs(rest)) == {"code", "state", "iss"}
    assert "?" not in urlsplit(came).query
    tokens = portal.tokens(attempt, parse_qs(rest)["code"][0])
    assert tokens.access


def test_a_posted_request_goes_the_whole_way(world: World, nobody: Browser, portal: Portal) -> None:
    attempt = portal.start()
    nobody.post(
        portal.metadata["authorization_endpoint"], attempt.params, {"origin": "null", "sec-fetch-site": "cross-site"}
    )
    sign_in(nobody, PASSWORD)
    assert portal.tokens(attempt, portal.code(nobody.trail, attempt)).claims["sub"]


def test_a_posted_request_is_answered_by_a_redirect_to_ours_alone(member: Browser, portal: Portal) -> None:
    """A form posted across sites carries no Lax cookie: the answer is a GET that does."""
    stranger = portal.http.post(portal.metadata["authorization_endpoint"], data=portal.start().params)
    assert stranger.status_code == 303
    location = stranger.headers["location"]
    assert location.startswith(f"{portal.issuer}/oidc/authorize/")
    assert urlsplit(location).query == "", "only our id travels"


def test_a_posted_request_belongs_to_the_first_browser_that_presents_it(world: World, portal: Portal) -> None:
    attempt = portal.start()
    parked = portal.http.post(portal.metadata["authorization_endpoint"], data=attempt.params).headers["location"]
    first, second = world.browser(), world.browser()
    first.get(parked)
    page = second.get(parked)
    assert page.status == 409
    sign_in(first, PASSWORD)
    assert portal.code(first.trail, attempt)


def test_two_tabs_wait_side_by_side(world: World, nobody: Browser, portal: Portal) -> None:
    one, two = portal.start(), portal.start()
    first = nobody.get(one.url)
    second = nobody.get(two.url)
    nobody.submit({"identifier": "", "password": ""}, page=first)
    nobody.page = second
    sign_in(nobody, PASSWORD)
    assert portal.code(nobody.trail, two)
    nobody.get(first.url)
    assert portal.code(nobody.trail, one)


def test_an_answered_request_is_not_answered_again(nobody: Browser, portal: Portal) -> None:
    attempt = portal.start()
    nobody.get(attempt.url)
    parked = nobody.trail[-1].partition("request=")[2]
    sign_in(nobody, PASSWORD)
    assert portal.code(nobody.trail, attempt)
    page = nobody.get(f"/oidc/authorize/{parked}")
    assert page.status == 409, "a page that restarts from the portal"


def test_a_parked_request_ends_after_an_hour(world: World, nobody: Browser, portal: Portal) -> None:
    nobody.get(portal.start().url)
    parked = nobody.trail[-1].partition("request=")[2]
    world.later(60 * 60)
    assert nobody.get(f"/oidc/authorize/{parked}").status == 409


@pytest.mark.parametrize("name", ["A" * 22, "..", "%00", "x", "A" * 2000])
def test_an_unknown_parked_request_is_a_page(member: Browser, name: str) -> None:
    assert member.get(f"/oidc/authorize/{name}").status in (404, 409)


def test_no_page_of_ours_can_be_framed(nobody: Browser, portal: Portal) -> None:
    page = nobody.get(portal.start().url)
    headers = page.response.headers
    assert headers["x-frame-options"] == "DENY" or "frame-ancestors 'none'" in headers["content-security-policy"]


def test_a_tile_starts_the_sign_in_at_the_portal(world: World, member: Browser) -> None:
    """Third-party-initiated login (OpenID Connect Core 4): one click from the private space, no second sign-in."""
    start = "http://127.0.0.1:9/depart"
    tile = {"title": "Mes terres du test", "order": 1, "profiles": []}
    portal = world.portal(initiate_login_uri=start, idp_tile=tile)
    page = member.get("/espace")
    links = [href for href, text in page.links if "Mes terres du test" in text]
    assert len(links) == 1
    assert links[0].partition("?")[0] == start
    attempt = portal.start()
    member.get(attempt.url)
    assert portal.code(member.trail, attempt)
