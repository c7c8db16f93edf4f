"""Keys that a client keeps at an address of its own: fetched, kept, asked again when it rotates, never hammered."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Iterator
from io import StringIO

import anyio
import pytest
from joserfc.jwk import ECKey, Key

from idp.kernel import log
from idp.kernel.clock import SECOND, Instant
from idp.oidc.client_keys import MOST_KEYS, MOST_SETS, ClientKeys, KeysUnknown
from idp.oidc.clients import Metadata
from idp.oidc.metadata import read_metadata
from idp.oidc.signed import read_signed
from idp.outbound.client import Outbound
from tests.conformance.asserting import EC, OTHER, RSA, Asserting, by_key, is_authenticated, signed
from tests.conformance.world import World
from tests.races.scene import together
from tests.support.browser import Browser
from tests.support.client_site import Site, client_site, public
from tests.support.clock import FakeClock

WINDOW = 5
KEPT = 600


@pytest.fixture
def site() -> Iterator[Site]:
    with client_site() as running:
        running.publish(RSA)
        yield running


@pytest.fixture
def client(world: World, site: Site) -> Asserting:
    return by_key(world, RSA, jwks_uri=site.jwks_uri)


@pytest.fixture
def logged() -> Iterator[StringIO]:
    stream = StringIO()
    log.configure(stream=stream, json=True)
    yield stream
    log.configure(json=True)


def works(client: Asserting, key: Key = RSA, algorithm: str = "RS256") -> bool:
    return is_authenticated(client.send(signed(client.claims(), key, algorithm)))


def test_oidcc_registration_jwks_uri(world: World, member: Browser, site: Site, client: Asserting) -> None:
    attempt, code = world.code(client.portal, member)
    assert client.portal.judge(client.redeem(attempt, code), nonce=attempt.nonce).access
    assert site.asked == ["/jwks"]


def test_keys_are_fetched_once_and_kept(site: Site, client: Asserting) -> None:
    assert all(works(client) for _ in range(5))
    assert site.asked == ["/jwks"]


def test_oidcc_refresh_token_rp_key_rotation(world: World, member: Browser, site: Site) -> None:
    """The client publishes a new key, waits for a minute, and signs with it."""
    client = by_key(world, RSA, jwks_uri=site.jwks_uri)
    attempt, code = world.code(client.portal, member, scope="openid offline_access", prompt="consent")
    tokens = client.portal.judge(client.redeem(attempt, code), nonce=attempt.nonce)
    site.publish(OTHER)
    world.later(60)
    client.key = OTHER
    answer = client.send(client.assertion(), refresh_token=tokens.refresh)
    assert client.portal.judge(answer).access
    assert len(site.asked) == 2
    assert not works(client, RSA), "the former key went with the set that held it"


def test_another_key_under_the_same_id_is_met(world: World, site: Site, client: Asserting) -> None:
    assert works(client)
    renamed = ECKey.generate_key("P-256", parameters={"kid": "rsa-1"})
    site.publish(renamed)
    world.later(WINDOW)
    assert works(client, renamed, "ES256")


def test_junk_does_not_make_us_hammer_a_portal(world: World, site: Site, client: Asserting) -> None:
    assert works(client)
    for number in range(30):
        assert not is_authenticated(client.send(signed(client.claims(), OTHER, kid=f"junk-{number}")))
        assert works(client), "and the client itself gets in"
    assert len(site.asked) == 1, "the window of the first fetch"
    for windows in range(1, 4):
        world.later(WINDOW)
        for number in range(10):
            assert not is_authenticated(client.send(signed(client.claims(), OTHER, kid=f"junk-{number}")))
        assert len(site.asked) == 1 + windows


def test_assertions_that_say_something_wrong_ask_nobody(site: Site, client: Asserting) -> None:
    for claims in ({"aud": "https://autre.example"}, {"exp": 1}, {"jti": None}, {"sub": "autre"}):
        assert not is_authenticated(client.send(client.assertion(**claims)))
    assert site.asked == []


def test_a_withdrawn_key_is_believed_for_ten_minutes_at_most(world: World, site: Site, client: Asserting) -> None:
    assert works(client)
    site.publish(OTHER)
    world.later(KEPT - 1)
    assert works(client)
    world.later(1)
    assert not works(client)


BAD = {
    "not found": (404, b'{"keys": []}', {}),
    "broken": (500, b"", {}),
    "a redirect to the keys": (302, b"", {"location": "/jwks"}),
    "HTML": (200, b"<!doctype html><h1>Bienvenue</h1>", {"content-type": "text/html"}),
    "nothing": (200, b"", {}),
    "no set": (200, b'{"key": 1}', {}),
    "a list": (200, b"[]", {}),
    "keys that are an object": (200, b'{"keys": {}}', {}),
    "keys that are none": (200, b'{"keys": [1, null, "x", [], {}]}', {}),
    "too many keys": (200, json.dumps({"keys": [public(RSA)] * (MOST_KEYS + 1)}).encode(), {}),
    "no key for signatures": (200, json.dumps({"keys": [{**public(RSA), "use": "enc"}]}).encode(), {}),
    "a private key": (200, json.dumps({"keys": [RSA.as_dict(private=True)]}).encode(), {}),
    "a member twice": (200, b'{"keys": [], "keys": [' + json.dumps(public(RSA)).encode() + b"]}", {}),
    "3 MB": (200, b'{"keys": [], "filler": "' + b"x" * 3_000_000 + b'"}', {}),
    "compressed": (200, gzip.compress(b'{"keys": []}'), {"content-encoding": "gzip"}),
    "30,000 deep": (200, b'{"keys":' + b"[" * 30_000 + b"]" * 30_000 + b"}", {}),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_answer_lets_nobody_in_and_is_told_to_the_operator(
    world: World, site: Site, client: Asserting, logged: StringIO, name: str
) -> None:
    status, body, headers = BAD[name]
    site.say(body, status, **headers)
    assert not works(client)
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    (line,) = [line for line in lines if line["event"] == "client_refused"]
    assert line["client"] == client.portal.client_id
    assert "key" in line["reason"]
    site.publish(RSA)
    assert not works(client), "asked again only after a while"
    world.later(WINDOW)
    assert works(client)


def test_a_failure_takes_no_key_that_was_known(world: World, site: Site, client: Asserting) -> None:
    assert works(client)
    site.say(b"", 503)
    world.later(WINDOW)
    assert not works(client, OTHER)
    assert len(site.asked) == 2
    assert works(client)
    world.later(KEPT)
    assert not works(client), "but nobody is believed for ever"


def test_nobody_there_is_a_refusal(world: World) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/jwks"
        assert not works(by_key(world, RSA, jwks_uri=address))


def test_an_address_that_hangs_delays_nobody_whose_key_is_known(world: World, site: Site, client: Asserting) -> None:
    """Junk that names a new key makes us ask; neither its own client nor another one waits for the answer."""
    assert works(client)
    site.hang()
    world.later(WINDOW)
    other, twin = by_key(world, EC, algorithm="ES256"), by_twin(world, client)
    spent: list[float] = []

    def junk() -> bool:
        return works(client, OTHER)

    def meanwhile() -> bool:
        while len(site.asked) < 2:
            time.sleep(0.01)
        began = time.monotonic()
        good = all(works(other, EC, "ES256") and works(twin) for _ in range(5))
        spent.append(time.monotonic() - began)
        return good

    assert together(junk, meanwhile) == [False, True]
    assert spent[0] < 4, "an exchange is given up after 6 s"
    assert not works(client, OTHER)
    assert len(site.asked) == 2, "within the window nobody asks again"


def test_many_at_the_same_moment_ask_once(world: World, site: Site, client: Asserting) -> None:
    twins = [by_twin(world, client) for _ in range(4)]
    assert together(*(lambda twin=twin: works(twin) for twin in twins)) == [True] * 4
    assert len(site.asked) == 1


def by_twin(world: World, client: Asserting) -> Asserting:
    """Return the same client with connections of its own, for another thread."""
    other = world.twin(client.portal)
    return Asserting(other, client.key, client.algorithm)


# --- the keys alone -----------------------------------------------------------------------------------------------


def metadata(site_url: str) -> Metadata:
    whole = {
        "client_name": "Terres",
        "redirect_uris": ["https://t.example/cb"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks_uri": site_url,
    }
    return read_metadata(whole).metadata


def test_an_address_that_is_not_public_is_never_asked(site: Site, clock: FakeClock) -> None:
    """A provider on the internet asks no machine of its own network (mistake class 20)."""
    keys = ClientKeys(Outbound(allow_private=False), clock)
    token = read_signed(signed({}, RSA), ("RS256",), frozenset({"jwt"}))
    with pytest.raises(KeysUnknown, match="not public"):
        anyio.run(keys.signed, token, metadata(site.jwks_uri))
    assert site.asked == []


def test_who_waited_for_an_address_that_hangs_does_not_ask_it_again(site: Site) -> None:
    """Else each of them would hang in turn: six seconds times whoever sends junk."""

    class Hours(FakeClock):
        def now(self) -> Instant:
            return self.instant + len(site.asked) * 10 * SECOND

    site.say(b"", 500)
    keys = ClientKeys(Outbound(allow_private=True), Hours())
    token = read_signed(signed({}, RSA), ("RS256",), frozenset({"jwt"}))
    refused: list[str] = []

    async def ask_one() -> None:
        with pytest.raises(KeysUnknown) as unknown:
            await keys.signed(token, metadata(site.jwks_uri))
        refused.append(str(unknown.value))

    async def ask_all() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(ask_one)

    anyio.run(ask_all)
    assert len(refused) == 5
    assert all("500" in reason for reason in refused)
    assert len(site.asked) == 1


def test_what_is_kept_is_bounded(site: Site, clock: FakeClock) -> None:
    keys = ClientKeys(Outbound(allow_private=True), clock)
    token = read_signed(signed({}, RSA), ("RS256",), frozenset({"jwt"}))

    async def ask_all() -> None:
        for number in range(MOST_SETS + 1):
            assert await keys.signed(token, metadata(f"{site.url}/{number}"))
        assert await keys.signed(token, metadata(f"{site.url}/{MOST_SETS}"))
        assert len(site.asked) == MOST_SETS + 1, "the last one is kept"
        assert await keys.signed(token, metadata(f"{site.url}/0"))
        assert len(site.asked) == MOST_SETS + 2, "the first one had to go"

    anyio.run(ask_all)
