"""``prompt``, ``max_age`` and ``id_token_hint`` (OpenID Connect Core 3.1.2.1): met by a fact newer than the request."""

from __future__ import annotations

import pytest

from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.house import BACK, MAIL, PASSWORD, Running, change_password, enroll, sign_in, walk_through
from tests.support.portal import Portal


def asked_to_sign_in(browser: Browser) -> bool:
    assert browser.page is not None
    return browser.page.path == "/connexion"


def test_silent_and_signed_in_is_answered_at_once(member: Browser, portal: Portal) -> None:
    attempt = portal.start(prompt="none")
    member.get(attempt.url)
    assert portal.code(member.trail, attempt)


@pytest.mark.parametrize("way", ["GET", "POST"])
def test_silent_and_nobody_is_login_required(nobody: Browser, portal: Portal, way: str) -> None:
    attempt = portal.start(prompt="none")
    if way == "GET":
        nobody.get(attempt.url)
    else:
        nobody.post(portal.metadata["authorization_endpoint"], attempt.params)
    assert portal.error(nobody.trail, attempt) == "login_required"


def test_silent_with_a_session_owing_the_change_is_interaction_required(world: World, portal: Portal) -> None:
    person = BACK
    browser = world.browser()
    enroll(browser, person, mail=MAIL)
    provisional = world.running.deliver()[-1]
    sign_in(browser, provisional, person)
    assert browser.page is not None
    assert browser.page.path == "/mot-de-passe"
    attempt = portal.start(prompt="none")
    browser.get(attempt.url)
    assert portal.error(browser.trail, attempt) == "interaction_required"
    asked = portal.start()
    browser.get(asked.url)
    assert browser.page.path == "/mot-de-passe", "and without prompt=none it is the screen"


def test_silent_with_an_ended_session_is_login_required(world: World, member: Browser, portal: Portal) -> None:
    member.get("/deconnexion")
    member.submit()
    attempt = portal.start(prompt="none")
    member.get(attempt.url)
    assert portal.error(member.trail, attempt) == "login_required"


def test_silent_after_twelve_hours_is_login_required(world: World, member: Browser, portal: Portal) -> None:
    world.later(12 * 3600)
    attempt = portal.start(prompt="none")
    member.get(attempt.url)
    assert portal.error(member.trail, attempt) == "login_required"


@pytest.mark.parametrize("prompt", ["login", "select_account", "login consent"])
def test_a_new_login_is_asked_and_met_once(world: World, member: Browser, portal: Portal, prompt: str) -> None:
    before = world.seconds()
    world.later(5)
    attempt = portal.start(prompt=prompt)
    member.get(attempt.url)
    assert asked_to_sign_in(member)
    world.later(5)
    sign_in(member, PASSWORD)
    tokens = portal.tokens(attempt, portal.code(member.trail, attempt))
    assert tokens.claims["auth_time"] == before + 10


def test_a_new_login_that_was_asked_cannot_be_skipped(world: World, member: Browser, portal: Portal) -> None:
    member.get(portal.start(prompt="login").url)
    parked = member.trail[-1].partition("request=")[2]
    for _ in range(2):
        world.later(1)
        member.get(f"/oidc/authorize/{parked}")
        assert asked_to_sign_in(member)
    member.get("/espace")
    member.get(f"/oidc/authorize/{parked}")
    assert asked_to_sign_in(member)


def test_a_posted_demand_for_a_new_login_is_not_met_by_the_present_session(
    world: World, member: Browser, portal: Portal
) -> None:
    world.later(5)
    attempt = portal.start(prompt="login")
    parked = portal.http.post(portal.metadata["authorization_endpoint"], data=attempt.params).headers["location"]
    member.get(parked)
    assert asked_to_sign_in(member)
    world.later(5)
    sign_in(member, PASSWORD)
    assert portal.code(member.trail, attempt)


