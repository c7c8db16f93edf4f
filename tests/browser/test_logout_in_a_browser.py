"""What only a browser does at the end of a session: a portal's page asks our iframe, our page loads portals' pages."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.clock import FakeClock
from tests.support.house import CARD, PASSWORD, Running, open_account, running_house
from tests.support.portal import Portal

pytestmark = pytest.mark.browser

WATCH = """<!doctype html><title>Portail</title><p id="told"></p><iframe id="op" src="{iframe}"></iframe><script>
var told = document.getElementById("told"), op = document.getElementById("op");
addEventListener("message", function (e) {{ if (e.origin === "{issuer}") {{ told.textContent = e.data; }} }});
function ask(words) {{ op.contentWindow.postMessage(words, "{issuer}"); }}
</script>"""


@dataclass
class Site:
    """A portal's site: it watches the session, and hears of its end."""

    url: str = ""
    watching: str = ""
    left: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def site() -> Iterator[Site]:
    found = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/sortie":
                found.left.append(dict(parse_qsl(parts.query)))
            body = (found.watching if parts.path == "/veille" else f"<title>{parts.path}</title>").encode()
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield found
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture
def certified(sqlite_template: Path, clock: FakeClock, tmp_path: Path) -> Iterator[Running]:
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    with running_house(f"sqlite:///{tmp_path / 'idp.db'}", clock, tmp_path, certification=True) as running:
        open_account(running)
        yield running


def told(page: Page, words: str, answer: str) -> None:
    page.evaluate("words => { document.getElementById('told').textContent = ''; ask(words); }", words)
    expect(page.locator("#told")).to_have_text(answer)


def test_a_portal_learns_of_the_end_by_its_page_and_by_ours(certified: Running, context: BrowserContext) -> None:
    with site() as there:
        metadata = {
            "redirect_uris": [f"{there.url}/retour"],
            "post_logout_redirect_uris": [f"{there.url}/fini"],
            "frontchannel_logout_uri": f"{there.url}/sortie",
        }
        client = certified.add_client(**metadata)
        portal = Portal(
            certified.url, client, certified.clients[client], lambda: certified.clock.now() // 10**6,
            redirect_uri=f"{there.url}/retour",
        )  # fmt: skip
        there.watching = WATCH.format(iframe=portal.metadata["check_session_iframe"], issuer=portal.issuer)
        page, watching = context.new_page(), context.new_page()
        attempt = portal.start()
        page.goto(attempt.url)
        page.locator("#identifier").fill(CARD.nir)
        page.locator("#password").fill(PASSWORD)
        page.locator("main form .button").first.click()
        page.wait_for_url(f"{there.url}/retour**")
        answer = dict(parse_qsl(urlsplit(page.url).query))
        tokens = portal.tokens(attempt, answer["code"])
        watching.goto(f"{there.url}/veille")
        words = f"{client} {answer['session_state']}"
        told(watching, words, "unchanged")
        told(watching, f"another {answer['session_state']}", "changed")
        for nonsense in (client, f"{client} x", f"{client} x.y.z", "", f"{words} x"):
            told(watching, nonsense, "error")
        page.goto(portal.logout_url(tokens.id_token, post_logout_redirect_uri=f"{there.url}/fini", state="s"))
        page.wait_for_url(f"{there.url}/fini?state=s")
        assert there.left == [{"iss": portal.issuer, "sid": tokens.claims["sid"]}]
        told(watching, words, "changed")
        portal.close()
