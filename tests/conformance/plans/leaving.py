"""Signing out as a relying party asks it (OpenID Connect RP-Initiated Logout 1.0)."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from tests.conformance.plans import forms
from tests.conformance.plans.parties import AFTER_LOGOUT
from tests.conformance.plans.suite import Suite
from tests.support.browser import Page

_REFRESH = re.compile(r"\s*\d+(?:\.\d+)?\s*[;,]\s*url\s*=\s*['\"]?([^'\"]+)['\"]?\s*\Z", re.IGNORECASE)
_META = re.compile(r"<meta\s[^>]*http-equiv=[\"']?refresh[\"']?[^>]*content=\"([^\"]*)\"", re.IGNORECASE)


def leave(suite: Suite, **params: str) -> Page:
    """Go to the end-session endpoint and press ``logout-confirm`` where a page asks; return the last page."""
    browser = suite.browser
    browser.trail.clear()
    browser.get(f"{suite.metadata['end_session_endpoint']}?{urlencode(params)}")
    for _ in range(3):
        assert browser.page is not None
        if not browser.trail[-1].startswith(f"{browser.base}/"):
            break
        found = forms.read(browser.page.response.text).forms
        asks = next((form for form in found if form.has("logout-confirm")), None)
        if asks is None:
            break
        browser.post(urljoin(browser.page.url, asks.action), asks.press("logout-confirm"))
    assert browser.page is not None
    return browser.page


def came_back(address: str) -> dict[str, str]:
    """Return what an address adds to the registered one, which it must be."""
    sent, registered = urlsplit(address), urlsplit(AFTER_LOGOUT)
    assert sent[:3] == registered[:3], address
    assert not sent.fragment
    return dict(parse_qsl(sent.query, keep_blank_values=True))


def stayed(suite: Suite, page: Page) -> None:
    """A page stands there, and no address of anybody's was gone to."""
    assert all(url.startswith(f"{suite.browser.base}/") for url in suite.browser.trail), suite.browser.trail
    assert page.status in (200, 400)
    assert page.response.headers["content-type"].startswith("text/html")
    assert onward(page) == [], "nor will it be"


def onward(page: Page) -> list[str]:
    """Return where a page goes by itself."""
    told = [page.response.headers.get("refresh", ""), *map(html.unescape, _META.findall(page.response.text))]
    return [urljoin(page.url, found[1]) for each in told if (found := _REFRESH.match(each))]


def nobody_is_in(suite: Suite) -> None:
    """The session is gone: nothing more comes silently."""
    suite.error(suite.request(prompt="none"), "login_required")
