"""Pushed authorization requests (RFC 9126), by the letter, as two clients and an attacker use them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.house import PASSWORD, sign_in
from tests.support.portal import Attempt, Portal


def push(portal: Portal, attempt: Attempt, **more: str) -> httpx2.Response:
    form = {**{k: v for k, v in attempt.params.items() if k != "client_id"}, **more}
    endpoint = portal.metadata["pushed_authorization_request_endpoint"]
    return portal.http.post(endpoint, data=form, headers={"authorization": portal.basic()})


def pushed(portal: Portal, **more: str | None) -> tuple[Attempt, str]:
    """Return an attempt and the address that presents it."""
    attempt = portal.start(**more)
    answer = push(portal, attempt)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")
    assert body["expires_in"] == 90
    assert answer.headers["cache-control"] == "no-store"
    return attempt, address(portal, body["request_uri"])


def address(portal: Portal, request_uri: str, **more: str) -> str:
    query = {"client_id": portal.client_id, "request_uri": request_uri, **more}
    return f"{portal.metadata['authorization_endpoint']}?{urlencode(query)}"


def status(browser: Browser) -> int:
    assert browser.page is not None
    return browser.page.status


def test_a_pushed_request_is_answered(world: World, member: Browser, portal: Portal) -> None:
    attempt, url = pushed(portal)
    member.get(url)
    portal.tokens(attempt, portal.code(member.trail, attempt))


def test_it_is_answered_once(member: Browser, portal: Portal) -> None:
    attempt, url = pushed(portal)
    member.get(url)
    assert portal.code(member.trail, attempt)
    member.trail.clear()
    member.get(url)
    assert status(member) == 400
    assert all(seen.startswith(member.base) for seen in member.trail)


def test_it_may_be_presented_again_before_it_is_answered(nobody: Browser, portal: Portal) -> None:
    attempt, url = pushed(portal)
    nobody.get(url)
    nobody.get(url)
    sign_in(nobody, PASSWORD)
    assert portal.code(nobody.trail, attempt)


def test_of_two_presentations_one_is_answered(world: World, portal: Portal) -> None:
    attempt, url = pushed(portal)
    first, second = world.browser(), world.browser()
    for browser in (first, second):
        browser.get(url)
    sign_in(first, PASSWORD)
    assert portal.code(first.trail, attempt)
    sign_in(second, PASSWORD)
    assert status(second) == 409


def test_a_cancelled_one_is_spent(nobody: Browser, portal: Portal) -> None:
    attempt, url = pushed(portal)
    page = nobody.get(url)
    (form,) = [form for form in page.forms if ("action", "deny") in form.buttons]
    nobody.post(form.action, {**form.fields, "action": "deny"})
    assert portal.error(nobody.trail, attempt) == "access_denied"
    nobody.get(url)
    assert status(nobody) == 400


def test_it_lives_90_seconds(world: World, member: Browser, portal: Portal) -> None:
    _attempt, url = pushed(portal)
    world.later(91)
    member.get(url)
    assert status(member) == 400


def test_what_was_parked_in_time_goes_on_after_that(world: World, nobody: Browser, portal: Portal) -> None:
    attempt, url = pushed(portal)
    nobody.get(url)
    world.later(600)
    sign_in(nobody, PASSWORD)
    assert portal.code(nobody.trail, attempt)


def test_another_client_neither_uses_nor_burns_it(world: World, member: Browser, portal: Portal) -> None:
    attempt, url = pushed(portal)
    other = world.portal()
    member.get(url.replace(portal.client_id, other.client_id))
    assert status(member) == 400
    member.get(url)
    assert portal.code(member.trail, attempt)


@pytest.mark.parametrize("outside", [{"state": "autre"}, {"nonce": "autre"}, {"redirect_uri": "https://voleur.example/"}])
def test_what_stands_beside_it_counts_for_nothing(
    member: Browser, portal: Portal, outside: dict[str, str]
) -> None:
    attempt, url = pushed(portal)
    member.get(f"{url}&{urlencode(outside)}")
    portal.tokens(attempt, portal.code(member.trail, attempt))


def test_a_silent_one_is_answered_silently(nobody: Browser, portal: Portal) -> None:
    attempt, url = pushed(portal, prompt="none")
    nobody.get(url)
    assert portal.error(nobody.trail, attempt) == "login_required"


REFUSED: dict[str, tuple[dict[str, str | None], str]] = {
    "no PKCE": ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    "plain PKCE": ({"code_challenge_method": "plain"}, "invalid_request"),
    "a foreign redirect URI": ({"redirect_uri": "https://voleur.example/"}, "invalid_request"),
    "no redirect URI": ({"redirect_uri": None}, "invalid_request"),
    "another response type": ({"response_type": "code id_token"}, "unsupported_response_type"),
    "no openid": ({"scope": "profile"}, "invalid_scope"),
    "a request_uri inside": ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
    "a control character": ({"state": "a\x07b"}, "invalid_request"),
    "a state without end": ({"state": "x" * 3000}, "invalid_request"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_authorize_would_refuse_is_refused(portal: Portal, fault: str) -> None:
    change, error = REFUSED[fault]
    answer = push(portal, portal.start(**change))
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.headers["content-type"] == "application/json"


def test_a_parameter_twice_is_refused(portal: Portal) -> None:
    attempt = portal.start()
    body = urlencode([*attempt.params.items(), ("state", "encore")])
    headers = {"authorization": portal.basic(), "content-type": "application/x-www-form-urlencoded"}
    answer = portal.http.post(portal.metadata["pushed_authorization_request_endpoint"], content=body, headers=headers)
    assert answer.json()["error"] == "invalid_request"


@pytest.mark.parametrize("secret", ["faux", None])
def test_nobody_pushes_for_a_client(portal: Portal, secret: str | None) -> None:
    attempt = portal.start()
    headers = {"authorization": portal.basic(secret)} if secret else {}
    answer = portal.http.post(
        portal.metadata["pushed_authorization_request_endpoint"], data=attempt.params, headers=headers
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_client_id_of_another_in_the_body_is_refused(world: World, portal: Portal) -> None:
    answer = push(portal, portal.start(), client_id=world.portal().client_id)
    assert answer.status_code in (400, 401)


def test_the_endpoint_takes_a_post_alone(portal: Portal) -> None:
    endpoint = portal.metadata["pushed_authorization_request_endpoint"]
    for method in ("GET", "PUT", "DELETE", "HEAD"):
        assert portal.http.request(method, endpoint).status_code == 405


def test_a_client_that_must_push_has_no_other_way(world: World, member: Browser) -> None:
    careful = world.portal(require_pushed_authorization_requests=True)
    attempt = careful.start()
    member.get(attempt.url)
    assert careful.error(member.trail, attempt) == "invalid_request"
    attempt, url = pushed(careful)
    member.get(url)
    assert careful.code(member.trail, attempt)


@pytest.mark.parametrize("handle", ["", "x" * 43, "%00", "é", "x" * 5000])
def test_an_invented_one_is_shown_and_goes_nowhere(member: Browser, portal: Portal, handle: Any) -> None:
    member.trail.clear()
    member.get(address(portal, f"urn:ietf:params:oauth:request_uri:{handle}"))
    assert status(member) == 400
    assert all(seen.startswith(member.base) for seen in member.trail)


def test_a_hint_is_judged_when_it_is_pushed_and_counts_when_it_is_presented(
    world: World, member: Browser, nobody: Browser, portal: Portal
) -> None:
    own = world.tokens(portal, member).id_token
    attempt, url = pushed(portal, prompt="none", id_token_hint=own)
    member.get(url)
    assert portal.code(member.trail, attempt)
    attempt, url = pushed(portal, prompt="none", id_token_hint=own)
    nobody.get(url)
    assert portal.error(nobody.trail, attempt) == "login_required"
    foreign = world.tokens(world.portal(), member).id_token
    for hint in (foreign, world.tokens(portal, member).claims["sub"]):
        assert push(portal, portal.start(id_token_hint=hint)).json()["error"] == "invalid_request"
