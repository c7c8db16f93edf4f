"""Apache's mod_auth_openidc, as its example uses it: an Apache of the test's own, on a free port."""

from __future__ import annotations

import pytest

from tests.support.browser import Browser, Page
from tests.support.foreign import Portal, example, needs, shown, signed_out
from tests.support.house import MAIL, PASSWORD, Running, sign_in

pytestmark = pytest.mark.deep


def test_signs_in_refreshes_reads_userinfo_and_signs_out(provider: Running) -> None:
    needs("/usr/sbin/apache2")
    needs("/usr/lib/apache2/modules/mod_auth_openidc.so")
    # With as many seconds as an access token lives, every request after the sign-in refreshes first.
    with (
        example(provider, "mod_auth_openidc", REFRESH_BEFORE="600") as portal,
        Browser(provider.url, also=(portal.url,)) as browser,
    ):
        assert "Sign in" in shown(portal, browser.get(portal.url + "/")).text
        browser.get(portal.url + "/compte/")
        sign_in(browser, PASSWORD)
        assert browser.page is not None
        first = told(portal, browser.page)
        assert first["email"] == MAIL
        assert first["sub"]
        assert first["name"]
        before = portal.refreshed()
        assert told(portal, browser.get(portal.url + "/compte/")) == first
        assert portal.refreshed() == before + 1
        assert told(portal, browser.get(portal.url + "/compte/")) == first
        assert portal.refreshed() == before + 2
        portal.revoke()
        refused = shown(portal, browser.get(portal.url + "/compte/"))
        assert refused.url == portal.url + "/"
        assert "Sign in" in refused.text
        page = browser.get(portal.url + "/compte/")
        assert told(portal, page) == first
        assert [href for href, text in page.links if text == "Sign out"] == ["/oidc/retour?logout="]
        signed_out(portal, browser.get(portal.url + "/oidc/retour?logout="), browser)
        assert browser.get(portal.url + "/compte/").path == "/connexion"


def told(portal: Portal, page: Page) -> dict[str, str]:
    """Return the claims that the page behind the sign-in shows."""
    assert shown(portal, page).url == portal.url + "/compte/", f"{page.url}\n{portal.said()}"
    words = page.text.split()
    return {name: words[words.index(name) + 1] for name in ("sub", "name", "email")}
