"""Mistakes 21 to 24: foreign links in mails, answers that tell who exists, guesses without end, strangers' locks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from io import StringIO

import httpx2
import pytest

from idp.accounts import freeze
from idp.accounts.throttle import FREEZE_SOURCE, LOOKUP_SOURCE, SIGNIN_ACCOUNT, SIGNIN_SOURCE
from idp.demo.people import PEOPLE
from idp.kernel import log
from idp.kernel.clock import DAY
from tests.conformance.world import World
from tests.flows.story import path, rows, says, shown
from tests.races.scene import Scene, together
from tests.support.browser import Browser, Page
from tests.support.house import BACK, CARD, MAIL, PASSWORD, Running, change_password, enroll, open_account, sign_in
from tests.support.portal import Portal
from tests.support.smtp import part

EVIL = "voleur.example"
HOSTILE = (
    {"host": EVIL},
    {"host": f"{EVIL}:80"},
    {"x-forwarded-host": EVIL, "x-forwarded-proto": "https", "x-forwarded-port": "444"},
    {"forwarded": f"host={EVIL};proto=https", "x-host": EVIL, "x-original-host": EVIL},
    {"x-original-url": f"https://{EVIL}/", "x-rewrite-url": f"//{EVIL}/", "x-forwarded-prefix": f"//{EVIL}"},
    {"x-forwarded-server": EVIL, "x-real-ip": "10.0.0.1", "referer": f"https://{EVIL}/"},
)
GUESS = "Deviner-1-mot"
NOBODY = "2530749588157"


@pytest.mark.parametrize("headers", HOSTILE, ids=str)
def test_mistake_21_no_header_writes_a_link_or_a_redirect(light: Running, headers: dict[str, str]) -> None:
    with light.browser(**headers) as browser:
        pages = [browser.get("/"), browser.get("/inscription"), browser.get("/connexion")]
        redirects = []
        for path_, fields in (("/espace", None), ("/inscription", None), ("/oidc/logout", {"state": "x"})):
            answer = browser.client.post(path_, data=fields) if fields else browser.client.get(path_)
            redirects.append(answer.headers.get("location", "/"))
        assert all(where.startswith(("/", light.url)) and not where.startswith("//") for where in redirects)
        assert all(EVIL not in page.response.text for page in pages)
        told = json.dumps(browser.client.get("/.well-known/openid-configuration").json())
        assert EVIL not in told
        enroll(browser)
        assert path(browser) == "/inscription/envoi"
    (word,) = light.deliver()
    for message in light.smtp.messages:
        whole = part(message, "plain") + part(message, "html")
        assert EVIL not in str(message)
        links = re.findall(r"https?://[^\s\"'<>]+", whole)
        assert f"{light.url}/connexion" in links
        assert [link for link in links if not link.startswith((light.url, "https://caisse.example"))] == []
        assert not [link for link in links if word in link or "?" in link], "a bare page, no secret in it"


def answer_to(page: Page) -> tuple[int, str, list[str], list[tuple[str, str]]]:
    """Return what a stranger can tell apart: status, words, headers, links."""
    varying = {"date", "content-length", "set-cookie"}
    return page.status, page.text, sorted(set(page.response.headers) - varying), page.links


def test_mistake_22_a_refused_sign_in_is_the_same_for_every_number(light: Running) -> None:
    """Open, never enrolled, a delivery on its way, frozen, and two that are nobody's."""
    open_account(light)
    open_account(light, BACK, mail="henri@courriel.example")
    frozen, waiting, never = BACK.nir, PEOPLE[2], PEOPLE[3]
    ((account,),) = rows(light, "SELECT id FROM accounts WHERE email = 'henri@courriel.example'")
    with light.house.begin() as unit:
        assert unit.freezing.freeze(account, light.clock.now())
    with light.browser() as browser:
        enroll(browser, waiting, mail="ines@courriel.example")
    light.deliver()
    for word in (GUESS, "x", "ABCD-EFGH-JKLM-NPQR-STUV", "A" * 200):
        seen = set()
        before = rows(light, "SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM sessions)")
        for number in (CARD.nir, frozen, waiting.nir, never.nir, NOBODY, "2850159001001"):
            with light.browser() as browser:
                browser.get("/connexion")
                page = browser.submit({"identifier": number, "password": word})
                seen.add(repr(answer_to(page)).replace(number, "N"))
        assert len(seen) == 1, word
        assert rows(light, "SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM sessions)") == before


def test_mistake_22_a_client_that_is_not_there_answers_like_one_that_is(world: World, portal: Portal) -> None:
    endpoint, form = portal.metadata["token_endpoint"], {"grant_type": "refresh_token", "refresh_token": "x"}
    for by_header in (False, True):
        answers = set()
        for client_id in (portal.client_id, "personne", "x" * 100):
            sent = {**form, "client_id": client_id}
            if by_header:
                answer = portal.http.post(endpoint, data=form, auth=(client_id, "x" * 43))
            else:
                answer = portal.http.post(endpoint, data={**sent, "client_secret": "x" * 43})
            answers.add((answer.status_code, answer.text, answer.headers["www-authenticate"]))
        assert len(answers) == 1


