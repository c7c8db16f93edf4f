"""Requests as signed objects, by value and by reference (OpenID Connect Core 6), under ``IDP_CERTIFICATION``."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from joserfc.jwk import OctKey

from tests.conformance.asserting import ALGORITHMS, EC, OTHER, RSA, segment, signed
from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.client_site import Site, client_site, public
from tests.support.clock import FakeClock
from tests.support.house import PASSWORD, Running, open_account, running_house, sign_in
from tests.support.portal import Attempt, Portal

BACK = "http://127.0.0.1:9/retour"
OTHER_BACK = "http://127.0.0.1:9/ailleurs"
MUST_STAND_OUTSIDE = ("client_id", "response_type", "scope")


@pytest.fixture(scope="module")
def certifying(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A provider that offers what certification asks for."""
    folder = tmp_path_factory.mktemp("certifying")
    shutil.copyfile(sqlite_template, folder / "idp.db")
    with running_house(f"sqlite:///{folder / 'idp.db'}", FakeClock(), folder, certification=True) as running:
        open_account(running)
        yield running


@pytest.fixture
def world(certifying: Running) -> Iterator[World]:
    certifying.clock.advance(1_000_000)
    found = World(certifying)
    yield found
    found.close()


@pytest.fixture
def site() -> Iterator[Site]:
    with client_site() as running:
        yield running


def signing(world: World, **metadata: Any) -> Portal:
    """Register a portal with keys; its requests and not its authentication are signed."""
    if "jwks_uri" not in metadata:
        metadata["jwks"] = {"keys": [public(RSA), public(EC)]}
    return world.portal(redirect_uris=[BACK, OTHER_BACK], **metadata)


@pytest.fixture
def portal(world: World) -> Portal:
    return signing(world)


def claims(portal: Portal, attempt: Attempt, **more: Any) -> dict[str, Any]:
    """Return the whole request as claims, with ``more`` instead; one of None is left out."""
    now = portal.now()
    parties = {"iss": portal.client_id, "aud": portal.issuer, "iat": now, "exp": now + 300}
    return {name: value for name, value in {**attempt.params, **parties, **more}.items() if value is not None}


def carried(portal: Portal, attempt: Attempt, **outside: str | None) -> Attempt:
    """Return the same attempt with little outside its object: what must stand there, and ``outside``."""
    must = {name: attempt.params[name] for name in MUST_STAND_OUTSIDE}
    params = {name: value for name, value in {**must, **outside}.items() if value is not None}
    return replace(attempt, url=f"{portal.metadata['authorization_endpoint']}?{urlencode(params)}")


def by_value(portal: Portal, *, key: Any = RSA, algorithm: str = "RS256", **more: Any) -> Attempt:
    """Start a request that stands in its object alone."""
    attempt = portal.start()
    return carried(portal, attempt, request=signed(claims(portal, attempt, **more), key, algorithm))


def by_reference(portal: Portal, site: Site, request_uri: str, **more: Any) -> Attempt:
    """Start a request whose object is on the client's site."""
    attempt = portal.start()
    site.say(signed(claims(portal, attempt, **more), RSA).encode())
    return carried(portal, attempt, request_uri=request_uri)


def signs_in(portal: Portal, browser: Browser, attempt: Attempt) -> bool:
    """Walk the whole way: the nonce, the state and the challenge are those of the object."""
    browser.get(attempt.url)
    return bool(portal.tokens(attempt, portal.code(browser.trail, attempt)).access)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("registered", [True, False])
def test_a_request_stands_in_its_object(world: World, algorithm: str, registered: bool) -> None:
    more = {"request_object_signing_alg": algorithm} if registered else {}
    portal = signing(world, **more)
    assert signs_in(portal, world.signed_in(), by_value(portal, key=ALGORITHMS[algorithm], algorithm=algorithm))


def test_a_member_who_signs_in_on_the_way_comes_back_to_it(world: World, portal: Portal) -> None:
    browser = world.browser()
    attempt = by_value(portal)
    browser.get(attempt.url)
    sign_in(browser, PASSWORD)
    assert portal.tokens(attempt, portal.code(browser.trail, attempt)).access


