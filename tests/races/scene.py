"""What a race works with: an open account, portals, browsers, and a start at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import httpx2

from idp.accounts.account import Channel, Delivery
from idp.demo.person import Person
from idp.kernel.clock import SECOND
from idp.kernel.effects import Mail
from idp.kernel.ids import new_id
from idp.members.nir import Nir
from tests.support.browser import Browser
from tests.support.house import CARD, MAIL, PASSWORD, Running, change_password, open_account, sign_in
from tests.support.portal import Attempt, Portal, Refused, Tokens

Result = TypeVar("Result")
OFFLINE = "openid profile offline_access"


def together(*works: Callable[[], Result]) -> list[Result]:
    """Run every work in a thread of its own, started at the same moment; return their results in order."""
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], Result]) -> Result:
        barrier.wait(10)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(60) for future in [pool.submit(run, work) for work in works]]


def owe_again(running: Running, person: Person = CARD) -> str:
    """Owe a member whose account exists another provisional password, as a reset does; return it from the mail."""
    now = running.clock.now()
    with running.house.begin() as unit:
        member = unit.members.find_by_nir(Nir(person.nir))
        assert member is not None
        account = unit.accounts.ensure(member.id, now)
        delivery = Delivery(new_id(), account.id, account.epoch, Channel.EMAIL, MAIL, None, now, None)
        unit.accounts.owe(delivery, "right")
        unit.outbox.put(Mail(delivery.id, 1), now)
    return running.deliver()[-1]


class Scene:
    """A running provider with everything a race opened on it."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.password = PASSWORD
        self._open: list[Browser | Portal] = []

    def close(self) -> None:
        for opened in self._open:
            opened.close()

    def open_account(self) -> None:
        open_account(self.running)

    def portal(self, **metadata: Any) -> Portal:
        """Register a portal and be it."""
        client_id = self.running.add_client(**metadata)
        portal = Portal(
            self.running.url,
            client_id,
            self.running.clients[client_id],
            lambda: self.running.clock.now() // SECOND,
            method=metadata.get("token_endpoint_auth_method", "client_secret_basic"),
            scope=OFFLINE,
        )
        self._open.append(portal)
        assert portal.metadata
        assert portal.keys
        return portal

    def twin(self, portal: Portal) -> Portal:
        """Return the same portal with connections of its own, for another thread."""
        other = Portal(
            portal.issuer, portal.client_id, portal.secret, portal.now, method=portal.method, scope=portal.scope
        )
        self._open.append(other)
        assert other.metadata
        assert other.keys
        return other

    def browser(self) -> Browser:
        """Open a browser in which nobody is signed in."""
        browser = Browser(self.running.url)
        self._open.append(browser)
        return browser

    def tab(self, browser: Browser) -> Browser:
        """Return another tab of the same browser: the same cookies, its own page."""
        other = self.browser()
        other.client.cookies = httpx2.Cookies(browser.client.cookies)
        other.page = browser.page
        return other

    def signed_in(self, word: str | None = None) -> Browser:
        """Open a browser and sign the member in, with the own password or a provisional one."""
        browser = self.browser()
        sign_in(browser, word or self.password)
        assert browser.page is not None
        assert browser.page.path == ("/mot-de-passe" if word else "/espace"), browser.page.text
        return browser

    def about_to_change(self) -> Browser:
        """Open a browser with a provisional session that has the page of the change in front of it."""
        return self.signed_in(owe_again(self.running))

    def change(self, browser: Browser) -> None:
        """Complete the change there, with a new password every time."""
        self.password = f"Charrue-verte-{new_id()[:8]}-1aA"
        change_password(browser, self.password)
        assert browser.page is not None
        assert browser.page.path == "/espace", browser.page.text

    def code(self, portal: Portal, browser: Browser) -> tuple[Attempt, str]:
        """Return an attempt and its code, not redeemed."""
        attempt = portal.start()
        browser.get(attempt.url)
        return attempt, portal.code(browser.trail, attempt)

    def tokens(self, portal: Portal, browser: Browser) -> Tokens:
        """Walk the whole way for a member who is signed in."""
        attempt, code = self.code(portal, browser)
        return portal.tokens(attempt, code)

    def is_in(self, browser: Browser) -> bool:
        """Tell whether the private space opens in this browser."""
        return browser.client.get("/espace").status_code == 200


def is_dead(portal: Portal, tokens: Tokens) -> bool:
    """Tell whether nothing of a token response is honoured."""
    if portal.is_honoured(tokens.access):
        return False
    if tokens.refresh is None:
        return True
    try:
        portal.refresh(tokens.refresh)
    except Refused as refused:
        return refused.error == "invalid_grant"
    return False
