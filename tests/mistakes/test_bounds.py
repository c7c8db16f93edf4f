"""Mistakes 18, 19 and 20: work, memory and destinations are ours to choose (law 10)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from urllib.parse import urlencode

import anyio
import pytest

from idp.accounts.password import LONGEST
from idp.oidc.requests import PARAMETERS
from idp.outbound.client import Outbound
from idp.outbound.errors import OutboundError, Refused
from tests.conformance.world import World
from tests.flows.story import path, rows, shown
from tests.support.browser import Browser
from tests.support.forged import encoded
from tests.support.house import Running, change_password, enroll, sign_in
from tests.support.portal import Portal

SECONDS = 2.0
LONG = "Ab1!" * (LONGEST // 4)


def test_mistake_18_no_word_is_hashed_that_is_longer_than_a_password(light: Running, browser: Browser) -> None:
    """Long words, words that grow when they are normalised, and words that are slow to normalise."""
    enroll(browser)
    sign_in(browser, light.deliver()[-1])
    for word in (
        LONG + "x", "Aa1!" * 10_000, "Aa1!" + "\ufdfa" * 250, "Aa1!" + "a" + "\u0315\u0300" * 20_000,
        "Aa1!\u1100\u1161" * 5000,
    ):  # fmt: skip
        began = perf_counter()
        change_password(browser, word)
        assert shown(browser).status in (413, 422)
        browser.get("/mot-de-passe")
        with light.browser() as other:
            sign_in(other, word)
            assert shown(other).status in (413, 422)
        assert perf_counter() - began < SECONDS, len(word)
    change_password(browser, LONG)
    assert path(browser) == "/espace", "the longest that may be"
    with light.browser() as other:
        sign_in(other, LONG + "x")
        assert path(other) == "/connexion", "nothing is cut off in silence"
        sign_in(other, LONG)
        assert path(other) == "/espace"


def test_mistake_18_a_stored_hash_of_another_cost_is_not_computed_by_a_stranger(light: Running) -> None:
    """Nobody but the house writes hashes: every one there is has its parameters."""
    with light.browser() as browser:
        enroll(browser)
        sign_in(browser, light.deliver()[-1])
        change_password(browser)
    kept = [str(value) for (value,) in rows(light, "SELECT hash FROM passwords")]
    assert kept
    assert all(value.startswith("$argon2id$v=19$") and not light.house.hasher.is_old(value) for value in kept)


@pytest.mark.parametrize("name", [name for name in PARAMETERS if name not in ("client_id", "redirect_uri")])
def test_mistake_19_every_parameter_has_a_length(member: Browser, portal: Portal, name: str) -> None:
    for value in ("x" * 9000, "a " * 4500, "\u00e9" * 2600):
        began = perf_counter()
        answer = member.client.get(portal.start(**{name: value}).url)
        assert perf_counter() - began < SECONDS
        if answer.status_code != 413:
            told = answer.headers["location"]
            assert told.startswith(f"{portal.redirect_uri}?error=")
            assert len(told) < 1000, "nothing of it comes back"


def test_mistake_19_nothing_a_stranger_varies_is_kept_for_good(world: World, nobody: Browser, portal: Portal) -> None:
    """Locales, hints, scopes, hosts: a thousand different ones leave no row, and no answer gets slower."""
    counted = "SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM parked_requests)"
    before = rows(world.running, counted)
    times = []
    for turn in range(300):
        change = {
            "ui_locales": f"x{turn} y{turn}", "claims_locales": f"z{turn}", "login_hint": f"h{turn}",
            "scope": " ".join(["openid", *(f"s{turn}x{n}" for n in range(50))]), "prompt": "none",
            "acr_values": f"a{turn}", "display": "page",
        }  # fmt: skip
        headers = {"accept-language": f"q{turn}, r{turn};q=0.5", "user-agent": f"u{turn}"}
        began = perf_counter()
        answer = nobody.client.get(portal.start(**change).url, headers=headers)
        times.append(perf_counter() - began)
        assert answer.status_code == 303
    assert rows(world.running, counted) == before
    assert sorted(times[-100:])[50] < 5 * sorted(times[:100])[50] + 0.01


def test_mistake_19_fields_and_words_are_counted(member: Browser, portal: Portal) -> None:
    endpoint = portal.metadata["authorization_endpoint"]
    good = urlencode(portal.start().params)
    for query in ("&".join(f"x{n}=1" for n in range(200)), "&".join(["scope=openid"] * 200), "a" * 17_000):
        assert member.client.get(f"{endpoint}?{good}&{query}").status_code == 413
        form = {"content-type": "application/x-www-form-urlencoded"}
        sent = member.client.post(endpoint, content=f"{good}&{query}", headers=form)
        assert sent.status_code == 413
    for scope in ("openid " * 140, " ".join(f"openid{n}" for n in range(120)) + " openid"):
        member.trail.clear()
        began = perf_counter()
        member.get(portal.start(scope=scope[:1024]).url)
        assert perf_counter() - began < SECONDS


HIDDEN = (
    "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "https://127.0.0.1/", "https://127.1/", "https://0/",
    "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://[::ffff:127.0.0.1]/", "https://[::]/",
    "https://[::ffff:7f00:1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://10.0.0.1/",
    "https://172.16.0.1/", "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/",
    "http://169.254.169.254/", "https://[fe80::1]/", "https://[fd00::1]/", "https://[fec0::1]/", "https://224.0.0.1/",
    "https://255.255.255.255/", "https://0.0.0.0/", "https://localhost./", "https://LOCALHOST/", "https://127.0.0.1./",
    "https://user@169.254.169.254/", "https://portail.example@127.0.0.1/", "https://127.0.0.1#@portail.example/",
    "https://127.0.0.1\\@portail.example/", "https://127。0。0。1/", "https://①②⑦.0.0.1/", "ftp://127.0.0.1/",
    "file:///etc/passwd", "gopher://127.0.0.1/", "unix:///run/x.sock", "https:///127.0.0.1", "https://127.0.0.1:0/",
    "https://127.0.0.1:99999/", "https://a b/", "https://a\r\nHost: b/", "https://[fe80::1%25lo]/", "//127.0.0.1/", "",
)  # fmt: skip


def test_mistake_20_no_address_inside_is_ever_asked() -> None:
    async def ask(url: str) -> str:
        try:
            await Outbound(allow_private=False).ask("GET", url, seconds=SECONDS)
        except Refused:
            return "refused"
        except OutboundError as error:
            return type(error).__name__
        return "asked"

    got = {url: anyio.run(ask, url) for url in HIDDEN}
    assert {url: came for url, came in got.items() if came not in ("refused", "Unreachable")} == {}
    assert list(got.values()).count("refused") > len(HIDDEN) - 5, "those the resolver knows are refused before"


@contextmanager
def trap() -> Iterator[tuple[str, socket.socket]]:
    """A place inside that notes whether anybody comes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", listener


