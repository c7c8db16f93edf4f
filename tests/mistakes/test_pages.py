"""Mistakes 25 and 27: what a stranger writes is shown as text, kept as text, logged as text, or refused."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from io import StringIO
from urllib.parse import quote

import pytest

from idp.kernel import log
from tests.conformance.world import World
from tests.flows.story import PHONE, enroll_to, path, rows, shown
from tests.support.any_mode import answer_in, modes_of
from tests.support.browser import Browser
from tests.support.house import BACK, CARD, MAIL, PASSWORD, Running, open_account
from tests.support.portal import Portal

MARKS = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'><svg onload=alert(1)>", "javascript:alert(1)",
    "</title><script>alert(1)</script>", "{{987*13}}", "{%raw%}", "${987*13}", "<!--", "]]>", "&lt;script&gt;",
    "\u202e<b>",
    "--><script>alert(1)</script>", "<a href=//voleur.example>x</a>",
    "<base href=//voleur.example>", "\\u003cscript",
)  # fmt: skip
LEADING = {"href", "src", "action", "formaction", "data", "content", "srcset", "poster"}
TAGS = {"script", "svg", "iframe", "object", "embed", "base", "b"}


class _Looker(HTMLParser):
    """Notes what no page of ours may hold."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            leads = (value or "").strip().lower().startswith(("javascript:", "data:text", "//"))
            if name.startswith("on") or (name in LEADING and leads):
                self.found.append(f"<{tag} {name}={value}>")
        if tag in TAGS and not (tag == "svg" and dict(attrs).get("onload") is None):
            self.found.append(f"<{tag}>")


def dangers(text: str) -> list[str]:
    looker = _Looker()
    looker.feed(text)
    return looker.found


def assert_harmless(text: str, policy: str, mark: str) -> None:
    assert "<script>alert" not in text, mark
    assert "onerror=alert" not in re.sub(r"&[^;]+;[^<>]*", "", text), mark
    assert dangers(text) == [], mark
    assert "12831" not in text, mark
    assert "default-src 'none'" in policy
    assert "unsafe-" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy


@pytest.mark.parametrize("mark", MARKS)
def test_mistake_25_pages_show_what_strangers_wrote_as_text(world: World, nobody: Browser, mark: str) -> None:
    portal = world.portal(client_name=mark.replace("\u202e", ""))
    pages = [
        nobody.get(portal.start(redirect_uri="http://127.0.0.1:9/x").url),
        nobody.get(portal.start(redirect_uri=mark).url),
        nobody.get(portal.start(client_id=mark).url),
        nobody.get(portal.start(state=mark, login_hint=mark, prompt="login", ui_locales=mark).url),
        nobody.get(portal.logout_url(None, client_id=portal.client_id, state=mark, post_logout_redirect_uri=mark)),
        nobody.get(f"/oidc/authorize/{quote(mark, safe='')}"),
        nobody.get(f"/connexion?request={quote(mark)}"),
        nobody.get(f"/franceconnect/retour?error={quote(mark)}&error_description={quote(mark)}&state=x"),
        nobody.get(f"/{quote(mark, safe='')}?x={quote(mark)}"),
    ]
    nobody.get("/connexion")
    pages.append(nobody.submit({"identifier": mark, "password": mark}))
    nobody.get("/inscription")
    pages.append(nobody.submit({"profile": mark}))
    nobody.submit({"profile": "particulier"})
    pages.append(nobody.submit({"nir": mark}))
    for page in pages:
        assert page.response.headers["content-type"] == "text/html; charset=utf-8"
        assert page.response.headers["x-content-type-options"] == "nosniff"
        assert_harmless(page.response.text, page.response.headers["content-security-policy"], mark)


@pytest.mark.parametrize("mark", MARKS)
def test_mistake_25_errors_of_machines_are_json_and_forms_that_go_back_are_escaped(
    world: World, member: Browser, portal: Portal, mark: str
) -> None:
    for answer in (
        portal.ask(grant_type=mark, code=mark),
        portal.ask(grant_type="refresh_token", refresh_token=mark, scope=mark),
        portal.http.post(portal.metadata["token_endpoint"], content=mark.encode()),
        portal.http.post(portal.metadata["token_endpoint"], data={"client_id": mark, "client_secret": mark}),
        portal.http.get(f"{portal.metadata['userinfo_endpoint']}?access_token={quote(mark)}"),
        portal.http.post(portal.metadata["userinfo_endpoint"], data={"access_token": mark}),
    ):
        assert 400 <= answer.status_code < 500
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "<" not in answer.text
    for mode in modes_of(portal):
        attempt = portal.start(state=mark, response_mode=mode)
        member.get(attempt.url)
        answered = answer_in(member, portal, attempt)
        assert answered.params["state"] == mark
        if mode == "form_post":
            without = re.sub(r"<script\b[^>]*>[^<]*</script>", "", answered.page.response.text)
            assert dangers(without) == [], "at most one script, of ours"
            assert "unsafe-" not in answered.page.response.headers["content-security-policy"]


def test_mistake_25_a_name_never_becomes_a_policy(world: World, nobody: Browser) -> None:
    """The origin of a redirect URI goes into ``form-action``: it is an origin and nothing more."""
    portal = world.portal(redirect_uris=["https://portail.example:8443/a;script-src='unsafe-inline'/b,c?d=%0a"])
    portal.redirect_uri = "https://portail.example:8443/a;script-src='unsafe-inline'/b,c?d=%0a"
    page = nobody.get(portal.start(prompt="login").url)
    policy = page.response.headers["content-security-policy"]
    assert page.path == "/connexion"
    assert [word for word in policy.split() if "portail" in word] == ["https://portail.example:8443"]
    assert "script-src" not in policy


