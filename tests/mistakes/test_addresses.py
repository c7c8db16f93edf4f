"""Mistakes 3 and 4: which addresses can be registered at all, and that no unreadable one is a fault (law 8)."""

from __future__ import annotations

import pytest

from idp.oidc.clients import ClientMetadataError, Metadata
from tests.conformance.world import World
from tests.mistakes.leading import leads_nowhere
from tests.support.browser import Browser
from tests.support.portal import Portal

ADDRESSES = [name for name in Metadata.__slots__ if name.endswith(("_uri", "_uris")) or name == "idp_resources"]
SCHEMES = (
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "JAVASCRIPT:alert(1)",
    " javascript:alert(1)", "\tjavascript:alert(1)",
    "java\tscript:alert(1)", "java\nscript:alert(1)", "javascript\x00:alert(1)", "javascript&colon;alert(1)",
    "javascript://portail.example/%0aalert(1)", "jAvAsCrIpT://portail.example/%0Aalert(1)", "javascript:%61lert(1)",
    "data:text/html,<script>alert(1)</script>", "DATA:text/html;base64,PHNjcmlwdD4=", "dAtA://portail.example/,x",
    "vbscript:msgbox(1)", "VBScript://portail.example/", "blob:https://portail.example/x", "file:///etc/passwd",
    "FILE://portail.example/x", "filesystem:https://portail.example/", "view-source:https://portail.example/",
    "about:blank", "ftp://portail.example/", "ws://portail.example/", "intent://portail.example/#Intent;end",
    "http://portail.example/", "HTTP://portail.example/", "//portail.example/", "/retour", "portail.example", "", " ",
)  # fmt: skip
"""Plain http is for this very machine alone."""
HOSTS = (
    "http://localhost:80@voleur.example/", "http://127.0.0.1@voleur.example/", "http://localhost@voleur.example",
    "http://[::1]@voleur.example/", "http://localhost:80\\@voleur.example/", "http://voleur.example#@localhost/",
    "http://voleur.example?@localhost/", "http://localhost.voleur.example/", "http://127.0.0.1.voleur.example/",
    "http://localhostx/", "http://xlocalhost/", "http://127.0.0.1x/", "http://0x7f000001/", "http://2130706433/",
    "http://127.1/", "http://0177.0.0.1/", "http://0.0.0.0/", "http://0/", "http://[::]/",
    "http://localhost%00.voleur.example/",
    "http://l\u00f6calhost/", "http://\u24db\u24de\u24d2alhost/", "http://127\u30020\u30020\u30021/",
    "http://[::1", "http://::1]/", "http://[::1]]/", "http://[127.0.0.1]/", "http://[v1.x]/", "http://[]/",
    "http://[::1%25lo]@x/",
    "https://portail.example:99999/", "https://portail.example:-1/", "https://portail.example:port/",
    "https://portail.example:0/", "https://portail.example:/", "https://portail.example:08443/", "https://[::1]x/",
    "https://a;script-src/", "https://a,b/", "https://a'b/", "https://a!b/", "https://a&b/", "https://a$b/",
    "https://(a)/",
    "https://portail.example%2f.voleur.example/", "https://portail.example%00.voleur.example/", "https://a..b/",
    "https://portail.example:٤٤٣/", "https://a b/", "https://a\tb/", "https://portail.example\\retour",
    "https://user@portail.example/", "https://user:pw@portail.example/", "https://@portail.example/",
    "https://*.portail.example/", "https://*/", "https://portail.*/", "https:///retour", "https:retour",
    "https:/retour", "https://", "https://?x", "https://#x", "https://portail.example/#fragment", "https://portail.example/#",
    "https://portail.example/é", "https://portail.example/\u202e", "https://portail.example/<script>", 'https://a/"x',
    "https://portail.example/a b", "https://portail.example/\r\nset-cookie: a=b",
    "https://portail.example/" + "x" * 3000,
)  # fmt: skip


@pytest.mark.parametrize("field", ADDRESSES)
def test_mistake_03_no_address_of_another_scheme_is_ever_registered(world: World, field: str) -> None:
    assert refused(world, field, SCHEMES) == list(SCHEMES)


@pytest.mark.parametrize("field", ADDRESSES)
def test_mistake_04_no_address_that_two_parsers_read_differently_is_registered(world: World, field: str) -> None:
    # The fragment of a request URI may name the hash of what is found there (OpenID Connect Core 6.2).
    bad = [host for host in HOSTS if not (field == "request_uris" and host.startswith("https://portail.example/#"))]
    assert refused(world, field, HOSTS) == bad


def refused(world: World, field: str, addresses: tuple[str, ...]) -> list[str]:
    """Return the addresses that cannot be registered in a member of a client's metadata."""
    found = []
    for address in addresses:
        value = [address] if field.endswith("s") else address
        try:
            world.running.add_client(**{"subject_type": "public", field: value})
        except ClientMetadataError as error:
            found += [address] if error.field == field else []
    return found


def test_mistake_04_an_address_that_cannot_be_read_is_no_fault(member: Browser, portal: Portal) -> None:
    for address in HOSTS + SCHEMES:
        member.trail.clear()
        page = member.get(portal.start(redirect_uri=address).url)
        assert leads_nowhere(page, member.trail), address
        page = member.get(portal.logout_url(None, client_id=portal.client_id, post_logout_redirect_uri=address))
        assert page.status == 200, address
        assert member.trail[-1].startswith(member.base)
        assert portal.ask(grant_type="authorization_code", code="x", redirect_uri=address).status_code == 400