@pytest.mark.parametrize(("age", "max_age", "met"), [(30, "60", True), (61, "60", False), (1, "0", False)])
def test_max_age_is_held_against_the_sign_in(
    world: World, member: Browser, portal: Portal, age: int, max_age: str, met: bool
) -> None:
    world.later(age)
    attempt = portal.start(max_age=max_age)
    member.get(attempt.url)
    if not met:
        assert asked_to_sign_in(member)
        sign_in(member, PASSWORD)
    tokens = portal.tokens(attempt, portal.code(member.trail, attempt))
    assert tokens.claims["auth_time"] == world.seconds() - (age if met else 0)


def test_max_age_is_fixed_when_the_request_comes(world: World, nobody: Browser, portal: Portal) -> None:
    attempt = portal.start(max_age="60")
    nobody.get(attempt.url)
    world.later(30 * 60)
    sign_in(nobody, PASSWORD)
    assert portal.code(nobody.trail, attempt)


def test_silent_and_too_old_is_login_required(world: World, member: Browser, portal: Portal) -> None:
    world.later(61)
    attempt = portal.start(prompt="none", max_age="60")
    member.get(attempt.url)
    assert portal.error(member.trail, attempt) == "login_required"


def test_a_registered_max_age_holds_where_none_is_sent(world: World, member: Browser) -> None:
    portal = world.portal(default_max_age=60)
    world.later(61)
    member.get(portal.start().url)
    assert asked_to_sign_in(member)


def test_a_hint_of_the_member_who_is_here_passes_however_old(world: World, member: Browser, portal: Portal) -> None:
    tokens = world.tokens(portal, member)
    world.later(3600)
    attempt = portal.start(prompt="none", id_token_hint=tokens.id_token)
    member.get(attempt.url)
    assert portal.code(member.trail, attempt)


def test_a_hint_of_another_client_is_refused(world: World, member: Browser, portal: Portal) -> None:
    tokens = world.tokens(world.portal(), member)
    attempt = portal.start(id_token_hint=tokens.id_token)
    member.get(attempt.url)
    assert portal.error(member.trail, attempt) == "invalid_request"


def test_prompt_create_leads_through_enrollment_and_back_to_the_portal(light: Running) -> None:
    """Initiating User Registration via OpenID Connect 1.0: nothing is lost on the way to the first own password."""
    world = World(light)
    portal, browser = world.portal(), world.browser()
    attempt = portal.start(prompt="create")
    page = browser.get(attempt.url)
    assert page.path == "/inscription/profil"
    walk_through(browser)
    assert browser.page is not None
    (link,) = {href for href, text in browser.page.links if href.startswith("/connexion?request=")}
    browser.get(link)
    sign_in(browser, light.deliver()[-1])
    change_password(browser)
    portal.tokens(attempt, portal.code(browser.trail, attempt))
    world.close()


def test_prompt_create_asks_nothing_of_a_member_who_is_here(world: World, member: Browser, portal: Portal) -> None:
    attempt = portal.start(prompt="create")
    member.get(attempt.url)
    assert portal.code(member.trail, attempt)


def test_prompt_create_of_another_browser_is_not_carried_on(light: Running) -> None:
    world = World(light)
    portal, thief, browser = world.portal(), world.browser(), world.browser()
    page = thief.get(portal.start(prompt="create").url)
    browser.get(page.url)
    walk_through(browser)
    sign_in(browser, light.deliver()[-1])
    change_password(browser)
    assert browser.page is not None
    assert browser.page.path == "/espace", "a request belongs to one browser"
    world.close()


def test_whoever_signs_up_from_the_sign_in_page_comes_back_to_the_portal_too(light: Running) -> None:
    world = World(light)
    portal, browser = world.portal(), world.browser()
    attempt = portal.start()
    page = browser.get(attempt.url)
    (link,) = {href for href, text in page.links if href.startswith("/inscription?request=")}
    browser.get(link)
    walk_through(browser)
    assert browser.page is not None
    browser.get(next(href for href, text in browser.page.links if href.startswith("/connexion?request=")))
    sign_in(browser, light.deliver()[-1])
    change_password(browser)
    portal.tokens(attempt, portal.code(browser.trail, attempt))
    world.close()