def test_a_posted_request_may_carry_one(world: World, portal: Portal) -> None:
    attempt = by_value(portal)
    base, _, query = attempt.url.partition("?")
    sent = portal.http.post(base, content=query, headers={"content-type": "application/x-www-form-urlencoded"})
    assert sent.status_code == 303
    browser = world.signed_in()
    browser.get(sent.headers["location"])
    assert portal.tokens(attempt, portal.code(browser.trail, attempt)).access


def test_oidcc_request_uri_signed_rs256(world: World, site: Site) -> None:
    address = f"{site.url}/objet"
    portal = signing(world, request_uris=[address])
    assert signs_in(portal, world.signed_in(), by_reference(portal, site, address))
    assert site.asked == ["/objet"]


@pytest.mark.parametrize("registered", ["", "#47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"])
def test_a_request_uri_may_have_a_fragment_that_is_not_sent(world: World, site: Site, registered: str) -> None:
    address = f"{site.url}/objet#47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
    portal = signing(world, request_uris=[f"{site.url}/objet{registered}"])
    assert signs_in(portal, world.signed_in(), by_reference(portal, site, address))
    assert site.asked == ["/objet"]


def test_a_client_that_registered_no_request_uri_uses_its_own_site(world: World, site: Site) -> None:
    portal = signing(world)
    mine = world.portal(redirect_uris=[f"{site.url}/retour"], jwks={"keys": [public(RSA)]})
    assert signs_in(mine, world.signed_in(), by_reference(mine, site, f"{site.url}/objet"))
    asked = list(site.asked)
    browser = world.signed_in()
    attempt = by_reference(portal, site, f"{site.url}/objet")
    browser.get(with_redirect(attempt))
    assert portal.error(browser.trail, outside(attempt)) == "invalid_request_uri"
    assert site.asked == asked, "and nobody else's"


def test_keys_at_an_address_judge_objects_too(world: World, site: Site) -> None:
    site.publish(RSA)
    portal = signing(world, jwks_uri=site.jwks_uri)
    assert signs_in(portal, world.signed_in(), by_value(portal))
    site.publish(OTHER)
    world.later(60)
    assert signs_in(portal, world.signed_in(), by_value(portal, key=OTHER))


# --- which of two values counts ---------------------------------------------------------------------------------------


def with_redirect(attempt: Attempt, uri: str = BACK, state: str = "dehors") -> str:
    """Return the address of a request with a redirect URI and a state outside its object."""
    return f"{attempt.url}&{urlencode({'redirect_uri': uri, 'state': state})}"


def outside(attempt: Attempt) -> Attempt:
    """Return how an answer that follows the parameters outside is recognised."""
    return replace(attempt, params={**attempt.params, "state": "dehors"}, redirect_uri=BACK)


def test_the_object_wins(world: World, portal: Portal) -> None:
    attempt = by_value(portal)
    browser = world.signed_in()
    browser.get(f"{with_redirect(attempt, OTHER_BACK)}&nonce=dehors")
    assert portal.tokens(attempt, portal.code(browser.trail, attempt)).claims["nonce"] == attempt.nonce


def test_oidcc_ensure_request_object_with_redirect_uri(world: World, portal: Portal) -> None:
    """The redirect URI inside is the one that counts, and must be registered."""
    browser = world.signed_in()
    attempt = replace(by_value(portal, redirect_uri=OTHER_BACK), redirect_uri=OTHER_BACK)
    browser.get(with_redirect(attempt))
    assert portal.code(browser.trail, attempt)
    page = browser.get(with_redirect(by_value(portal, redirect_uri="http://127.0.0.1:9/inconnu")))
    assert page.status == 400
    assert browser.trail[-1].startswith(world.url), "shown, and never sent to another address"


def test_what_stands_outside_alone_is_kept(world: World, portal: Portal) -> None:
    attempt = by_value(portal, state=None, redirect_uri=None)
    browser = world.signed_in()
    browser.get(with_redirect(attempt))
    assert portal.code(browser.trail, outside(attempt))


