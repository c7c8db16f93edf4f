"""Front-channel logout and session management, which only certification asks for: their modules by name."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.clock import FakeClock
from tests.support.house import PASSWORD, open_account, running_house, sign_in
from tests.support.portal import Portal, Tokens

FRONT = "http://127.0.0.1:9/sortie?vers=ici"
DONE = "http://127.0.0.1:9/fini"
IFRAME = re.compile(r'<iframe src="([^"]+)"')


@pytest.fixture
def world(sqlite_template: Path, tmp_path: Path, clock: FakeClock) -> Iterator[World]:
    """A provider that offers what certification asks."""
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    with running_house(f"sqlite:///{tmp_path / 'idp.db'}", clock, tmp_path, certification=True) as running:
        open_account(running)
        found = World(running)
        yield found
        found.close()


@pytest.fixture
def portal(world: World) -> Portal:
    return world.portal(frontchannel_logout_uri=FRONT, frontchannel_logout_session_required=True)


@pytest.fixture
def member(world: World) -> Browser:
    return world.signed_in()


@pytest.fixture
def tokens(world: World, portal: Portal, member: Browser) -> Tokens:
    return world.tokens(portal, member)


def frames(browser: Browser) -> list[tuple[str, dict[str, str]]]:
    """The pages of portals that the page loads: address without our parameters, and those."""
    assert browser.page is not None
    found = []
    for source in map(unescape, IFRAME.findall(browser.page.response.text)):
        pairs = dict(parse_qsl(urlsplit(source).query))
        found.append((source, pairs))
    policy = browser.page.response.headers["content-security-policy"]
    allowed = re.search("frame-src ([^;]+);", policy)
    origins = {f"{urlsplit(source).scheme}://{urlsplit(source).netloc}" for source, _ in found}
    assert (set(allowed[1].split()) if allowed else set()) == origins
    assert "script-src" not in policy
    return found


def onward(browser: Browser) -> str:
    assert browser.page is not None
    seconds, _, address = browser.page.response.headers["refresh"].partition(";url=")
    assert int(seconds) > 0
    assert address in [href for href, _ in browser.page.links], "a link for people"
    return address


def test_oidcc_frontchannel_logout_discovery_endpoint_verification(portal: Portal) -> None:
    assert portal.metadata["frontchannel_logout_supported"] is True
    assert portal.metadata["frontchannel_logout_session_supported"] is True


def test_oidcc_frontchannel_rp_initiated_logout(member: Browser, portal: Portal, tokens: Tokens) -> None:
    member.get(portal.logout_url(tokens.id_token, post_logout_redirect_uri=DONE, state="é&"))
    ((source, pairs),) = frames(member)
    assert source.startswith(FRONT)
    assert pairs == {"vers": "ici", "iss": portal.issuer, "sid": tokens.claims["sid"]}
    assert onward(member) == f"{DONE}?state=%C3%A9%26"
    attempt = portal.start(prompt="none")
    member.get(attempt.url)
    assert portal.error(member.trail, attempt) == "login_required"


def test_without_an_address_the_page_that_says_so_loads_them(member: Browser, portal: Portal, tokens: Tokens) -> None:
    page = member.get(portal.logout_url(tokens.id_token))
    assert len(frames(member)) == 1
    assert "refresh" not in page.response.headers


def test_a_confirmed_logout_loads_them_too(member: Browser, portal: Portal, tokens: Tokens) -> None:
    member.get(portal.logout_url(None, client_id=portal.client_id, post_logout_redirect_uri=DONE, state="s"))
    assert frames(member) == []
    assert member.page is not None
    member.post("/deconnexion", [form for form in member.page.forms if form.action == "/deconnexion"][-1].fields)
    assert [pairs["sid"] for _, pairs in frames(member)] == [tokens.claims["sid"]]
    assert onward(member) == f"{DONE}?state=s"


def test_each_portal_of_the_session_gets_its_own_sid(
    world: World, member: Browser, portal: Portal, tokens: Tokens
) -> None:
    other = world.portal(frontchannel_logout_uri="http://127.0.0.1:9/autre")
    its = world.tokens(other, member)
    world.tokens(world.portal(), member)
    world.tokens(portal, world.signed_in())
    member.get(portal.logout_url(tokens.id_token, post_logout_redirect_uri=DONE))
    assert {pairs["sid"] for _, pairs in frames(member)} == {tokens.claims["sid"], its.claims["sid"]}


def test_oidcc_session_management_discovery_endpoint_verification(portal: Portal) -> None:
    assert portal.metadata["check_session_iframe"] == f"{portal.issuer}/oidc/session"
    assert portal.metadata["end_session_endpoint"]


def test_the_iframe_may_stand_anywhere_and_runs_its_one_script(portal: Portal) -> None:
    answer = portal.http.get(portal.metadata["check_session_iframe"])
    assert "x-frame-options" not in answer.headers
    (script,) = re.findall("<script>(.*?)</script>", answer.text, re.DOTALL)
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert answer.headers["content-security-policy"] == (
        f"default-src 'none'; script-src 'sha256-{hashed}'; base-uri 'none'; frame-ancestors *"
    )
    assert "set-cookie" not in answer.headers


def state_of(browser: Browser) -> str:
    return str(browser.client.cookies["idp_state"])


def test_oidcc_session_management_rp_initiated_logout(world: World, portal: Portal, member: Browser) -> None:
    """What the iframe computes, computed here: unchanged while the session lasts, changed after the logout."""
    attempt = portal.start()
    member.get(attempt.url)
    answer = portal.answer(member.trail, attempt)
    told, _, salt = answer["session_state"].partition(".")

    def now() -> str:
        whole = f"{portal.client_id} http://127.0.0.1:9 {state_of(member)} {salt}"
        return hashlib.sha256(whole.encode()).hexdigest()

    assert told == now()
    member.get("/espace")
    assert told == now()
    tokens = portal.tokens(attempt, answer["code"])
    member.get(portal.logout_url(tokens.id_token))
    assert told != now()


def test_the_state_changes_with_every_sign_in_and_names_nothing(world: World, portal: Portal, member: Browser) -> None:
    states = [state_of(member)]
    session = str(member.client.cookies["idp_session"])
    world.later(1)
    member.get(portal.start(prompt="login").url)
    sign_in(member, PASSWORD)
    states.append(state_of(member))
    member.get("/deconnexion")
    member.submit(action="/deconnexion")
    states.append(state_of(member))
    assert len(set(states)) == 3
    assert not any(state in session or session in state for state in states)
    with world.running.house.database.begin(write=False) as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM sessions").all())
    assert not any(state in kept for state in states)


def test_each_answer_has_a_salt_of_its_own_and_an_error_has_none(portal: Portal, member: Browser, world: World) -> None:
    told = []
    for _ in range(2):
        attempt = portal.start()
        member.get(attempt.url)
        told.append(portal.answer(member.trail, attempt)["session_state"])
    assert told[0] != told[1]
    assert all(" " not in each for each in told)
    nobody = world.browser()
    attempt = portal.start(prompt="none")
    nobody.get(attempt.url)
    assert "session_state" not in portal.answer(nobody.trail, attempt)


def test_whoever_signed_in_before_it_was_offered_gets_a_state(portal: Portal, member: Browser) -> None:
    member.client.cookies.delete("idp_state")
    attempt = portal.start()
    member.get(attempt.url)
    told, _, salt = portal.answer(member.trail, attempt)["session_state"].partition(".")
    whole = f"{portal.client_id} http://127.0.0.1:9 {state_of(member)} {salt}"
    assert told == hashlib.sha256(whole.encode()).hexdigest()
