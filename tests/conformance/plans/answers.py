"""Where an authorization answer stands in what a browser was shown, and what it must not show (certification 2.1, 2.3).

OAuth 2.0 Multiple Response Types 5, OAuth 2.0 Form Post Response Mode, RFC 6749 4.1.2.1, RFC 9207.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from tests.conformance.plans import forms
from tests.support.browser import Browser, Page

_DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+\Z")
"""RFC 6749 4.1.2.1: the characters of ``error`` and ``error_description``."""
_ERROR_MEMBERS = {"error", "error_description", "error_uri", "state", "iss"}


@dataclass(frozen=True, slots=True)
class Request:
    """An authorization request and what must be remembered until the answer comes."""

    url: str
    params: Mapping[str, str]
    redirect_uri: str
    mode: str

    @property
    def nonce(self) -> str | None:
        return self.params.get("nonce")


@dataclass(frozen=True, slots=True)
class Answer:
    """The parameters that came back, and how they travelled."""

    params: Mapping[str, str]
    mode: str

    def __getitem__(self, name: str) -> str:
        return self.params[name]


def find(browser: Browser, redirect_uri: str) -> Answer | None:
    """Return the answer that a browser carries home to this redirect URI, or None while a page of the provider is open.

    It may travel one way only: never a part of it in another.
    """
    last = browser.trail[-1]
    if not last.startswith(f"{browser.base}/"):
        return _redirected(last, redirect_uri)
    assert browser.page is not None
    return _posted(browser.page, browser.base, redirect_uri)


def check(answer: Answer, request: Request, issuer: str, *, metadata: Mapping[str, object]) -> None:
    """Judge what every answer must be, good or bad."""
    assert answer.mode == request.mode, f"the answer travels by {answer.mode}, {request.mode} was due"
    assert answer.params.get("state") == request.params.get("state"), "the state comes back as it was"
    if metadata.get("authorization_response_iss_parameter_supported") or "iss" in answer.params:
        assert answer.params.get("iss") == issuer, "RFC 9207 2: the issuer, exactly"
    if "error" not in answer.params:
        return
    assert set(answer.params) <= _ERROR_MEMBERS, f"an error carries more than it may: {sorted(answer.params)}"
    for name in ("error", "error_description"):
        assert _DESCRIPTION.match(answer.params.get(name, "x")), f"{name}: {answer.params[name]!r} (RFC 6749 4.1.2.1)"


def _redirected(url: str, redirect_uri: str) -> Answer:
    sent, registered = urlsplit(url), urlsplit(redirect_uri)
    assert sent[:3] == registered[:3], f"{url} is not {redirect_uri}"
    if sent.fragment:
        assert sent.query == registered.query, "nothing leaks into the query of an answer in the fragment"
        return Answer(_pairs(sent.fragment), "fragment")
    assert sent.query.startswith(registered.query), "the registered query is kept"
    return Answer(_pairs(sent.query.removeprefix(registered.query).removeprefix("&")), "query")


def _posted(page: Page, base: str, redirect_uri: str) -> Answer | None:
    """Read a page that posts itself; None for any other page."""
    found = forms.read(page.response.text)
    away = [form for form in found.forms if urlsplit(form.action).scheme and not form.action.startswith(f"{base}/")]
    if not away:
        return None
    assert len(found.forms) == 1, "the page is the answer and nothing else"
    form = away[0]
    assert page.status == 200
    assert page.response.headers["content-type"].startswith("text/html")
    assert "no-store" in page.response.headers["cache-control"], "tokens of one person"
    assert (form.method, form.action) == ("post", redirect_uri)
    assert form.enctype in ("", "application/x-www-form-urlencoded")
    sent = [control for control in form.controls if control.name]
    assert {control.kind for control in sent} == {"hidden"}, "hidden fields and nothing else is sent"
    names = [control.name for control in sent]
    assert len(set(names)) == len(names), "a parameter comes twice"
    _posts_itself(page, found.scripts, redirect_uri)
    return Answer({control.name: control.value for control in sent}, "form_post")


def _posts_itself(page: Page, scripts: list[tuple[dict[str, str], str]], redirect_uri: str) -> None:
    """The page's policy lets its script run and its form leave for the relying party (CSP 3)."""
    policy = {
        name: sources.split()
        for name, _, sources in (
            part.strip().partition(" ") for part in page.response.headers["content-security-policy"].split(";")
        )
    }
    parts = urlsplit(redirect_uri)
    ends = policy.get("form-action", ["*"])
    assert any(each in ends for each in ("*", redirect_uri, f"{parts.scheme}://{parts.netloc}", f"{parts.scheme}:"))
    assert scripts, "a script posts the form"
    allowed = policy.get("script-src", policy.get("default-src", ["'unsafe-inline'"]))
    for attributes, text in scripts:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        ways = {f"'sha256-{digest}'", "'unsafe-inline'"}
        if attributes.get("nonce"):
            ways.add(f"'nonce-{attributes['nonce']}'")
        if attributes.get("src"):
            ways = {"'self'"}
        assert ways & set(allowed), f"the page's own policy stops its script: {allowed}"


def _pairs(text: str) -> dict[str, str]:
    pairs = parse_qsl(text, keep_blank_values=True)
    assert len(dict(pairs)) == len(pairs), "a parameter comes twice"
    return dict(pairs)