def test_numbers_and_objects_are_values_too(world: World, portal: Portal) -> None:
    attempt = by_value(portal, max_age=15000, claims={"userinfo": {"name": {"essential": True}}})
    browser = world.signed_in()
    browser.get(attempt.url)
    tokens = portal.tokens(attempt, portal.code(browser.trail, attempt))
    assert "auth_time" in tokens.claims
    assert portal.userinfo(tokens)["name"]


# --- what is refused --------------------------------------------------------------------------------------------------


def _object(**more: Any) -> Callable[[Portal, Attempt], str]:
    return lambda portal, attempt: signed(claims(portal, attempt, **more), RSA)


def _headed(key: Any = RSA, algorithm: str = "RS256", **header: Any) -> Callable[[Portal, Attempt], str]:
    return lambda portal, attempt: signed(claims(portal, attempt), key, algorithm, **header)


def _at(name: str, seconds: int) -> Callable[[Portal, Attempt], str]:
    return lambda portal, attempt: signed(claims(portal, attempt, **{name: portal.now() + seconds}), RSA)


BAD: dict[str, Callable[[Portal, Attempt], str]] = {
    "unsigned": lambda portal, attempt: f"{segment({'alg': 'none'})}.{segment(claims(portal, attempt))}.",
    "signed by somebody else": _headed(OTHER, kid="rsa-1"),
    "signed by a key that came along": _headed(OTHER, kid="rsa-1", jwk=public(OTHER)),
    "a kid of nobody": _headed(kid="rsa-9"),
    "another algorithm": _headed(algorithm="RS512"),
    "a secret's algorithm": lambda portal, attempt: signed(
        claims(portal, attempt), OctKey.import_key(portal.secret), "HS256"
    ),
    "typ of a client assertion": _headed(typ="client-authentication+jwt"),
    "crit": _headed(crit=["exp"]),
    "changed": lambda portal, attempt: "{}.{}.{}".format(
        signed({}, RSA).split(".")[0], segment(claims(portal, attempt)), signed({}, RSA).split(".")[2]
    ),
    "no JWT": lambda portal, attempt: "x",
    "encrypted": lambda portal, attempt: "a.b.c.d.e",
    "claims that are a list": lambda portal, attempt: signed(b"[]", RSA),
    "of another client": _object(iss="autre"),
    "of another client_id": _object(client_id="autre"),
    "of nobody": _object(iss=None, client_id=None),
    "iss is a number": _object(iss=7),
    "a client assertion as well": lambda portal, attempt: signed(
        claims(portal, attempt, sub=portal.client_id, jti="j"), RSA
    ),
    "for somebody else": _object(aud="https://autre.example"),
    "for a list of others": _object(aud=["https://autre.example"]),
    "for an object": _object(aud={}),
    "over": _at("exp", -61),
    "not yet": _at("nbf", 61),
    "made in the future": _at("iat", 61),
    "exp is text": _object(exp="tomorrow"),
    "another one inside": _object(request="a.b.c"),
    "an address inside": _object(request_uri="https://t.example/o"),
    "another response_type": _object(response_type="id_token"),
    "state is a number": _object(state=7),
    "state is half of a pair": _object(state="\ud800"),
    "nonce is an object": _object(nonce={"a": 1}),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_object_is_told_to_the_client_outside_of_it(world: World, portal: Portal, name: str) -> None:
    """Trap 22: where the object says the answer should go counts for nothing."""
    start = portal.start(redirect_uri=OTHER_BACK)
    attempt = carried(portal, start, request=BAD[name](portal, start))
    browser = world.browser()
    browser.get(with_redirect(attempt))
    answer = portal.answer(browser.trail, outside(attempt))
    assert answer["error"] == "invalid_request_object"
    assert answer["error_description"].isascii()


@pytest.mark.parametrize("uri", [None, "http://127.0.0.1:9/inconnu"])
def test_a_bad_object_without_a_good_address_outside_is_shown(world: World, portal: Portal, uri: str | None) -> None:
    start = portal.start()
    attempt = carried(portal, start, request="x", redirect_uri=uri)
    browser = world.browser()
    page = browser.get(attempt.url)
    assert (page.status, len(browser.trail)) == (400, 1)


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"scope": "email"}, "invalid_request"),
        ({"scope": None}, "invalid_request"),
        ({"request_uri": "https://t.example/o"}, "invalid_request"),
        ({"state": "a\x00"}, "invalid_request"),
    ],
    ids=str,
)
def test_a_bad_request_around_a_good_object_is_refused(
    world: World, portal: Portal, more: dict[str, str | None], error: str
) -> None:
    start = portal.start()
    params = {"redirect_uri": BACK, "state": "dehors", "request": signed(claims(portal, start), RSA), **more}
    attempt = carried(portal, start, **params)
    browser = world.browser()
    browser.get(attempt.url)
    query = dict(pair.split("=", 1) for pair in urlsplit(browser.trail[-1]).query.split("&"))
    assert query["error"] == error