ENDS = ("\r\n", "\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1e", "\x00")


@pytest.mark.parametrize("end", ENDS, ids=ascii)
def test_mistake_27_no_newline_writes_a_header(member: Browser, portal: Portal, end: str) -> None:
    inject = f"x{end}set-cookie: a=b{end}location: https://voleur.example{end}{end}<script>"
    for change in (
        {"state": inject}, {"nonce": inject}, {"redirect_uri": portal.redirect_uri + inject}, {"client_id": inject},
        {"response_type": inject}, {"scope": f"openid {inject}"}, {"login_hint": inject}, {"ui_locales": inject},
    ):  # fmt: skip
        answer = member.client.get(portal.start(**change).url)
        assert answer.status_code < 500
        assert "a=b" not in answer.headers.get("set-cookie", "")
        assert len(answer.headers.get_list("location")) <= 1
        where = answer.headers.get("location", portal.redirect_uri)
        assert where.startswith((portal.redirect_uri, portal.issuer))
        assert where.isprintable()
        assert where.isascii()
        assert end > " " or "code=" not in where, "a control character is no part of any value"
    raw = quote(inject, safe="")
    for path_ in (f"/{raw}", f"/connexion?request={raw}", f"/oidc/authorize/{raw}", f"/oidc/logout?state={raw}"):
        answer = member.client.get(path_)
        assert "a=b" not in answer.headers.get("set-cookie", "")
        assert answer.status_code < 500


ADDRESSES = (
    *(f"camille@courriel.example{end}Bcc: voleur@courriel.example" for end in ENDS),
    *(f"camille{end}@courriel.example" for end in ENDS),
    "camille@courriel.example,voleur@courriel.example", "camille@courriel.example;voleur@courriel.example",
    "camille@courriel.example voleur@courriel.example", "<camille@courriel.example>", "Camille <c@courriel.example>",
    '"a\r\nBcc: x"@courriel.example', '"camille"@courriel.example', "camille@[127.0.0.1]", "camille@127.0.0.1",
    "camille@courriel.example%0ABcc:x@courriel.example", "camille@courriel.example\u200b",
    "cami\u200blle@courriel.example", "camille\u202e@courriel.example", "camille@cour\u00adriel.example",
    "\ufeffcamille@courriel.example", "a@b@courriel.example", "camille@courriel..example", "camille@",
    "@courriel.example", "camille(x)@courriel.example", "camille\\@courriel.example", "cam\u0456lle@courriel.example",
     "|id@courriel.example", "-oQ/tmp@courriel.example\n",
)  # fmt: skip


def test_mistake_27_a_mail_goes_to_one_plain_address(light: Running, browser: Browser) -> None:
    enroll_to(browser, "coordonnees")
    for typed in ADDRESSES:
        browser.get("/inscription/coordonnees")
        browser.submit({"email": typed, "phone": PHONE})
        if path(browser) == "/inscription/coordonnees":
            assert shown(browser).status == 422, ascii(typed)
            continue
        kept = [str(value) for (value,) in rows(light, "SELECT email FROM enrollments WHERE email IS NOT NULL")]
        assert all(re.fullmatch(r"[a-zA-Z0-9./|_-]+@courriel\.example", value) for value in kept), ascii(typed)
    light.post.run_once()
    assert light.smtp.messages == []


INVISIBLE = (
    "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202e", "\u2066", "\u180e", "\x00", "\x1b[31m",
    "\u0301",
)  # fmt: skip


def test_mistake_27_an_identifier_with_something_invisible_is_nobody_s(light: Running) -> None:
    """Never another identifier than the one that is seen, and never a second account beside it."""
    open_account(light)
    for mark in INVISIBLE:
        for typed in (f"{BACK.nir[:5]}{mark}{BACK.nir[5:]}", f"{mark}{BACK.nir}", f"{BACK.nir}{mark}"):
            with light.browser() as browser:
                enroll_to(browser, "identifiant")
                browser.submit({"nir": typed})
                assert (path(browser), shown(browser).status) == ("/inscription/identifiant", 422), ascii(mark)
            with light.browser() as other:
                other.get("/connexion")
                other.submit({"identifier": typed.replace(BACK.nir, CARD.nir), "password": PASSWORD})
                assert shown(other).status == 422, ascii(mark)
        light.clock.advance(3_600_000_000)
    assert rows(light, "SELECT count(*) FROM accounts") == [(1,)]


def test_mistake_27_a_log_line_is_one_line_of_json(light: Running, browser: Browser) -> None:
    stream = StringIO()
    log.configure(stream=stream, json=True)
    for end in ENDS:
        forged = f'x{end}{{"event": "signed_in", "level": "info"}}{end}\x1b[2J'
        raw = quote(forged, safe="")
        browser.client.get(f"/{raw}?a={raw}")
        browser.client.get(f"/oidc/authorize?client_id={raw}&redirect_uri={raw}")
        browser.client.post("/oidc/token", data={"client_id": forged, "client_secret": forged, "grant_type": forged})
        browser.client.get(f"/franceconnect/retour?error={raw}&state={raw}&iss={raw}")
        browser.get("/connexion")
        browser.submit({"identifier": forged, "password": forged})
    log.configure(json=True)
    written = stream.getvalue()
    lines = [json.loads(line) for line in written.split("\n") if line]
    assert len(lines) > 40
    assert all(line["event"] != "signed_in" for line in lines)
    assert "\x1b" not in written
    assert "signed_in" not in written, "nothing of it is written at all"
    assert MAIL not in written