@pytest.mark.parametrize("trouble", ["at_recipient", "at_data", "gone"])
def test_mistake_22_mail_that_fails_shows_nobody_anything(light: Running, browser: Browser, trouble: str) -> None:
    """The page is the same, for the mail leaves later: a refused address, a refused message, no server at all."""
    if trouble == "gone":
        light.smtp.stop()
    else:
        setattr(light.smtp.behaviour, trouble, "550 no such user")
    enroll(browser)
    light.post.run_once()
    assert path(browser) == "/inscription/envoi"
    failed = shown(browser).text
    if trouble == "gone":
        light.smtp.start()
    else:
        setattr(light.smtp.behaviour, trouble, None)
    with light.browser() as other:
        enroll(other, PEOPLE[2], mail=MAIL)
        assert path(other) == "/inscription/envoi"
        assert shown(other).text.replace("Inès", "Camille") == failed


PATHS: dict[str, tuple[str, Callable[[int], dict[str, str]], int]] = {
    "sign-in, one number": ("/connexion", lambda _: {"identifier": CARD.nir, "password": GUESS}, SIGNIN_ACCOUNT.burst),
    "sign-in, many numbers": (
        "/connexion",
        lambda turn: {"identifier": PEOPLE[turn % len(PEOPLE)].nir, "password": GUESS},
        SIGNIN_SOURCE.burst,
    ),
    "freeze codes": ("/securite/gel", lambda _: {"code": freeze.generate()}, FREEZE_SOURCE.burst),
    "forgotten password": ("/mot-de-passe/oublie/numero", lambda _: {"nir": NOBODY}, LOOKUP_SOURCE.burst),
}


@pytest.mark.parametrize("name", PATHS)
def test_mistake_23_every_path_that_judges_a_secret_counts(light: Running, browser: Browser, name: str) -> None:
    open_account(light)
    address, fields, burst = PATHS[name]
    page = browser.get(address.removesuffix("/numero"))
    answers = []
    for turn in range(burst + 8):
        # Spoofed sources count for nothing: no proxy is trusted here.
        headers = {"x-forwarded-for": f"203.0.113.{turn}", "x-real-ip": f"203.0.113.{turn}"}
        data = {**page.form().fields, **fields(turn)}
        answers.append(browser.client.post(page.form().action or address, data=data, headers=headers))
    assert sum(answer.status_code != 429 for answer in answers) <= burst
    assert [answer.status_code for answer in answers[-8:]] == [429] * 8


def test_mistake_23_no_guess_is_lost_at_the_same_moment(scene: Scene) -> None:
    """Counters that are read and written apart forget some of these."""
    browsers = [scene.browser() for _ in range(8)]
    for browser in browsers:
        browser.get("/connexion")
    fields = {"identifier": CARD.nir, "password": GUESS}

    def guess(browser: Browser) -> list[int]:
        page = shown(browser)
        return [browser.submit(fields, page=page).status for _ in range(4)]

    statuses = [status for found in together(*(lambda b=b: guess(b) for b in browsers)) for status in found]
    assert set(statuses) <= {422, 429, 503}
    judged = statuses.count(422)
    assert judged <= SIGNIN_ACCOUNT.burst
    assert judged + statuses.count(503) >= SIGNIN_ACCOUNT.burst


def test_mistake_24_a_stranger_s_guesses_end_nothing_and_lock_nobody_for_long(light: Running) -> None:
    open_account(light)
    open_account(light, BACK, mail="henri@courriel.example")
    world = World(light)
    portal, inside = world.portal(), world.signed_in()
    tokens = world.tokens(portal, inside)
    with light.browser() as stranger:
        stranger.get("/connexion")
        page = shown(stranger)
        for _ in range(SIGNIN_ACCOUNT.burst * 3):
            stranger.submit({"identifier": CARD.nir, "password": GUESS}, page=page)
        assert shown(stranger).status == 429
        assert inside.client.get("/espace").status_code == 200, "who is in stays in"
        assert world.tokens(portal, inside).access
        assert portal.refresh(str(tokens.refresh)).access
        with light.browser() as other:
            sign_in(other, PASSWORD, BACK)
            assert path(other) == "/espace", "no other account minds"
        assert rows(light, "SELECT count(*) FROM accounts WHERE frozen_at IS NOT NULL") == [(0,)]
        light.clock.advance(SIGNIN_ACCOUNT.interval)
        with light.browser() as member:
            sign_in(member, PASSWORD)
            assert path(member) == "/espace", "the longest wait is one interval, however many the guesses were"
        light.clock.advance(DAY)
        for _ in range(SIGNIN_ACCOUNT.burst - 1):
            stranger.submit({"identifier": CARD.nir, "password": GUESS}, page=stranger.get("/connexion"))
        with light.browser() as member:
            sign_in(member, PASSWORD)
            assert path(member) == "/espace"
    world.close()


def test_mistake_24_a_provisional_password_is_typed_whatever_strangers_do(light: Running, browser: Browser) -> None:
    enroll(browser)
    (word,) = light.deliver()
    with light.browser() as stranger:
        for _ in range(SIGNIN_ACCOUNT.burst + 5):
            sign_in(stranger, GUESS)
        assert says(stranger, "signin.error.throttled", minutes=5)
    sign_in(browser, word)
    change_password(browser)
    assert path(browser) == "/espace"


def test_mistake_22_no_log_says_which_number_was_tried(light: Running, browser: Browser) -> None:
    stream = StringIO()
    log.configure(stream=stream, json=True)
    for number in (CARD.nir, NOBODY):
        browser.get("/connexion")
        browser.submit({"identifier": number, "password": GUESS})
        httpx2.get(f"{light.url}/{number}?nir={number}", trust_env=False)
    log.configure(json=True)
    said = stream.getvalue()
    assert said.count('"event": "request"') >= 6
    assert CARD.nir not in said
    assert NOBODY not in said
    assert GUESS not in said
