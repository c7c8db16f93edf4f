"""Logout against whatever the session is giving at that moment: a portal is told, or has nothing that is honoured."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial

import pytest

from idp.kernel.ids import digest
from idp.members.nir import Nir
from idp.oidc.ports import AccessToken, Code, Grant
from idp.signin.opening import OWN_PASSWORD, end_session, freeze_account, open_session
from idp.signin.policy import ACR_PASSWORD
from idp.signin.ports import PortalSession
from idp.storage.unit import Unit
from tests.races.scene import Scene, is_dead, together
from tests.support.ear import Ear, ear
from tests.support.house import CARD
from tests.support.portal import Refused, Tokens

ROUNDS = 6
WAITS_S = 0.3


@pytest.fixture
def listening() -> Iterator[Ear]:
    with ear() as opened:
        yield opened


@pytest.mark.parametrize("how", ["portal", "page", "freeze"])
def test_a_code_redeemed_at_that_moment_is_told_of_or_worth_nothing(scene: Scene, listening: Ear, how: str) -> None:
    portal = scene.portal(backchannel_logout_uri=listening.url)
    for _ in range(ROUNDS):
        browser = scene.signed_in()
        first = scene.tokens(portal, browser)
        listening.heard.clear()
        other = scene.portal(backchannel_logout_uri=listening.url)
        attempt, code = scene.code(other, browser)

        def redeem(other=other, attempt=attempt, code=code) -> Tokens | None:  # type: ignore[no-untyped-def]
            try:
                return other.tokens(attempt, code)  # type: ignore[no-any-return]
            except Refused:
                return None

        def leave(browser=browser, first=first) -> None:  # type: ignore[no-untyped-def]
            if how == "freeze":
                account = scene.account().id
                with scene.running.house.begin() as unit:
                    assert freeze_account(unit, account, scene.running.clock.now())
            elif how == "portal":
                browser.client.get(portal.logout_url(first.id_token))
            else:
                page = browser.get("/espace")
                form = page.form("/deconnexion") if page.status == 200 else None
                assert form is not None
                browser.client.post("/deconnexion", data=form.fields)

        got, _ = together(redeem, leave)
        if how == "freeze":
            scene.freeze(on=False)
        scene.running.post.run_once()
        heard = {claims["sid"] for token in listening.heard if (claims := _read(portal, other, token))}
        assert first.claims["sid"] in heard
        if got is None:
            assert len(heard) == 1
        else:
            assert got.claims["sid"] in heard, "offline access was given: the portal must know that the session ended"
            assert (how == "freeze") == is_dead(other, got)


def _read(*arguments: object) -> dict[str, str]:
    """The claims of a logout token for one of these portals."""
    *portals, token = arguments
    for portal in portals:
        try:
            return portal.judge_logout(token)  # type: ignore[attr-defined,no-any-return]
        except AssertionError:
            continue
    raise AssertionError("for none of them")


def test_two_logouts_at_once_are_told_once(scene: Scene, listening: Ear) -> None:
    portal = scene.portal(backchannel_logout_uri=listening.url)
    for turn in range(ROUNDS):
        browser = scene.signed_in()
        tokens = scene.tokens(portal, browser)
        tabs = [scene.tab(browser) for _ in range(3)]
        together(*(partial(tab.client.get, portal.logout_url(tokens.id_token)) for tab in tabs))
        scene.running.post.run_once()
        assert len(listening.heard) == turn + 1


def _given(unit: Unit, scene: Scene, client: str, now: int) -> tuple[str, str]:
    """A session with one code for offline access; returns both names."""
    account = unit.accounts.get(scene_account(unit, scene))
    assert account is not None
    session = open_session(unit, None, account, "a browser", OWN_PASSWORD, now).session
    code = Code(
        digest(session.id), session.id, client, account.id, account.epoch, session.id, "sub-" + session.id,
        "sid-" + session.id, "{}", now, ("pwd",), ACR_PASSWORD, now, now + 60_000_000,
    )  # fmt: skip
    unit.grants.add_code(code)
    return session.id, code.digest


def scene_account(unit: Unit, scene: Scene) -> str:
    member = unit.members.find_by_nir(Nir(CARD.nir))
    account = unit.accounts.of_member(member.id) if member else None
    assert account is not None
    return account.id


def _grant(unit: Unit, code_digest: str, now: int) -> Grant:
    code = unit.grants.find_code(code_digest)
    assert code is not None
    return Grant(
        code.grant_id, code.client_id, code.account_id, code.epoch, code.session_id, code.sub, code.sid,
        "openid offline_access", True, now, ("pwd",), ACR_PASSWORD, now, now + 10**12,
    )  # fmt: skip


def test_logout_waits_for_a_code_that_is_just_being_redeemed(scene: Scene, listening: Ear) -> None:
    """The grant is not committed yet when the session is to end: the logout sees it all the same."""
    client = scene.running.add_client(backchannel_logout_uri=listening.url)
    house, now = scene.running.house, scene.running.clock.now()
    with house.begin() as unit:
        session, code = _given(unit, scene, client, now)
    ended: list[tuple[PortalSession, ...]] = []

    def leave() -> None:
        with house.begin() as unit:
            ended.append(end_session(unit, session, now))

    leaving = threading.Thread(target=leave)
    with house.begin() as unit:
        assert unit.grants.redeem(code, now)
        unit.grants.open(_grant(unit, code, now))
        leaving.start()
        leaving.join(WAITS_S)
        assert leaving.is_alive(), "it waits"
    leaving.join(10)
    assert [portal.client for (portal,) in ended] == [client]


def test_a_code_waits_for_a_logout_that_is_just_happening_and_is_worth_nothing(scene: Scene, listening: Ear) -> None:
    client = scene.running.add_client(backchannel_logout_uri=listening.url)
    house, now = scene.running.house, scene.running.clock.now()
    with house.begin() as unit:
        session, code = _given(unit, scene, client, now)
    redeemed: list[bool] = []

    def redeem() -> None:
        with house.begin() as unit:
            redeemed.append(unit.grants.redeem(code, now))

    redeeming = threading.Thread(target=redeem)
    with house.begin() as unit:
        assert end_session(unit, session, now) == ()
        redeeming.start()
        redeeming.join(WAITS_S)
        assert redeeming.is_alive(), "it waits"
    redeeming.join(10)
    assert redeemed == [False]


def test_nobody_waits_for_somebody_who_waits_for_them(scene: Scene) -> None:
    """Whoever locks, locks account, session, grant in this order: of two in each other's way PostgreSQL would stop one,
    here a portal's refresh or the end of an identity's sessions."""
    portal, browser = scene.portal(), scene.signed_in()
    house, now = scene.running.house, scene.running.clock.now()
    attempt = portal.start(scope="openid profile")
    browser.get(attempt.url)
    tokens = portal.tokens(attempt, portal.code(browser.trail, attempt))
    locked, coming = threading.Event(), threading.Event()

    def refresh() -> None:
        with house.begin() as unit:
            family = unit.grants.lock_family(digest(str(tokens.refresh)))
            grant = unit.grants.living(str(family), now)
            assert grant is not None
            locked.set()
            coming.wait(WAITS_S)
            made = (digest("another"), grant.id, grant.client_id, grant.account_id, grant.epoch, grant.scope, now, now)
            unit.grants.add_access(AccessToken(*made))

    def unlink() -> None:
        assert locked.wait(10)
        with house.begin() as unit:
            account = unit.accounts.lock(scene_account(unit, scene))
            coming.set()
            assert account is not None
            for session in unit.sessions.living_of(account.id, now):
                end_session(unit, session, now)

    together(refresh, unlink)
    assert is_dead(portal, tokens)
