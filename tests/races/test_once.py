"""Once means once, also for two at the same moment (law 2)."""

from __future__ import annotations

import httpx2
import pytest

from tests.races.scene import Scene, is_dead, together
from tests.support.browser import Browser
from tests.support.house import sign_in
from tests.support.portal import Portal, Refused, Tokens

ROUNDS = 2


def presented(scene: Scene, portal: Portal, count: int, **form: str | None) -> list[httpx2.Response]:
    """Send one token request from several places at the same moment."""
    places = [scene.twin(portal) for _ in range(count)]
    return together(*(lambda place=place: place.ask(**form) for place in places))


@pytest.mark.parametrize("method", ["client_secret_basic", "none"])
def test_a_code_redeemed_at_the_same_moment_gives_tokens_once_and_the_replay_revokes_them(
    scene: Scene, method: str
) -> None:
    portal = scene.portal(token_endpoint_auth_method=method)
    browser = scene.signed_in()
    for _ in range(ROUNDS):
        attempt, code = scene.code(portal, browser)
        answers = presented(
            scene,
            portal,
            3,
            grant_type="authorization_code",
            code=code,
            redirect_uri=attempt.redirect_uri,
            code_verifier=attempt.verifier,
        )
        assert sorted(answer.status_code for answer in answers) == [200, 400, 400]
        (good,) = [answer for answer in answers if answer.status_code == 200]
        assert is_dead(portal, portal.judge(good, nonce=attempt.nonce))


def test_a_refresh_token_used_at_the_same_moment_leaves_one_living_successor(scene: Scene) -> None:
    """A confidential client's second answer is the grace's fresh successor; the other one is dead."""
    portal = scene.portal()
    browser = scene.signed_in()
    for _ in range(ROUNDS):
        first = scene.tokens(portal, browser)
        answers = presented(scene, portal, 3, grant_type="refresh_token", refresh_token=first.refresh)
        successors = [portal.judge(answer) for answer in answers if answer.status_code == 200]
        assert successors
        assert sum(works(portal, successor) for successor in successors) <= 1
        assert is_dead(portal, first), "a dead successor was shown: the family ended"


def test_a_refresh_token_of_a_public_client_is_used_once(scene: Scene) -> None:
    portal = scene.portal(token_endpoint_auth_method="none")
    browser = scene.signed_in()
    for _ in range(ROUNDS):
        first = scene.tokens(portal, browser)
        answers = presented(scene, portal, 3, grant_type="refresh_token", refresh_token=first.refresh)
        assert sorted(answer.status_code for answer in answers) == [200, 400, 400]
        (good,) = [answer for answer in answers if answer.status_code == 200]
        assert is_dead(portal, portal.judge(good)), "the others were replays"


def works(portal: Portal, tokens: Tokens) -> bool:
    """Tell whether a refresh token is honoured."""
    try:
        portal.refresh(str(tokens.refresh))
    except Refused:
        return False
    return True


def test_a_parked_request_is_answered_once(scene: Scene) -> None:
    portal = scene.portal()
    for _ in range(ROUNDS):
        browser = scene.browser()
        attempt = portal.start()
        browser.get(attempt.url)
        parked = browser.trail[-1].partition("request=")[2]
        browser.get("/connexion")
        sign_in(browser, scene.password)
        tabs = [scene.tab(browser) for _ in range(3)]
        together(*(lambda tab=tab, url=f"/oidc/authorize/{parked}": tab.get(url) for tab in tabs))
        answered = [tab for tab in tabs if portal.is_answer(tab.trail[-1], attempt)]
        assert len(answered) == 1
        assert [tab.page.status for tab in tabs if tab.page and tab not in answered] == [409, 409]
        assert portal.tokens(attempt, portal.code(answered[0].trail, attempt)).access


def test_a_posted_request_is_one_browsers(scene: Scene) -> None:
    portal = scene.portal()
    for _ in range(ROUNDS):
        sent = portal.http.post(portal.metadata["authorization_endpoint"], data=portal.start().params)
        browsers = [scene.browser() for _ in range(3)]

        def take(browser: Browser, where: str = sent.headers["location"]) -> int:
            return browser.get(where).status

        statuses = together(*(lambda browser=browser: take(browser) for browser in browsers))
        assert sorted(statuses) == [200, 409, 409]


def test_the_first_codes_of_a_sector_know_one_subject(bare: Scene) -> None:
    bare.open_account()
    for number in range(ROUNDS):
        portals = [bare.portal(redirect_uris=[f"https://secteur-{number}.example/retour"]) for _ in range(3)]
        for portal in portals:
            portal.redirect_uri = f"https://secteur-{number}.example/retour"
        browsers = [bare.signed_in() for _ in portals]
        found = together(
            *(lambda portal=p, browser=b: bare.tokens(portal, browser) for p, b in zip(portals, browsers, strict=True))
        )
        assert len({tokens.claims["sub"] for tokens in found}) == 1


def test_a_code_redeemed_while_its_session_ends_is_not_honoured(scene: Scene) -> None:
    portal = scene.portal()
    portal.scope = "openid profile"
    for _ in range(ROUNDS):
        browser = scene.signed_in()
        attempt, code = scene.code(portal, browser)
        browser.get("/deconnexion")

        def redeem(attempt=attempt, code=code) -> Tokens | None:  # type: ignore[no-untyped-def]
            try:
                return portal.tokens(attempt, code)
            except Refused:
                return None

        def leave(browser: Browser = browser) -> None:
            browser.submit()

        tokens, _ = together(redeem, leave)
        assert tokens is None or is_dead(portal, tokens)
        assert not scene.is_in(browser)
