"""Consent, pushed requests and devices, with two at the same moment (law 2); SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from idp.oidc.portals import withdraw
from idp.oidc.registration import remove_client
from idp.storage.tables import client_sessions
from idp.storage.unit import Unit
from tests.flows.test_s19_documents import until_somebody_waits
from tests.races.scene import Scene, is_dead, together, until_somebody_waits_behind
from tests.support.browser import Browser
from tests.support.portal import Portal

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
CONSENT = "/autorisation"
ROUNDS = 2


def test_two_tabs_allow_at_the_same_moment_and_both_are_answered(scene: Scene) -> None:
    for _ in range(ROUNDS):
        portal = scene.portal(idp_first_party=False)
        browser = scene.signed_in()
        tabs = [scene.tab(browser) for _ in range(3)]
        attempts = [portal.start() for _ in tabs]
        for tab, attempt in zip(tabs, attempts, strict=True):
            assert tab.get(attempt.url).path == CONSENT
        together(*(lambda tab=tab: tab.submit(action=CONSENT) for tab in tabs))
        for tab, attempt in zip(tabs, attempts, strict=True):
            assert portal.code(tab.trail, attempt)


def test_a_consent_taken_back_while_a_code_is_redeemed_leaves_nothing_honoured(scene: Scene) -> None:
    portal = scene.portal(idp_first_party=False)
    browser = scene.signed_in()
    for _ in range(ROUNDS * 3):
        attempt = portal.start()
        browser.get(attempt.url)
        browser.submit(action=CONSENT)
        code = portal.code(browser.trail, attempt)
        page = browser.get("/mon-compte")
        (form,) = [form for form in page.forms if form.fields.get("portal") == portal.client_id]
        place = scene.twin(portal)
        works: list[Callable[[], Any]] = [
            partial(browser.post, "/mon-compte", {**form.fields, "action": "withdraw"}),
            partial(place.redeem, attempt, code),
        ]
        _page, answer = together(*works)
        if answer.status_code == 200:
            assert is_dead(portal, portal.judge(answer, nonce=attempt.nonce))


def test_a_consent_taken_back_while_a_portal_is_answered_gives_it_nothing(scene: Scene) -> None:
    """The answer was decided on the consent of before, and waits until it is gone."""
    portal = scene.portal(idp_first_party=False)
    browser = scene.signed_in()
    browser.get(portal.start().url)
    browser.submit(action=CONSENT)
    attempt, account = portal.start(), scene.account().id
    with ThreadPoolExecutor(1) as pool:
        with scene.running.house.database.begin() as connection:
            unit = Unit(connection, scene.running.clock, scene.running.house.pepper, scene.running.house.vault)
            assert withdraw(unit, account, portal.client_id, scene.running.clock.now())
            answer = pool.submit(browser.get, attempt.url)
            until_somebody_waits(connection)
        answer.result(60)
    assert "code=" not in browser.trail[-1]


def test_a_consent_taken_back_from_a_portal_that_goes_is_no_fault(scene: Scene) -> None:
    """The portal is half gone when the member takes the word back: neither may wait for the other."""
    portal = scene.portal(idp_first_party=False)
    browser = scene.signed_in()
    attempt = portal.start()
    browser.get(attempt.url)
    browser.submit(action=CONSENT)
    portal.judge(portal.redeem(attempt, portal.code(browser.trail, attempt)), nonce=attempt.nonce)
    page = browser.get("/mon-compte")
    (form,) = [form for form in page.forms if form.fields.get("portal") == portal.client_id]

    def remove() -> None:
        with scene.running.house.begin() as unit:
            remove_client(unit, portal.client_id)

    with ThreadPoolExecutor(2) as pool:
        with scene.running.house.database.begin() as connection:
            sids = select(client_sessions).where(client_sessions.c.client_id == portal.client_id)
            assert connection.execute(sids.with_for_update()).all()
            gone = pool.submit(remove)
            until_somebody_waits(connection)
            answer = pool.submit(browser.post, "/mon-compte", {**form.fields, "action": "withdraw"})
            until_somebody_waits_behind(connection)
        gone.result(60)
        assert answer.result(60).status == 200


def test_posted_requests_are_opened_at_their_consent_at_the_same_moment(scene: Scene) -> None:
    """The first browser that presents a posted request gets it, on whichever of our pages."""
    portal, browsers = scene.portal(idp_first_party=False), [scene.signed_in() for _ in range(5)]
    endpoint = portal.metadata["authorization_endpoint"]
    for _ in range(ROUNDS * 2):
        posted = [portal.http.post(endpoint, data=portal.start().params, follow_redirects=False) for _ in browsers]
        names = [answer.headers["location"].rpartition("/")[2] for answer in posted]
        works = [partial(b.get, f"{CONSENT}?request={name}") for b, name in zip(browsers, names, strict=True)]
        assert {page.status for page in together(*works)} == {200}


def test_a_pushed_request_is_answered_once_in_many_browsers(scene: Scene) -> None:
    portal = scene.portal()
    for _ in range(ROUNDS):
        attempt = portal.start()
        body = {name: value for name, value in attempt.params.items() if name != "client_id"}
        endpoint = portal.metadata["pushed_authorization_request_endpoint"]
        pushed = portal.http.post(endpoint, data=body, headers={"authorization": portal.basic()}).json()
        url = f"/oidc/authorize?client_id={portal.client_id}&request_uri={pushed['request_uri']}"
        browsers = [scene.signed_in() for _ in range(3)]
        together(*(partial(browser.get, url) for browser in browsers))
        answered = [browser for browser in browsers if portal.is_answer(browser.trail[-1], attempt)]
        assert len(answered) == 1
        assert portal.tokens(attempt, portal.code(answered[0].trail, attempt)).access


def device_of(scene: Scene, maker: Portal, browsers: int) -> tuple[str, list[Browser]]:
    """Begin a device, type its code in several browsers; return its device code, and the browsers at the consent."""
    endpoint = maker.metadata["device_authorization_endpoint"]
    begun = maker.http.post(endpoint, data={"scope": "openid"}, headers={"authorization": maker.basic()}).json()
    opened = [scene.signed_in() for _ in range(browsers)]
    for browser in opened:
        browser.get("/appareil")
        assert browser.submit({"code": begun["user_code"]}).path == CONSENT
    return begun["device_code"], opened


def test_a_device_is_decided_once(scene: Scene) -> None:
    maker = scene.portal(grant_types=["authorization_code", DEVICE])
    for _ in range(ROUNDS):
        device_code, browsers = device_of(scene, maker, 3)
        pages = together(*(lambda browser=browser: browser.submit(action=CONSENT) for browser in browsers))
        assert sorted(page.status for page in pages) == [200, 409, 409]
        assert maker.ask(grant_type=DEVICE, device_code=device_code).status_code == 200


def test_allowed_and_refused_at_the_same_moment_is_one_of_the_two(scene: Scene) -> None:
    maker = scene.portal(grant_types=["authorization_code", DEVICE])
    for _ in range(ROUNDS):
        device_code, (one, other) = device_of(scene, maker, 2)
        assert other.page is not None
        (deny,) = [form for form in other.page.forms if ("action", "deny") in form.buttons]
        refusal = {**deny.fields, "action": "deny"}
        pages = together(partial(one.submit, action=CONSENT), partial(other.post, deny.action, refusal))
        allowed = pages[0].status == 200
        answer = maker.ask(grant_type=DEVICE, device_code=device_code)
        assert (answer.status_code == 200) == allowed
        if not allowed:
            assert answer.json()["error"] == "access_denied"


@pytest.mark.parametrize("polls", [3])
def test_a_device_code_polled_at_the_same_moment_gives_tokens_once(scene: Scene, polls: int) -> None:
    maker = scene.portal(grant_types=["authorization_code", DEVICE])
    device_code, (browser,) = device_of(scene, maker, 1)
    assert browser.submit(action=CONSENT).status == 200
    places = [scene.twin(maker) for _ in range(polls)]
    answers = together(
        *(lambda place=place: place.ask(grant_type=DEVICE, device_code=device_code) for place in places)
    )
    assert [answer.status_code for answer in answers].count(200) == 1
    assert {answer.json()["error"] for answer in answers if answer.status_code == 400} <= {"slow_down", "invalid_grant"}
