"""A portal's logo: fetched when it registers, judged by its bytes, served by us, shown beside the portal's name."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from idp.oidc.logos import Logo
from idp.oidc.metadata import read_metadata
from idp.oidc.registration import add_client
from tests.conformance.stranger import DOCUMENT, Registered, Stranger
from tests.support.client_site import Site, client_site
from tests.support.house import Running

PNG = b"\x89PNG\r\n\x1a\n" + b"image"
PICTURES = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0image",
    "image/gif": b"GIF89aimage",
    "image/webp": b"RIFF\x00\x00\x00\x00WEBPVP8 ",
}
OTHERS = {
    "nothing": b"",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "bmp": b"BMimage",
    "half a PNG": b"\x89PNG",
    "a RIFF of another kind": b"RIFF\x00\x00\x00\x00WAVEfmt ",
    "a byte too much": PNG + b"x" * (65_537 - len(PNG)),
}


@pytest.fixture
def site() -> Iterator[Site]:
    with client_site() as running:
        yield running


def shown(stranger: Stranger, mine: Registered) -> str | None:
    """Return the address of the picture on the sign-in page, None for a tile of initials."""
    page = stranger.world.browser().get(stranger.portal(mine).start().url)
    assert page.path == "/connexion"
    band = re.search(r'<div class="portal">(.*?)</div></div>', page.response.text, re.DOTALL)
    assert band
    assert "Voisin" in band[1]
    picture = re.search(r'<img class="tile" src="([^"]+)" alt="" width="56" height="56">', band[1])
    assert ('<span class="tile" aria-hidden="true">V</span>' in band[1]) == (picture is None)
    return None if picture is None else picture[1]


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_is_served_by_us_as_what_it_is(stranger: Stranger, site: Site, kind: str) -> None:
    site.say(PICTURES[kind])
    site.headers = {"content-type": "text/html"}
    mine = stranger.register(logo_uri=f"{site.url}/logo")
    assert mine.told["logo_uri"] == f"{site.url}/logo"
    address = shown(stranger, mine)
    assert address is not None
    assert address.startswith("/oidc/logo/"), "a member's browser asks nobody else"
    answer = stranger.http.get(stranger.world.url + address)
    assert (answer.status_code, answer.content) == (200, PICTURES[kind])
    assert answer.headers["content-type"] == kind
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "public, max-age=86400"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert "set-cookie" not in answer.headers
    assert site.asked == ["/logo"], "once"


@pytest.mark.parametrize("what", OTHERS)
def test_what_is_no_picture_leaves_the_initials(stranger: Stranger, site: Site, what: str) -> None:
    site.say(OTHERS[what])
    site.headers = {"content-type": "image/png"}
    mine = stranger.register(logo_uri=f"{site.url}/logo")
    assert shown(stranger, mine) is None
    assert stranger.http.get(f"{stranger.world.url}/oidc/logo/{mine.id}").status_code == 404


@pytest.mark.parametrize("status", [301, 404, 500])
def test_another_status_leaves_the_initials(stranger: Stranger, site: Site, status: int) -> None:
    site.say(PNG, status, location=f"{site.url}/other")
    assert shown(stranger, stranger.register(logo_uri=f"{site.url}/logo")) is None
    assert site.asked == ["/logo"]


def test_nobody_there_leaves_the_initials(stranger: Stranger) -> None:
    assert shown(stranger, stranger.register(logo_uri="http://127.0.0.1:9/logo")) is None


def test_a_replacement_asks_again_when_there_is_something_to_ask(stranger: Stranger, site: Site) -> None:
    site.say(PNG)
    mine = stranger.register(logo_uri=f"{site.url}/one")
    first = shown(stranger, mine)
    stranger.replace(mine, logo_uri=f"{site.url}/one", client_name="Voisin bis")
    assert (shown(stranger, mine), site.asked) == (first, ["/one"])
    stranger.world.later(1)
    site.say(PICTURES["image/gif"])
    stranger.replace(mine, logo_uri=f"{site.url}/two")
    second = shown(stranger, mine)
    assert second not in (first, None), "another address, for browsers keep the picture"
    assert stranger.http.get(f"{stranger.world.url}{second}").headers["content-type"] == "image/gif"
    site.say(b"")
    stranger.replace(mine, logo_uri=f"{site.url}/three")
    assert shown(stranger, mine) is None
    site.say(PNG)
    stranger.replace(mine, logo_uri=f"{site.url}/three")
    assert shown(stranger, mine)
    stranger.replace(mine)
    assert shown(stranger, mine) is None
    assert stranger.http.get(f"{stranger.world.url}/oidc/logo/{mine.id}").status_code == 404


def test_a_removed_client_s_logo_goes_too(stranger: Stranger, site: Site) -> None:
    site.say(PNG)
    mine = stranger.register(logo_uri=f"{site.url}/logo")
    assert stranger.http.get(f"{stranger.world.url}/oidc/logo/{mine.id}").status_code == 200
    assert stranger.remove(mine).status_code == 204
    assert stranger.http.get(f"{stranger.world.url}/oidc/logo/{mine.id}").status_code == 404


@pytest.mark.parametrize("name", ["nobody", "x" * 500, "%00", "a%2Fb", "%ff", "../../keys", ""])
def test_no_name_is_a_fault(provider: Running, stranger: Stranger, name: str) -> None:
    for url in (provider.url, stranger.world.url):
        assert stranger.http.get(f"{url}/oidc/logo/{name}").status_code == 404


def test_any_name_of_an_operator_s_client_has_its_logo(stranger: Stranger) -> None:
    whole = {**DOCUMENT, "client_id": "a/b?c#d%2F", "logo_uri": "https://portail.example/logo.png"}
    running = stranger.world.running
    with running.house.begin() as unit:
        added = add_client(unit, read_metadata(whole), running.clock.now(), Logo("image/png", PNG))
    mine = Registered({**whole, "token_endpoint_auth_method": "client_secret_basic"}, "", "")
    address = shown(stranger, mine)
    assert address is not None
    assert stranger.http.get(stranger.world.url + address).content == PNG
    assert added.client.logo_at is not None
