"""Session management (``oidcc-session-management-certification-test-plan``), when up for certification.

The iframe is script: a Chromium is the user's browser here (OpenID Connect Session Management 3).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.conformance.plans.metadata import is_safe
from tests.conformance.plans.parties import User
from tests.conformance.plans.site import Site
from tests.conformance.plans.suite import Suite
from tests.conformance.plans.variant import CODE, Variant
from tests.conformance.world import World

VARIANTS = (CODE,)
CHROMIUM = "/usr/bin/chromium"
RP_FRAME = """<!doctype html><title>Portail</title><iframe id="op" src="%s"></iframe><script>
const op = document.getElementById("op");
const loaded = new Promise((done) => op.addEventListener("load", done, {once: true}));
async function ask(message) {
  await loaded;
  return new Promise((done) => {
    addEventListener("message", (event) => { if (event.origin === %s) done(event.data); }, {once: true});
    op.contentWindow.postMessage(message, %s);
  });
}
</script>"""


@pytest.fixture
def suite(certified: World, variant: Variant, user: User, site: Site) -> Suite:
    return Suite(certified, variant, user, site)


@pytest.fixture
def window() -> Iterator[Page]:
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.set_default_timeout(10_000)
        yield page
        browser.close()


def test_oidcc_session_management_discovery_endpoint_verification(suite: Suite) -> None:
    assert is_safe(suite.metadata["check_session_iframe"])
    assert "end_session_endpoint" in suite.metadata


@pytest.mark.browser
def test_oidcc_session_management_rp_initiated_logout(suite: Suite, window: Page) -> None:
    """``session_state`` comes with the code; the iframe says *unchanged* until the user signs out, then *changed*."""
    callback, after = (
        suite.site.serve(path, "<!doctype html><title>Portail</title>", "text/html") for path in ("/callback", "/after")
    )
    suite.client = suite.register(redirect_uris=[callback], post_logout_redirect_uris=[after])
    origin = json.dumps(suite.issuer)
    frame = RP_FRAME % (suite.metadata["check_session_iframe"], origin, origin)
    rp_frame = suite.site.serve("/rp_iframe", frame, "text/html")
    request = suite.request()

    window.goto(request.url)
    window.fill("#identifier", suite.user.identifier)
    window.fill("#password", suite.user.password)
    window.press("#password", "Enter")
    window.wait_for_url(f"{callback}**")
    answer = dict(parse_qsl(urlsplit(window.url).query))
    assert answer["session_state"]
    assert " " not in answer["session_state"]
    tokens = suite.client.redeem(request, answer["code"]).json()
    message = f"{suite.client.id} {answer['session_state']}"

    def asked(text: str) -> object:
        window.goto(rp_frame)
        return window.evaluate("(text) => ask(text)", text)

    assert asked(message) == "unchanged"
    assert asked(f"{suite.client.id} {'0' * len(answer['session_state'])}") in ("changed", "error")
    assert asked("nonsense") == "error"
    state = secrets.token_hex(64)
    params = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": after, "state": state}
    window.goto(f"{suite.metadata['end_session_endpoint']}?{urlencode(params)}")
    window.wait_for_url(f"{after}?state={state}")
    assert asked(message) == "changed"