def was_visited(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def test_mistake_20_no_address_of_a_request_is_fetched(world: World, member: Browser, portal: Portal) -> None:
    """What an unregistered request names is nobody's: not its object, not its keys, not its sector."""
    with trap() as (place, listener):
        for change in (
            {"request_uri": f"{place}/r"}, {"registration": f'{{"jwks_uri":"{place}/k","logo_uri":"{place}/l"}}'},
            {"claims": f'{{"userinfo":{{"{place}":null}}}}'}, {"resource": f"{place}/"}, {"id_token_hint": f"{place}/"},
            {"redirect_uri": f"{place}/"}, {"client_id": f"{place}/client"}, {"sector_identifier_uri": f"{place}/s"},
            {"jwks_uri": f"{place}/k"}, {"logo_uri": f"{place}/l"},
            {"request": f"{encoded({'alg': 'RS256', 'jku': place})}.{encoded({'redirect_uri': place})}.x"},
        ):  # fmt: skip
            answer = member.client.get(portal.start(**change).url)
            assert answer.status_code < 500
        portal.ask(grant_type="authorization_code", code=place, redirect_uri=place, client_assertion=place)
        member.client.get(portal.logout_url(None, client_id=portal.client_id, post_logout_redirect_uri=place))
        document = {"client_name": "x", "redirect_uris": [place], "jwks_uri": f"{place}/k", "logo_uri": f"{place}/l"}
        member.client.post("/oidc/register", json={**document, "sector_identifier_uri": f"{place}/s"})
        assert not was_visited(listener)


def test_mistake_20_no_redirect_leads_inside() -> None:
    with trap() as (place, listener), socket.create_server(("127.0.0.1", 0)) as server:

        async def ask() -> int:
            url = f"http://127.0.0.1:{server.getsockname()[1]}/"
            return (await Outbound(allow_private=True).ask("GET", url, seconds=SECONDS)).status

        def redirect() -> None:
            line, _ = server.accept()
            with line:
                line.recv(4096)
                line.sendall(f"HTTP/1.1 302 Found\r\nLocation: {place}/\r\nContent-Length: 0\r\n\r\n".encode())

        thread = threading.Thread(target=redirect)
        thread.start()
        assert anyio.run(ask) == 302
        thread.join(10)
        assert not was_visited(listener)
