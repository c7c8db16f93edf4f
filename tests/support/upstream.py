"""A provider with the mock FranceConnect upstream, and a browser that goes through both."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2

from idp.demo.franceconnect.citizens import everybody
from idp.demo.person import Person
from idp.federation.profile import PROFILES, ProfileName
from idp.kernel.clock import SystemClock, paris_date
from tests.support.browser import Browser, Page
from tests.support.clock import PassingClock
from tests.support.franceconnect import SECRET, MockFranceConnect, franceconnect_client, mock_franceconnect
from tests.support.house import CARD, PASSWORD, Running, open_account, running_house, sign_in
from tests.support.http import client
from tests.support.smtp import seat

CALLBACK = "/franceconnect/retour"


@dataclass
class Federated:
    """A provider and its upstream."""

    running: Running
    mock: MockFranceConnect
    clock: PassingClock

    @contextmanager
    def traveller(self) -> Iterator[Traveller]:
        """Open a browser that follows to the upstream provider and back."""
        with self.running.browser() as browser, Traveller(browser, self.mock) as opened:
            yield opened

    def choose(self, person: Person) -> None:
        """Let the citizen who is this demo member answer upstream, without pages."""
        self.mock.citizen(key_of(person))

    def fresh(self) -> None:
        """Let upstream forget everything but what time it is."""
        self.mock.reset()
        self.mock.clock(self.clock.instant / 1_000_000)

    def jump(self, microseconds: int) -> None:
        """Let time pass on both machines."""
        self.clock.advance(microseconds)
        self.mock.clock(self.clock.instant / 1_000_000)

    def link(self, person: Person = CARD, word: str = PASSWORD) -> None:
        """Open the member's account and link the citizen who is this member."""
        open_account(self.running, person, word=word)
        self.choose(person)
        with self.traveller() as traveller:
            traveller.sign_in(word, person)
            traveller.link()
            assert traveller.told == "lie", traveller.page.text


@dataclass
class Traveller:
    """One browser of a person, on both sites."""

    browser: Browser
    mock: MockFranceConnect
    upstream: httpx2.Client = field(default_factory=client)

    def __enter__(self) -> Traveller:
        return self

    def __exit__(self, *_: object) -> None:
        self.upstream.close()

    @property
    def page(self) -> Page:
        """The page of ours in the window."""
        assert self.browser.page is not None
        return self.browser.page

    @property
    def told(self) -> str:
        """What the page of the link says, by the word of its address."""
        return dict(parse_qsl(urlsplit(self.page.url).query)).get("fait", "")

    @property
    def last(self) -> str:
        """The last address, maybe not ours."""
        return self.browser.trail[-1]

    def sign_in(self, word: str = PASSWORD, person: Person = CARD) -> None:
        """Sign in on our own page."""
        sign_in(self.browser, word, person)

    def link(self, action: str = "") -> Page:
        """Set out to link from the page of the link, and come back."""
        self.browser.get("/franceconnect")
        self.browser.submit({"action": action} if action else {}, action="/franceconnect")
        return self.through()

    def press(self, action: str) -> Page:
        """Press the upstream button on the page in the window, and come back."""
        self.browser.submit(action=action)
        return self.through()

    def enter(self) -> Page:
        """Sign in upstream from our sign-in page."""
        self.browser.get("/connexion")
        return self.press("/franceconnect/connexion")

    def set_out(self, action: str = "/franceconnect/connexion") -> str:
        """Press the button and return the callback that comes, without going there."""
        self.browser.submit(action=action)
        return self.answer_of(self.last)

    def through(self) -> Page:
        """Go on upstream for as long as it lasts there, and back to us."""
        for _ in range(4):
            refresh = self.page.response.headers.get("refresh", "")
            if refresh:
                self.browser.trail.append(refresh.removeprefix("0;url="))
            if not self.last.startswith(self.mock.base):
                return self.page
            self.browser.get(self.answer_of(self.last))
        raise AssertionError(f"lost upstream: {self.browser.trail}")

    def answer_of(self, url: str) -> str:
        """Return the address of ours that upstream sends this browser to; its pages' forms are pressed."""
        response = self.upstream.get(url)
        for _ in range(8):
            if response.status_code in (302, 303):
                target = urljoin(str(response.url), response.headers["location"])
                if target.startswith(self.browser.base):
                    return target
                response = self.upstream.get(target)
                continue
            page = Page(response)
            assert page.forms, f"{response.status_code} {page.text}"
            form = page.forms[0]
            response = self.upstream.post(urljoin(page.url, form.action), data=form.fields)
        raise AssertionError("upstream goes round in circles")


def key_of(person: Person) -> str:
    """Return the key of the citizen who is this demo member."""
    people = everybody(paris_date(SystemClock().now()))
    return next(citizen.key for citizen in people.values() if citizen.case.endswith(person.who))


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Neighbours:
    """Mocks that run on from test to test, a process each: half a second of computing to start. What one is told
    about its client holds the client's port, so each is lent with a port that is kept for it."""

    running: ExitStack = field(default_factory=ExitStack)
    idle: dict[str, list[tuple[int, MockFranceConnect]]] = field(default_factory=dict)

    @contextmanager
    def lend(self, level: str) -> Iterator[tuple[int, MockFranceConnect]]:
        """Lend a mock as if it had just started, and the port that its client has to listen on."""
        idle = self.idle.setdefault(level, [])
        port, mock = idle.pop() if idle else self._start(level)
        mock.reset()
        try:
            yield port, mock
        finally:
            idle.append((port, mock))

    def end(self) -> None:
        """Stop them all."""
        self.idle.clear()
        self.running.close()

    def _start(self, level: str) -> tuple[int, MockFranceConnect]:
        port: int = self.running.enter_context(seat()).getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        scope = PROFILES[ProfileName.FRANCECONNECT_PLUS].scope
        more = {"jwks_uri": f"{url}/franceconnect/jwks", "scope": scope} if level == "plus" else {}
        return port, self.running.enter_context(mock_franceconnect(level, [franceconnect_client(url, **more)]))


NEIGHBOURS = Neighbours()


@contextmanager
def federated_house(database_url: str, folder: Path, level: str = "low", **settings: Any) -> Iterator[Federated]:
    """Run a provider whose upstream is a mock of its own."""
    with NEIGHBOURS.lend(level) as (port, mock):
        clock = PassingClock()
        chosen = {
            "franceconnect_issuer": mock.issuer,
            "franceconnect_client_id": "demo-espace-prive",
            "franceconnect_client_secret": SECRET,
            "franceconnect_profile": "franceconnect-plus" if level == "plus" else "franceconnect",
            **settings,
        }
        with running_house(database_url, clock, folder, port=port, **chosen) as running:
            yield Federated(running, mock, clock)
