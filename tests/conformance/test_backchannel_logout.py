"""Back-channel logout (OpenID Connect Back-Channel Logout 1.0): what portals hear, and what becomes of deaf ones."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from io import StringIO

import pytest
from joserfc import jws
from sqlalchemy import select

from idp.kernel import log
from idp.kernel.clock import DAY, HOUR, MINUTE
from idp.post.outbox import PostState
from idp.storage.tables import outbox
from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.ear import HANG, Ear, ear
from tests.support.portal import Portal, Tokens

DONE = "http://127.0.0.1:9/fini"


@pytest.fixture
def listening() -> Iterator[Ear]:
    with ear() as opened:
        yield opened


@pytest.fixture
def portal(world: World, listening: Ear) -> Portal:
    """A portal that wants to be told."""
    return world.portal(backchannel_logout_uri=listening.url, backchannel_logout_session_required=True)


@pytest.fixture
def tokens(world: World, member: Browser, portal: Portal) -> Tokens:
    return world.tokens(portal, member)


def log_out(browser: Browser, portal: Portal, tokens: Tokens) -> None:
    browser.get(portal.logout_url(tokens.id_token, post_logout_redirect_uri=DONE))
    assert browser.trail[-1] == DONE


def state(world: World) -> PostState:
    with world.running.house.begin(write=False) as unit:
        return unit.outbox.state(world.clock.now())


def jti(token: str) -> str:
    return str(json.loads(jws.extract_compact(token.encode()).payload)["jti"])


def told_of(world: World, portal: Portal) -> tuple[int, str] | None:
    """How many logouts the operator is told this portal missed, and why."""
    found = [(row.logouts, row.reason) for row in state(world).untold if row.client == portal.client_id]
    assert len(found) < 2
    return found[0] if found else None


def test_oidcc_backchannel_logout_discovery_endpoint_verification(portal: Portal) -> None:
    assert portal.metadata["backchannel_logout_supported"] is True
    assert portal.metadata["backchannel_logout_session_supported"] is True


def test_oidcc_backchannel_rp_initiated_logout(
    world: World, member: Browser, portal: Portal, tokens: Tokens, listening: Ear
) -> None:
    member.get(portal.logout_url(tokens.id_token, post_logout_redirect_uri=DONE, state="s" * 128))
    assert member.trail[-1] == f"{DONE}?state={'s' * 128}"
    world.running.post.run_once()
    (heard,) = listening.heard
    claims = portal.judge_logout(heard)
    assert (claims["sub"], claims["sid"]) == (tokens.claims["sub"], tokens.claims["sid"])
    assert set(claims) == {"iss", "sub", "aud", "iat", "exp", "jti", "events", "sid"}
    attempt = portal.start(prompt="none")
    member.get(attempt.url)
    assert portal.error(member.trail, attempt) == "login_required"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
@pytest.mark.parametrize("subject_type", ["pairwise", "public"])
def test_it_is_signed_and_named_as_the_clients_id_tokens(
    world: World, member: Browser, listening: Ear, algorithm: str, subject_type: str
) -> None:
    portal = world.portal(
        backchannel_logout_uri=listening.url, id_token_signed_response_alg=algorithm, subject_type=subject_type
    )
    tokens = world.tokens(portal, member)
    log_out(member, portal, tokens)
    world.running.post.run_once()
    assert portal.judge_logout(listening.heard[0])["sub"] == tokens.claims["sub"]


def test_every_portal_of_the_session_hears_once_and_no_other(
    world: World, member: Browser, portal: Portal, tokens: Tokens, listening: Ear
) -> None:
    """Two that got tokens, one of them three times; one that got a code alone, one that did not ask to be told, and one
    of another session."""
    world.tokens(portal, member)
    offline = world.tokens(portal, member, scope="openid offline_access")
    with ear() as second, ear() as coded, ear() as foreign:
        other = world.portal(backchannel_logout_uri=second.url)
        its = world.tokens(other, member)
        waiting, code = world.code(world.portal(backchannel_logout_uri=coded.url), member)
        world.tokens(world.portal(), member)
        world.tokens(world.portal(backchannel_logout_uri=foreign.url), world.signed_in())
        log_out(member, portal, tokens)
        world.running.post.run_once()
        assert [portal.judge_logout(heard)["sid"] for heard in listening.heard] == [tokens.claims["sid"]]
        assert [other.judge_logout(heard)["sid"] for heard in second.heard] == [its.claims["sid"]]
        assert coded.heard == foreign.heard == []
    assert waiting
    assert code
    assert portal.is_honoured(offline.access), "offline access outlives the session (OpenID Connect Core 11)"


def test_the_page_never_waits_for_a_portal(
    world: World, member: Browser, portal: Portal, tokens: Tokens, listening: Ear
) -> None:
    listening.answer = HANG
    world.running.post.start()
    try:
        began = time.monotonic()
        log_out(member, portal, tokens)
        assert time.monotonic() - began < 2
        assert listening.wait_for(1)
        listening.released.set()
    finally:
        world.running.post.stop()


def test_a_portal_that_went_away_is_owed_nothing(
    world: World, member: Browser, portal: Portal, tokens: Tokens, listening: Ear
) -> None:
    log_out(member, portal, tokens)
    with world.running.house.begin() as unit:
        unit.clients.remove(portal.client_id)
    assert world.running.post.run_once() == 1
    assert listening.heard == []
    assert told_of(world, portal) is None


def test_whoever_has_its_name_after_it_is_not_told_of_its_members(
    world: World, member: Browser, portal: Portal, tokens: Tokens, listening: Ear
) -> None:
    """Removed and added again under the same id, for another team perhaps, while a logout still waits."""
    listening.answer = 503
    log_out(member, portal, tokens)
    world.running.post.run_once()
    with world.running.house.begin() as unit:
        unit.clients.remove(portal.client_id)
    world.later(31)
    with ear() as theirs:
        world.running.add_client(client_id=portal.client_id, backchannel_logout_uri=theirs.url)
        assert world.running.post.run_once() == 1
        assert theirs.heard == []
    assert len(listening.heard) == 1
    assert told_of(world, portal) is None


@pytest.mark.parametrize("status", [200, 204])
def test_it_is_done_with_an_answer_that_says_so(
    world: World, member: Browser, portal: Portal, tokens: Tokens, listening: Ear, status: int
) -> None:
    listening.answer = status
    log_out(member, portal, tokens)
    world.running.post.run_once()
    world.clock.advance(HOUR)
    world.running.post.run_once()
    assert len(listening.heard) == 1


@pytest.mark.parametrize("status", [201, 202, 302, 307, 400, 401, 404, 500, 501, 503])
def test_any_other_answer_is_tried_five_times_within_the_hour_and_then_told_to_the_operator(
    world: World, member: Browser, portal: Portal, tokens: Tokens, listening: Ear, status: int
) -> None:
    listening.answer = status
    log_out(member, portal, tokens)
    began, tries = world.clock.now(), list[int]()
    for minute in range(24 * 60):
        before = len(listening.heard)
        world.running.post.run_once()
        if len(listening.heard) > before:
            tries.append(minute)
            portal.judge_logout(listening.heard[-1])
        if told_of(world, portal):
            break
        world.clock.advance(MINUTE)
    assert len(tries) == len(listening.heard) == 5
    assert world.clock.now() - began < HOUR
    assert told_of(world, portal) == (1, f"it answered {status}")
    assert listening.elsewhere == [], "no redirect is followed"
    assert len(set(map(jti, listening.heard))) == 5, "each try has a token of its own"
    world.clock.advance(HOUR)
    world.running.post.run_once()
    assert len(listening.heard) == 5
    world.clock.advance(8 * DAY)
    assert told_of(world, portal) is None, "lately is a week"


def test_a_portal_that_comes_back_is_told_after_all(
    world: World, member: Browser, portal: Portal, tokens: Tokens, listening: Ear
) -> None:
    listening.answer = 503
    log_out(member, portal, tokens)
    world.running.post.run_once()
    world.later(31)
    listening.answer = 200
    world.running.post.run_once()
    assert len(listening.heard) == 2
    assert portal.judge_logout(listening.heard[-1])["sid"] == tokens.claims["sid"]
    assert told_of(world, portal) is None


def test_a_portal_that_is_down_is_told_of_by_its_reason_without_an_address(world: World, member: Browser) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    portal = world.portal(backchannel_logout_uri=f"http://127.0.0.1:{port}/fini")
    log_out(member, portal, world.tokens(portal, member))
    for _ in range(5):
        world.running.post.run_once()
        world.clock.advance(31 * MINUTE)
    told = told_of(world, portal)
    assert told is not None
    assert told[1] == "no connection: ConnectError"


def test_what_is_repeated_after_a_crash_has_a_token_of_its_own(
    world: World, member: Browser, portal: Portal, tokens: Tokens, listening: Ear
) -> None:
    """The portal took it and the process died before it could be remembered: it is told again, with another ``jti``."""
    log_out(member, portal, tokens)
    now = world.clock.now()
    with world.running.house.database.begin() as connection:
        its = outbox.c.about.contains(tokens.claims["sid"])
        connection.execute(select(outbox.c.id).where(its)).one()
    world.running.post.run_once()
    with world.running.house.database.begin() as connection:
        died = {"outcome": None, "done_at": None, "due_at": now, "lease_owner": "died", "lease_until": now + MINUTE}
        connection.execute(outbox.update().where(its).values(died))
    world.running.post.run_once()
    assert len(listening.heard) == 1, "the lease of the one that died"
    world.later(61)
    world.running.post.run_once()
    first, second = map(jti, listening.heard)
    assert first != second


def test_hung_portals_hold_up_nobody_else(world: World, member: Browser) -> None:
    """Twenty that hang, with a backlog each, and one that answers: it waits for none of them."""
    with ExitStack() as stack:
        hung = [stack.enter_context(ear()) for _ in range(20)]
        good = stack.enter_context(ear())
        for each in hung:
            each.answer = HANG
        portals = [world.portal(backchannel_logout_uri=each.url) for each in (*hung, good)]
        browsers = [member, *(world.signed_in() for _ in range(2))]
        sessions = [(browser, [world.tokens(portal, browser) for portal in portals]) for browser in browsers]
        for browser, its in sessions:
            log_out(browser, portals[0], its[0])
        began = time.monotonic()
        worker = threading.Thread(target=world.running.post.run_once)
        worker.start()
        assert good.wait_for(len(browsers))
        waited = time.monotonic() - began
        assert all(each.wait_for(1) for each in hung)
        assert [len(each.heard) for each in hung] == [1] * 20, "a portal that hangs is told one thing at a time"
        for each in hung:
            each.answer = 200
            each.released.set()
        worker.join(30)
        assert waited < 3, waited
        # What hung was given up and is tried again; the backlog went on.
        assert all(len(each.heard) == len(browsers) for each in hung)


def test_a_logout_token_is_no_hint(world: World, member: Browser, portal: Portal, listening: Ear) -> None:
    """Cross-JWT confusion (Back-Channel Logout 4): whoever overheard one could else speak for a session."""
    elsewhere = world.signed_in()
    log_out(elsewhere, portal, world.tokens(portal, elsewhere))
    world.running.post.run_once()
    (heard,) = listening.heard
    member.get(portal.logout_url(heard, post_logout_redirect_uri=DONE))
    assert not [url for url in member.trail if url.startswith(DONE)]
    assert member.client.get("/espace").status_code == 200
    attempt = portal.start(id_token_hint=heard)
    member.get(attempt.url)
    assert portal.error(member.trail, attempt) == "invalid_request"


def test_nothing_of_it_is_logged(
    world: World, member: Browser, portal: Portal, tokens: Tokens, listening: Ear
) -> None:
    listening.answer = 500
    stream = StringIO()
    log.configure(stream=stream, json=True)
    log_out(member, portal, tokens)
    world.running.post.run_once()
    log.configure(json=True)
    logged = stream.getvalue()
    assert "it answered 500" in logged
    for secret in (tokens.claims["sid"], tokens.claims["sub"], listening.heard[0], listening.url):
        assert secret not in logged
