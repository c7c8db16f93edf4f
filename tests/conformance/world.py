"""What a conformance test works with: portals and browsers made on demand, and the clock."""

from __future__ import annotations

from typing import Any

from idp.kernel.clock import SECOND
from tests.support.browser import Browser
from tests.support.house import PASSWORD, Running, sign_in
from tests.support.portal import Field, Portal, Tokens


class World:
    """The running provider with everything a test opened on it."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.url = running.url
        self.clock = running.clock
        self._open: list[Browser | Portal] = []

    def close(self) -> None:
        for opened in self._open:
            opened.close()

    def seconds(self) -> int:
        """The present in whole seconds."""
        return self.clock.now() // SECOND

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(int(seconds * SECOND))

    def portal(self, *, scope: str = "openid profile email", **metadata: Any) -> Portal:
        """Register a portal and be it."""
        client_id = self.running.add_client(**metadata)
        portal = Portal(
            self.url,
            client_id,
            self.running.clients[client_id],
            self.seconds,
            redirect_uri=next(iter(metadata.get("redirect_uris", ["http://127.0.0.1:9/retour"])), ""),
            method=metadata.get("token_endpoint_auth_method", "client_secret_basic"),
            algorithm=metadata.get("id_token_signed_response_alg", "RS256"),
            scope=scope,
        )
        self._open.append(portal)
        return portal

    def api(self, resource: str, **metadata: Any) -> Portal:
        """Register a resource server: a client that takes no members, and that this resource indicator names."""
        alone = {"grant_types": ["client_credentials"], "redirect_uris": []}
        return self.portal(**{**alone, "idp_resources": [resource], **metadata})

    def twin(self, portal: Portal) -> Portal:
        """Return the same portal with connections of its own, for another thread."""
        other = Portal(portal.issuer, portal.client_id, portal.secret, portal.now, method=portal.method)
        self._open.append(other)
        assert other.metadata
        return other

    def browser(self) -> Browser:
        """Open a browser in which nobody is signed in."""
        browser = Browser(self.url)
        self._open.append(browser)
        return browser

    def signed_in(self) -> Browser:
        """Open a browser and sign the member in."""
        browser = self.browser()
        sign_in(browser, PASSWORD)
        assert browser.page is not None
        assert browser.page.path == "/espace", browser.page.text
        return browser

    def tokens(self, portal: Portal, browser: Browser, **more: Field) -> Tokens:
        """Walk the whole way for a member who is signed in."""
        attempt = portal.start(**more)
        browser.get(attempt.url)
        return portal.tokens(attempt, portal.code(browser.trail, attempt))

    def code(self, portal: Portal, browser: Browser, **more: Field) -> tuple[Any, str]:
        """Return an attempt and its code, not redeemed."""
        attempt = portal.start(**more)
        browser.get(attempt.url)
        return attempt, portal.code(browser.trail, attempt)