def test_what_an_object_asks_is_checked_like_any_request(world: World, portal: Portal) -> None:
    for more, error in (
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "bogus"}, "invalid_request"),
        ({"scope": "email"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"nonce": "a\x00"}, "invalid_request"),
    ):
        attempt = by_value(portal, **more)
        browser = world.browser()
        browser.get(attempt.url)
        assert portal.error(browser.trail, attempt) == error, more


def test_a_client_without_keys_has_no_objects(world: World) -> None:
    portal = world.portal(redirect_uris=[BACK])
    attempt = by_value(portal)
    browser = world.browser()
    browser.get(with_redirect(attempt))
    assert portal.error(browser.trail, outside(attempt)) == "invalid_request_object"


@pytest.mark.parametrize("address", ["/autre", "/objet?x", "/OBJET"])
def test_an_address_that_is_not_registered_is_not_asked(world: World, site: Site, address: str) -> None:
    portal = signing(world, request_uris=[f"{site.url}/objet"])
    attempt = by_reference(portal, site, f"{site.url}{address}")
    browser = world.browser()
    browser.get(with_redirect(attempt))
    assert portal.error(browser.trail, outside(attempt)) == "invalid_request_uri"
    assert site.asked == []


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (404, b"", "invalid_request_uri"),
        (302, b"", "invalid_request_uri"),
        (200, b"x" * 3_000_000, "invalid_request_uri"),
        (200, b"", "invalid_request_object"),
        (200, b"<!doctype html>", "invalid_request_object"),
        (200, b"\xff\xfe\x00", "invalid_request_object"),
    ],
)
def test_what_stands_there_must_be_an_object(world: World, site: Site, status: int, body: bytes, error: str) -> None:
    address = f"{site.url}/objet"
    portal = signing(world, request_uris=[address])
    attempt = carried(portal, portal.start(), request_uri=address)
    site.say(body, status, location="/ailleurs")
    browser = world.browser()
    browser.get(with_redirect(attempt))
    answer = portal.answer(browser.trail, outside(attempt))
    assert answer["error"] == error
    assert len(site.asked) == 1
    assert str(status) not in answer["error_description"], "what another machine answered is not told"


def test_an_address_that_hangs_is_given_up(world: World, site: Site) -> None:
    address = f"{site.url}/objet"
    portal = signing(world, request_uris=[address])
    site.hang()
    browser = world.browser()
    attempt = carried(portal, portal.start(), request_uri=address)
    browser.get(with_redirect(attempt))
    assert portal.error(browser.trail, outside(attempt)) == "invalid_request_uri"


def test_nobody_is_asked_for_a_client_that_does_not_exist(world: World, site: Site) -> None:
    portal = signing(world, request_uris=[f"{site.url}/objet"])
    attempt = carried(portal, portal.start(), request_uri=f"{site.url}/objet", client_id="personne")
    browser = world.browser()
    assert browser.get(attempt.url).status == 400
    assert site.asked == []


def test_discovery_tells_what_is_taken(portal: Portal) -> None:
    metadata = portal.metadata
    assert metadata["request_parameter_supported"] is True
    assert metadata["request_uri_parameter_supported"] is True
    assert metadata["request_object_signing_alg_values_supported"] == ["RS256", "ES256", "PS256"]
    assert json.dumps(metadata).isascii()
