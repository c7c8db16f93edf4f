"""A portal's logo: fetched when it registers, judged by its bytes, served by us, shown beside the portal's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.oidc.logos import Logo, read_logo
from idp.oidc.metadata import read_metadata
from idp.oidc.registration import add_client
from tests.conformance.stranger import DOCUMENT, Registered, Stranger
from tests.support.client_site import Site, client_site
from tests.support.house import Running


def png(width: int, height: int) -> bytes:
    """The first bytes of a PNG: nothing of ours reads on."""
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + pack(">II", width, height) + b"image"


def jpeg(width: int, height: int) -> bytes:
    """A JPEG with a comment, filling, and a progressive frame."""
    return b"\xff\xd8\xff\xfe\x00\x05abc\xff\xff\xc2\x00\x11\x08" + pack(">HH", height, width) + b"image"


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + pack("<HH", width, height) + b"image"


def webp(width: int, height: int) -> bytes:
    return _riff(b"VP8 ", b"\x00\x00\x00\x9d\x01\x2a" + pack("<HH", width, height))


def webp_lossless(width: int, height: int) -> bytes:
    return _riff(b"VP8L", b"\x2f" + pack("<I", (width - 1) | (height - 1) << 14))


def webp_extended(width: int, height: int) -> bytes:
    sides = ((side - 1).to_bytes(3, "little") for side in (width, height))
    return _riff(b"VP8X", b"\x00\x00\x00\x00" + b"".join(sides))


def _riff(kind: bytes, data: bytes) -> bytes:
    return b"RIFF\x00\x00\x00\x00WEBP" + kind + pack("<I", len(data)) + data


PNG = png(128, 64)
PICTURES = {
    "image/png": PNG,
    "image/jpeg": jpeg(200, 100),
    "image/gif": gif(1, 1),
    "image/webp": webp(1024, 1024),
}
OTHERS = {
    "nothing": b"",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "bmp": b"BMimage",
    "half a PNG": b"\x89PNG",
    "a PNG without a size": b"\x89PNG\r\n\x1a\n",
    "a JPEG without a size": b"\xff\xd8\xff\xe0\xff\xff",
    "a JPEG whose pieces go back": b"\xff\xd8\xff\xe0\x00\x00" * 3,
    "a RIFF of another kind": b"RIFF\x00\x00\x00\x00WAVEfmt ",
    "half a WebP": b"RIFF\x00\x00\x00\x00WEBPVP8L\x00\x00\x00\x00",
    "a byte too much": PNG + b"x" * (65_537 - len(PNG)),
}


@pytest.mark.parametrize("made", [png, jpeg, gif, webp, webp_lossless, webp_extended])
def test_a_picture_may_not_unpack_to_more_than_a_phone_has(made: Callable[[int, int], bytes]) -> None:
    assert read_logo(made(1024, 1)) is not None
    assert read_logo(made(1, 1024)) is not None
    assert read_logo(made(1025, 1)) is None
    assert read_logo(made(1, 1025)) is None
    assert read_logo(made(16_000, 16_000)) is None


@given(st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\x00\x00\x00\x00WEBPVP8"]), st.binary())
def test_whatever_bytes_follow_they_are_a_picture_or_none(starts: bytes, rest: bytes) -> None:
    logo = read_logo(starts + rest)
    assert logo is None or logo.media_type in PICTURES


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
