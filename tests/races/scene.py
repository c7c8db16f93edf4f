"""What a race works with: an open account, portals, browsers, and a start at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import httpx2
from sqlalchemy import Connection

from idp.accounts import freeze, provisional
from idp.accounts.account import Account, Channel, Delivery
from idp.accounts.grammar import Fit
from idp.demo.person import Person
from idp.kernel.clock import DAY, SECOND
from idp.kernel.effects import Mail
from idp.kernel.ids import new_id
from idp.members.nir import Nir
from tests.flows.test_s19_documents import LOOKS
from tests.support.browser import Browser
from tests.support.house import CARD, MAIL, PASSWORD, Running, change_password, open_account, sign_in
from tests.support.portal import Attempt, Portal, Refused, Tokens

Result = TypeVar("Result")
OFFLINE = "openid profile offline_access"
KEPT_BEHIND = (
    "SELECT 1 FROM pg_locks AS first, pg_locks AS behind WHERE NOT first.granted AND NOT behind.granted"
    " AND pg_backend_pid() = ANY(pg_blocking_pids(first.pid)) AND first.pid = ANY(pg_blocking_pids(behind.pid))"
)


def together(*works: Callable[[], Result]) -> list[Result]:
    """Run every work in a thread of its own, started at the same moment; return their results in order."""
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], Result]) -> Result:
        barrier.wait(10)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(60) for future in [pool.submit(run, work) for work in works]]


def until_somebody_waits_behind(connection: Connection) -> None:
    """Go on once another transaction waits for one that waits for this one (``until_somebody_waits``)."""
    if connection.dialect.name == "postgresql":
        assert any(connection.exec_driver_sql(KEPT_BEHIND).first() for _ in range(LOOKS)), "nobody waits"


def owe_a_mail(running: Running, person: Person = CARD) -> None:
    """Owe a member whose account exists another provisional password by mail, without asking."""
    now = running.clock.now()
    with running.house.begin() as unit:
        member = unit.members.find_by_nir(Nir(person.nir))
        assert member is not None
        account = unit.accounts.ensure(member.id, now)
        delivery = Delivery(new_id(), account.id, account.epoch, Channel.EMAIL, MAIL, None, now, None)
        unit.accounts.owe(delivery, "right")
        unit.outbox.put(Mail(delivery.id, 1), now)


def owe_again(running: Running, person: Person = CARD) -> str:
    """Owe another provisional password; return it from the mail."""
    owe_a_mail(running, person)
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
        """Open the account, and wait until its mail address is trusted."""
        open_account(self.running)
        self.a_week_later()

    def a_week_later(self) -> None:
        """Let every weekly budget of letters be full again."""
        self.running.post.run_once()
        self.running.clock.advance(8 * DAY)

    def account(self) -> Account:
        """Return the member's account."""
        with self.running.house.begin(write=False) as unit:
            member = unit.members.find_by_nir(Nir(CARD.nir))
            account = unit.accounts.of_member(member.id) if member else None
        assert account is not None
        return account

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

    def forget(self, *, by_post: bool = False) -> None:
        """Say that the password is forgotten, and answer right; ``by_post``: do not answer. The post does its part
        later. A frozen account is asked nothing."""
        browser = self.browser()
        browser.get("/mot-de-passe/oublie")
        page = browser.submit({"nir": CARD.nir})
        if page.path.endswith("/verification"):
            page = browser.submit({"action": "by_post"} if by_post else {"answer": CARD.serial})
        assert page.path == "/mot-de-passe/oublie/envoi", page.text

    def mailed(self) -> str:
        """Forget the password; return the provisional one of the mail."""
        self.forget()
        return self.running.deliver()[-1]

    def posted(self) -> str:
        """Forget the password; return the provisional one of the letter, a week after the last one."""
        self.forget(by_post=True)
        return [word for word in self.running.letters() if provisional.fit(word) is Fit.RIGHT][-1]

    def freeze_code(self) -> str:
        """Forget the password; return the freeze code of the letter that tells of it, a week after the last one."""
        self.forget()
        return [code for code in self.running.letters() if freeze.fit(code) is Fit.RIGHT][-1]

    def about_to_change(self, word: str | None = None) -> Browser:
        """Open a browser with a provisional session that has the page of the change in front of it: a reset's."""
        return self.signed_in(word or self.mailed())

    def about_to_freeze(self) -> Browser:
        """Open a browser with the page for freeze codes in front of it."""
        browser = self.browser()
        browser.get("/securite/gel")
        return browser

    def freeze(self, *, on: bool = True) -> None:
        """Let an agent shut the account, or open it again."""
        account = self.account().id
        with self.running.house.begin() as unit:
            done = unit.freezing.freeze(account, self.running.clock.now()) if on else unit.freezing.thaw(account)
        assert done

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

    def opens(self, word: str) -> bool:
        """Tell whether a word signs in, be it only to the page of the change."""
        browser = self.browser()
        sign_in(browser, word)
        return browser.client.cookies.get("idp_session") is not None

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
