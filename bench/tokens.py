"""What authorize, token and userinfo requests cost, beside a request that decides nothing, in the same run.

The ratio travels from machine to machine, the requests per second do not.
"""

from __future__ import annotations

import base64
import json
import secrets
import statistics
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from typing import TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from rich.console import Console
from rich.table import Table

from bench.node import Home, Node, prepared, serving
from bench.start import CARDS
from tests.support.browser import Browser
from tests.support.house import PASSWORD, word_of
from tests.support.smtp import part, smtp_server

Caller = TypeVar("Caller")
SECONDS = 4.0
ROUNDS = 3
CALLERS = 4
BACK = "http://127.0.0.1:9/retour"
CLIENT = {
    "client_id": "bench",
    "client_name": "Mesure",
    "redirect_uris": [BACK],
    "grant_types": ["authorization_code", "refresh_token"],
    "scope": "openid profile email offline_access",
}


class Portal:
    """A portal with one member's tokens."""

    def __init__(self, home: Home, secret: str) -> None:
        self._auth = ("bench", secret)
        self.client = httpx2.Client(base_url=home.issuer, timeout=20, trust_env=False)
        self._member = httpx2.Client(base_url=home.issuer, timeout=20, trust_env=False)

    def is_of(self, browser: Browser) -> None:
        """Send the member of this browser from here on."""
        self._member.cookies.update(browser.client.cookies)

    def authorize(self) -> dict[str, str]:
        """Get a code silently; return what redeems it."""
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "client_id": "bench", "redirect_uri": BACK, "response_type": "code", "state": "s",
            "scope": "openid profile email offline_access",
            "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        answer = self._member.get("/oidc/authorize?" + urlencode(asked))
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        return {"code": code, "redirect_uri": BACK, "code_verifier": verifier}

    def redeem(self) -> dict[str, str]:
        """Get tokens for that member."""
        return self.token(grant_type="authorization_code", **self.authorize())

    def token(self, **fields: str) -> dict[str, str]:
        """Ask the token endpoint."""
        answer = self.client.post("/oidc/token", data=fields, auth=self._auth)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, str] = answer.json()
        return tokens


def main() -> None:
    with smtp_server() as smtp, prepared(IDP_SMTP_URL=smtp.url) as home:
        file = home.folder / "client.json"
        file.write_text(json.dumps(CLIENT), "utf-8")
        secret = json.loads(home.idp("clients", "add", str(file), "--json"))["client_secret"]
        with serving(home) as node, Browser(home.issuer) as browser:
            open_account(browser, lambda: word_of(part(smtp.messages[0], "plain")), lambda: len(smtp.messages))
            portals = [Portal(home, secret) for _ in range(CALLERS)]
            for portal in portals:
                portal.is_of(browser)
            tokens = [portal.redeem() for portal in portals]
            report(node, portals, tokens)


def open_account(browser: Browser, word: Callable[[], str], arrived: Callable[[], int]) -> None:
    """Enroll the first card holder and choose a password."""
    person = CARDS[0]
    browser.get("/inscription")
    browser.submit({"profile": "particulier"})
    browser.submit({"nir": person.nir})
    browser.submit()
    browser.submit({"email": "m@courriel.example", "phone": "06 39 98 12 34"})
    browser.submit({"answer": person.serial})
    browser.submit()
    browser.submit({"accept": "yes"})
    while not arrived():
        time.sleep(0.01)
    browser.get("/connexion")
    browser.submit({"identifier": person.nir, "password": word()})
    browser.submit({"new_password": PASSWORD, "new_password_again": PASSWORD})


def report(node: Node, portals: list[Portal], tokens: list[dict[str, str]]) -> None:
    """Measure the kinds of request that sign members in."""

    def trivial(portal: Portal, _held: dict[str, str]) -> None:
        assert portal.client.get("/oidc/jwks").status_code == 200

    def userinfo(portal: Portal, held: dict[str, str]) -> None:
        answer = portal.client.get("/oidc/userinfo", headers={"authorization": f"Bearer {held['access_token']}"})
        assert answer.status_code == 200

    def refresh(portal: Portal, held: dict[str, str]) -> None:
        held.update(portal.token(grant_type="refresh_token", refresh_token=held["refresh_token"]))

    def authorize(portal: Portal, _held: dict[str, str]) -> None:
        portal.authorize()

    def redeem(portal: Portal, _held: dict[str, str]) -> None:
        portal.redeem()

    kinds = {
        "JWKS (decides nothing)": trivial,
        "authorize (silent)": authorize,
        "authorize (silent) and token (code, RS256)": redeem,
        "userinfo": userinfo,
        "token (refresh, RS256)": refresh,
    }
    compare(node, portals, tokens, kinds)


def compare(
    node: Node,
    callers: list[Caller],
    held: list[dict[str, str]],
    kinds: dict[str, Callable[[Caller, dict[str, str]], None]],
) -> None:
    """Measure kinds of request in turn, several rounds, and print the medians; the first kind is the measure."""
    rates: dict[str, list[float]] = {name: [] for name in kinds}
    costs: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(ROUNDS):
        for name, call in kinds.items():
            done, spent = load(node, callers, held, call)
            rates[name].append(done / SECONDS)
            costs[name].append(spent / done * 1000)
    base = statistics.median(next(iter(costs.values())))
    table = Table("request", "per second", "CPU each", "CPU ratio")
    for name in kinds:
        cost = statistics.median(costs[name])
        table.add_row(name, f"{statistics.median(rates[name]):.0f}", f"{cost:.2f} ms", f"{cost / base:.1f}")
    Console().print(table)
    Console().print(f"{CALLERS} callers on the same machine, one process, SQLite with its fsync")


def load(
    node: Node, callers: list[Caller], held: list[dict[str, str]], call: Callable[[Caller, dict[str, str]], None]
) -> tuple[int, float]:
    """Let every caller ask for some seconds; return how many answers came and what they cost the provider."""
    counts = [0] * len(callers)
    spent = node.cpu_seconds()
    end = time.perf_counter() + SECONDS

    def work(place: int) -> None:
        while time.perf_counter() < end:
            call(callers[place], held[place])
            counts[place] += 1

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(callers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts), node.cpu_seconds() - spent


if __name__ == "__main__":
    main()
