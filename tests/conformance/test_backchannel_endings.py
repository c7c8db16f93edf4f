"""Every way a session ends is told to every portal that got tokens in it, once (SQLite and PostgreSQL)."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from idp.demo.person import Person
from idp.kernel.clock import MINUTE, SECOND
from idp.signin.opening import freeze_account
from idp.storage.sweep import sweep
from tests.races.scene import Scene, is_dead
from tests.support.browser import Browser
from tests.support.ear import Ear, ear
from tests.support.house import CARD, FARMER, PASSWORD, Running, open_account, sign_in
from tests.support.portal import Portal, Tokens
from tests.support.upstream import federated_house

OTHER = "Moissonneuse-rouge-7"


@pytest.fixture
def ears() -> Iterator[tuple[Ear, Ear]]:
    with ear() as first, ear() as second:
        yield first, second


@pytest.fixture
def scene(running: Running) -> Iterator[Scene]:
    found = Scene(running)
    found.open_account()
    yield found
    found.close()


def by_hint(scene: Scene, browser: Browser, portal: Portal, tokens: Tokens) -> None:
    browser.get(portal.logout_url(tokens.id_token))


def by_page(scene: Scene, browser: Browser, portal: Portal, tokens: Tokens) -> None:
    browser.get("/deconnexion")
    browser.submit(action="/deconnexion")


def again(scene: Scene, browser: Browser, portal: Portal, word: str, person: Person = CARD) -> None:
    """Sign in where somebody is signed in: a portal asks for it."""
    scene.running.clock.advance(SECOND)
    browser.get(portal.start(prompt="login").url)
    sign_in(browser, word, person)


def by_another_member(scene: Scene, browser: Browser, portal: Portal, tokens: Tokens) -> None:
    open_account(scene.running, FARMER, mail="ailleurs@courriel.example", word=OTHER)
    again(scene, browser, portal, OTHER, FARMER)
    assert browser.trail[-1].startswith(portal.redirect_uri)


def by_change(scene: Scene, browser: Browser, portal: Portal, tokens: Tokens) -> None:
    scene.change(scene.about_to_change())


def by_letter(scene: Scene, browser: Browser, portal: Portal, tokens: Tokens) -> None:
    code, freezing = scene.freeze_code(), scene.about_to_freeze()
    freezing.submit({"code": code})
    assert freezing.page is not None
    assert freezing.page.path == "/securite/gel/fait"


def by_agent(scene: Scene, browser: Browser, portal: Portal, tokens: Tokens) -> None:
    account = scene.account().id
    with scene.running.house.begin() as unit:
        assert freeze_account(unit, account, scene.running.clock.now())


Ending = Callable[[Scene, Browser, Portal, Tokens], None]


@pytest.mark.parametrize("end", [by_hint, by_page, by_another_member, by_change, by_letter, by_agent])
def test_every_portal_is_told_however_the_session_ends(scene: Scene, ears: tuple[Ear, Ear], end: Ending) -> None:
    portals = [scene.portal(backchannel_logout_uri=each.url) for each in ears]
    scene.portal()
    browser = scene.signed_in()
    tokens = [scene.tokens(portal, browser) for portal in portals]
    end(scene, browser, portals[0], tokens[0])
    assert not scene.is_in(browser) or end is by_another_member
    scene.running.post.run_once()
    for portal, listening, its in zip(portals, ears, tokens, strict=True):
        (heard,) = listening.heard
        claims = portal.judge_logout(heard)
        assert (claims["sub"], claims["sid"]) == (its.claims["sub"], its.claims["sid"])
    scene.running.clock.advance(30 * MINUTE)
    scene.running.post.run_once()
    assert [len(each.heard) for each in ears] == [1, 1]


@pytest.mark.parametrize("end", [by_change, by_letter, by_agent])
def test_what_ends_everything_ends_every_session(scene: Scene, ears: tuple[Ear, Ear], end: Ending) -> None:
    portal = scene.portal(backchannel_logout_uri=ears[0].url)
    browsers = [scene.signed_in() for _ in range(3)]
    tokens = [scene.tokens(portal, browser) for browser in browsers]
    end(scene, browsers[0], portal, tokens[0])
    scene.running.post.run_once()
    assert {portal.judge_logout(heard)["sid"] for heard in ears[0].heard} == {its.claims["sid"] for its in tokens}
    assert len(ears[0].heard) == 3
    assert all(is_dead(portal, its) for its in tokens), "offline access too"


def test_the_session_that_made_the_change_goes_on(scene: Scene, ears: tuple[Ear, Ear]) -> None:
    portal = scene.portal(backchannel_logout_uri=ears[0].url)
    browser = scene.signed_in()
    before = scene.tokens(portal, browser)
    again(scene, browser, portal, scene.mailed())
    browser.submit({"new_password": OTHER, "new_password_again": OTHER})
    assert browser.trail[-1].startswith(portal.redirect_uri)
    scene.running.post.run_once()
    assert ears[0].heard == []
    assert scene.tokens(portal, browser).claims["sid"] == before.claims["sid"]


def test_signing_in_again_ends_nothing(scene: Scene, ears: tuple[Ear, Ear]) -> None:
    portal = scene.portal(backchannel_logout_uri=ears[0].url)
    browser = scene.signed_in()
    tokens = scene.tokens(portal, browser)
    again(scene, browser, portal, PASSWORD)
    assert browser.trail[-1].startswith(portal.redirect_uri)
    scene.running.post.run_once()
    assert ears[0].heard == []
    assert portal.is_honoured(tokens.access)


def test_a_logout_done_twice_is_told_once(scene: Scene, ears: tuple[Ear, Ear]) -> None:
    portal = scene.portal(backchannel_logout_uri=ears[0].url)
    browser = scene.signed_in()
    tokens = scene.tokens(portal, browser)
    tab = scene.tab(browser)
    for each in (browser, tab):
        by_hint(scene, each, portal, tokens)
    scene.running.post.run_once()
    assert len(ears[0].heard) == 1


def test_a_portal_whose_grant_was_revoked_is_told_too(scene: Scene, ears: tuple[Ear, Ear]) -> None:
    """Its tokens died by a replay; the session that it keeps itself did not."""
    portal = scene.portal(backchannel_logout_uri=ears[0].url)
    browser = scene.signed_in()
    attempt, code = scene.code(portal, browser)
    tokens = portal.tokens(attempt, code)
    assert portal.redeem(attempt, code).status_code == 400
    by_hint(scene, browser, portal, tokens)
    scene.running.post.run_once()
    assert len(ears[0].heard) == 1


def test_a_portal_is_told_of_a_session_older_than_its_grants(scene: Scene, ears: tuple[Ear, Ear]) -> None:
    """The sweep leaves what a living session gave, although it is worth nothing any more."""
    portal = scene.portal(backchannel_logout_uri=ears[0].url)
    browser = scene.signed_in()
    attempt, code = scene.code(portal, browser)
    tokens = portal.tokens(attempt, code)
    assert portal.redeem(attempt, code).status_code == 400
    for _ in range(5):
        scene.running.clock.advance(11 * 60 * MINUTE)
        again(scene, browser, portal, PASSWORD)
        sweep(scene.running.house.database)
    by_page(scene, browser, portal, tokens)
    scene.running.post.run_once()
    assert len(ears[0].heard) == 1


def test_unlinking_tells_the_portals_of_what_the_identity_opened(
    sqlite_template: Path, tmp_path: Path, ears: tuple[Ear, Ear]
) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    with federated_house(f"sqlite:///{tmp_path / 'idp.db'}", tmp_path) as house:
        house.link()
        scene = Scene(house.running)
        portal = scene.portal(backchannel_logout_uri=ears[0].url)
        with house.traveller() as entered, house.traveller() as unlinking:
            house.choose(CARD)
            entered.enter()
            tokens = scene.tokens(portal, entered.browser)
            unlinking.sign_in()
            scene.tokens(portal, unlinking.browser)
            unlinking.browser.get("/franceconnect")
            unlinking.browser.submit({"action": "unlink"}, action="/franceconnect")
            unlinking.through()
            assert unlinking.told == "delie"
        house.running.post.run_once()
        (heard,) = ears[0].heard
        assert portal.judge_logout(heard)["sid"] == tokens.claims["sid"]
        scene.close()
