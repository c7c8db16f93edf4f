"""Mistakes 1 and 2: a browser is sent to a registered address, to the letter, or nowhere (law 8)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest

from tests.conformance.world import World
from tests.mistakes.leading import EVIL, leads_nowhere
from tests.support.browser import Browser
from tests.support.portal import Portal

REGISTERED = (
    "http://127.0.0.1:9/retour",
    "http://localhost:9/retour",
    "https://portail.example/retour?lieu=nord",
    "https://portail.example:8443/",
    "https://portail.example",
)


def lookalikes(uri: str) -> Iterator[str]:
    """Yield what a comparison by prefix, by pattern, or by two parsers has taken for ``uri`` somewhere."""
    scheme, _, rest = uri.partition("://")
    authority, slash, after = rest.partition("/")
    path = slash + after
    host, colon, port = authority.partition(":")
    yield from (
        # Another authority that begins, ends or is read as ours.
        f"{scheme}://{EVIL}{path}", f"{scheme}://{authority}.{EVIL}{path}", f"{scheme}://{host}{EVIL}{path}",
        f"{scheme}://{EVIL}.{host}{path}", f"{scheme}://x{authority}{path}", f"{scheme}://x.{authority}{path}",
        f"{scheme}://{host}.{colon}{port}{path}", f"{scheme}://{authority}@{EVIL}{path}",
        f"{scheme}://{authority}@{EVIL}@{authority}{path}", f"{scheme}://{EVIL}@{authority}{path}",
        f"{scheme}://a:b@{authority}{path}", f"{scheme}://@{authority}{path}",
        f"{scheme}://{EVIL}#@{authority}{path}", f"{scheme}://{EVIL}?@{authority}{path}",
        f"{scheme}://{EVIL}\\@{authority}{path}", f"{scheme}://{EVIL}/@{authority}{path}",
        f"{scheme}://{EVIL};@{authority}{path}", f"{scheme}://{authority}\\.{EVIL}{path}",
        f"{scheme}://{authority}%2f@{EVIL}{path}", f"{scheme}://{authority}%40{EVIL}{path}",
        f"{scheme}://{authority}%00.{EVIL}{path}", f"{scheme}://{authority}\x00.{EVIL}{path}",
        f"{scheme}://{authority}\t{path}", f"{scheme}://{authority}\n.{EVIL}{path}",
        f"{scheme}://{authority}\u3002{EVIL}{path}", f"{scheme}://{host.replace('.', chr(0xFF0E))}{colon}{port}{path}",
        f"{scheme}://{host.replace('a', chr(0x0430))}\u200b{colon}{port}{path}",
        # The same place by another spelling: to the letter all the same.
        f"{scheme}://{host.upper()}{colon}{port}{path}X", f"{scheme.upper()}://{authority}{path}",
        f"{scheme}://{host}:0{port or '443'}{path}", f"{scheme}://{host}:{path}", f"{scheme}:/{authority}{path}",
        f"{scheme}:{authority}{path}", f"//{authority}{path}", f"{scheme}:///{authority}{path}",
        f" {uri}", f"{uri} ", f"{uri}\t", f"\t{uri}", f"{uri}\r\n", f"{uri}\u200b", f"\ufeff{uri}", f"<{uri}>",
        # A loopback port is no freedom here: registered ports only.
        f"{scheme}://{host}:1{path}", f"{scheme}://{host}:65535{path}", f"{scheme}://{host}:99999{path}",
        f"{scheme}://[::1]:9{path}", f"{scheme}://0.0.0.0:9{path}", f"{scheme}://127.1:9{path}",
        f"{scheme}://2130706433:9{path}", f"{scheme}://0x7f000001:9{path}", f"{scheme}://127.0.0.2:9{path}",
        f"{scheme}://[::ffff:127.0.0.1]:9{path}",
        # Paths that are below, beside, above, or normalised to ours.
        f"{uri}/", f"{uri}/..;/", f"{uri}..;/x", f"{uri}/../x", f"{uri}/./", f"{uri}/%2e%2e/x", f"{uri}%2f..%2fx",
        f"{uri};a=b", f"{uri}*", f"{uri}x", f"{uri}//{EVIL}", f"{uri}\\..\\x", f"{uri}%20", f"{uri}%00", f"{uri}?",
        f"{uri}?a=b", f"{uri}&a=b", f"{uri}#", f"{uri}#a", f"{uri}?next=//{EVIL}", f"{uri}%23", f"{uri}.{EVIL}",
        f"{scheme}://{authority}/x/..{path}x", f"{scheme}://{authority}/x/..;{path}x", f"{scheme}://{authority}//x",
        f"{scheme}://{authority}/.{path}x", f"{scheme}://{authority}{path.upper()}X", f"{scheme}://{authority}/*",
        f"{scheme}://*.{authority}{path}", f"{scheme}://{authority}/%{ord('r'):x}etour",
        # Other schemes, and what is no address.
        f"ftp://{authority}{path}", f"javascript://{authority}{path}%0aalert(1)", f"x{uri}", f"view-source:{uri}",
        f"http+unix://{authority}{path}", "*", "/", "//", "retour", f"//{EVIL}", f"/\\{EVIL}", "http:", "https://",
        "about:blank", uri[:-1], uri[1:], uri * 2, f"{uri} https://{EVIL}/", f"{uri},https://{EVIL}/",
        f'["{uri}"]', quote(uri, safe=""), "urn:ietf:wg:oauth:2.0:oob", f"{uri}%E9", f"{uri}é",
    )  # fmt: skip


@pytest.mark.parametrize("uri", REGISTERED)
def test_mistake_01_redirects_are_compared_to_the_letter(world: World, member: Browser, uri: str) -> None:
    portal = world.portal(redirect_uris=[uri])
    taken, tried = [], [variant for variant in dict.fromkeys(lookalikes(uri)) if variant != uri]
    assert len(tried) > 90
    for variant in tried:
        member.trail.clear()
        page = member.get(portal.start(redirect_uri=variant).url)
        if not leads_nowhere(page, member.trail):
            taken.append((variant, page.status, member.trail))
    assert taken == []
    attempt = portal.start(redirect_uri=uri)
    assert member.client.get(attempt.url).headers["location"].startswith(uri)


def test_mistake_01_a_posted_request_is_no_way_around(world: World, member: Browser) -> None:
    portal, uri = world.portal(), REGISTERED[0]
    for variant in dict.fromkeys(lookalikes(uri)):
        params = portal.start(redirect_uri=variant).params
        answer = member.client.post(portal.metadata["authorization_endpoint"], data=params)
        assert (answer.status_code, "location" in answer.headers) == (400, False), variant


def test_mistake_01_nothing_between_two_parsers(member: Browser, portal: Portal) -> None:
    """Twice, in brackets, in the wrong place, encoded twice: one meaning, or none."""
    good, evil = quote(portal.redirect_uri, safe=""), quote(f"https://{EVIL}/", safe="")
    rest = urlencode({name: value for name, value in portal.start().params.items() if name != "redirect_uri"})
    endpoint = portal.metadata["authorization_endpoint"]
    for pairs in (
        f"redirect_uri={good}&redirect_uri={evil}",
        f"redirect_uri={evil}&redirect_uri={good}",
        f"redirect_uri={good}&redirect_uri=",
        f"redirect_uri=&redirect_uri={good}",
        f"redirect_uri[]={good}",
        f"redirect_uri={good};redirect_uri={evil}",
        f"redirect_uri={good}%26redirect_uri={evil}",
        f"redirect_uri={quote(good)}",
        f"Redirect_Uri={good}",
        f"redirect%5furi%00={good}",
        f"redirect_uri={good}%00",
        f"redirect_uri={good}+",
        f"x=1#redirect_uri={good}",
    ):
        member.trail.clear()
        page = member.get(f"{endpoint}?{rest}&{pairs}")
        assert leads_nowhere(page, member.trail), pairs
    answer = member.client.post(f"{endpoint}?redirect_uri={good}", data={"client_id": portal.client_id})
    assert (answer.status_code, "location" in answer.headers) == (400, False), "a query beside a form"


def test_mistake_01_the_token_request_repeats_it_to_the_letter(world: World, member: Browser) -> None:
    uri = REGISTERED[0]
    portal = world.portal(redirect_uris=[uri, "http://127.0.0.1:9/autre"])
    attempt, code = world.code(portal, member)
    for variant in ("http://127.0.0.1:9/autre", *lookalikes(uri)):
        answer = portal.redeem(attempt, code, redirect_uri=variant)
        assert answer.status_code == 400, variant
    assert portal.redeem(attempt, code).status_code == 200


def test_mistake_01_after_logout_too(world: World, member: Browser) -> None:
    uri = "http://127.0.0.1:9/retour"
    portal = world.portal(post_logout_redirect_uris=[uri])
    hint = world.tokens(portal, member).id_token
    with world.running.browser() as nobody:
        for variant in dict.fromkeys(lookalikes(uri)):
            nobody.trail.clear()
            page = nobody.get(portal.logout_url(hint, post_logout_redirect_uri=variant))
            assert page.status == 200, variant
            assert nobody.trail[-1].startswith(nobody.base), variant
            assert EVIL not in page.response.text


FAULTS: tuple[dict[str, str | None], ...] = (
    {},
    {"response_type": "bogus"},
    {"response_type": None},
    {"response_type": "token id_token"},
    {"scope": "bogus"},
    {"scope": None},
    {"response_mode": "fragment"},
    {"response_mode": "form_post"},
    {"response_mode": "bogus"},
    {"prompt": "none"},
    {"prompt": "none login"},
    {"prompt": "create"},
    {"max_age": "-1"},
    {"code_challenge": None, "code_challenge_method": None},
    {"code_challenge_method": "plain"},
    {"request": "eyJhbGciOiJub25lIn0.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL3ZvbGV1ci5leGFtcGxlLyJ9."},
    {"request_uri": f"https://{EVIL}/r"},
    {"registration": "{}"},
    {"id_token_hint": "x"},
    {"claims": "{"},
    {"resource": "x"},
    {"state": "\x00"},
    {"nonce": "x" * 5000},
    {"display": "dance"},
)


@pytest.mark.parametrize("way", ["GET", "POST"])
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_mistake_02_no_error_is_sent_before_the_redirect_is_certain(
    nobody: Browser, portal: Portal, fault: dict[str, str | None], way: str
) -> None:
    endpoint = portal.metadata["authorization_endpoint"]
    for wrong in (
        {"redirect_uri": f"https://{EVIL}/"},
        {"redirect_uri": f"{portal.redirect_uri}@{EVIL}"},
        {"client_id": "personne", "redirect_uri": f"https://{EVIL}/"},
        {"client_id": None, "redirect_uri": f"https://{EVIL}/"},
        {"client_id": "personne"},
        {"redirect_uri": None},
    ):
        params = portal.start(**{**fault, **wrong}).params
        nobody.trail.clear()
        page = nobody.get(f"{endpoint}?{urlencode(params)}") if way == "GET" else nobody.post(endpoint, params)
        assert leads_nowhere(page, nobody.trail), (wrong, page.status, nobody.trail)
