"""Two nodes on one database behind one issuer, their clocks a minute apart; portals that refresh at one of them, and
portals that keep the JWK set as long as they may."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from joserfc import jws, jwt
from joserfc.jwk import KeySet

from idp.kernel.clock import MINUTE, SECOND, Instant
from idp.kernel.keyring import SIGNING, RingEntry
from idp.rotating import make_next
from tests.conformance.world import World
from tests.support.clock import FakeClock, SkewedClock
from tests.support.house import Running, open_account, running_house
from tests.support.http import client
from tests.support.portal import Portal

ALGORITHMS = ("RS256", "ES256")
Json = dict[str, Any]


@dataclass
class Keeper:
    """A portal's key cache. It trusts ``max-age``, by its own clock, and asks for no key that it does not know."""

    clock: FakeClock
    http: httpx2.Client
    nodes: tuple[str, ...]
    keys: KeySet = field(default_factory=lambda: KeySet([]))
    until: Instant = 0
    fetched: int = 0

    def verify(self, token: str, algorithm: str) -> Json:
        """Return the claims. Raises what the library raises when the cached keys do not verify it."""
        if self.until <= self.clock.now():
            answer = self.http.get(self.nodes[self.fetched % len(self.nodes)] + "/oidc/jwks")
            age = re.fullmatch(r"public, max-age=(\d+)", answer.headers["cache-control"])
            assert age, answer.headers
            self.keys = KeySet.import_key_set(answer.json())
            self.until = self.clock.now() + int(age[1]) * SECOND
            self.fetched += 1
        return dict(jwt.decode(token, self.keys, [algorithm]).claims)


class Pair:
    """Two running nodes behind one issuer; the true time is neither's."""

    def __init__(self, true: FakeClock, first: Running, second: Running) -> None:
        self.true, self.first, self.second = true, first, second
        self.nodes = (first, second)
        self.http = client()
        self.world = World(first)

    def close(self) -> None:
        self.http.close()
        self.world.close()

    def later(self, step: Instant) -> None:
        self.true.advance(step)

    def kids(self, node: Running) -> set[str]:
        return {key["kid"] for key in self.http.get(f"{node.url}/oidc/jwks").json()["keys"]}

    def rotate(self) -> tuple[RingEntry, ...]:
        """Make the next keys on the first node."""
        return make_next(self.first.house.database, self.first.folder / "keys", SIGNING)

    def carry(self, made: tuple[RingEntry, ...]) -> None:
        """Copy their files to the second node."""
        for entry in made:
            shutil.copy2(self.first.folder / "keys" / f"{entry.name}.pem", self.second.folder / "keys")

    def callers(self) -> list[Caller]:
        """Return a portal for each node and algorithm, each with a refresh token of an open account."""
        open_account(self.first)
        browser = self.world.signed_in()
        found = []
        for node in self.nodes:
            for algorithm in ALGORITHMS:
                portal = self.world.portal(id_token_signed_response_alg=algorithm, scope="openid offline_access")
                attempt, code = self.world.code(portal, browser)
                refresh = portal.redeem(attempt, code).json()["refresh_token"]
                found.append(Caller(portal, node, algorithm, refresh))
        return found


@dataclass
class Caller:
    """A portal that refreshes at one node."""

    portal: Portal
    node: Running
    algorithm: str
    refresh: str

    def ask(self) -> httpx2.Response:
        address = f"{self.node.url}/oidc/token"
        form = {"grant_type": "refresh_token", "refresh_token": self.refresh}
        return self.portal.http.post(address, data=form, headers={"authorization": self.portal.basic()})

    def ask_userinfo(self, access: str) -> httpx2.Response:
        headers = {"authorization": f"Bearer {access}"}
        return self.portal.http.get(f"{self.node.url}/oidc/userinfo", headers=headers)

    def id_token(self) -> str:
        answer = self.ask()
        assert answer.status_code == 200, answer.text
        self.refresh = answer.json()["refresh_token"]
        return str(answer.json()["id_token"])


def header(token: str) -> Json:
    return dict(jws.extract_compact(token.encode()).headers())


def expires(token: str) -> Instant:
    return int(json.loads(jws.extract_compact(token.encode()).payload)["exp"]) * SECOND


@contextmanager
def pair_of_nodes(url: str, folder: Path, first_ahead: Instant = -MINUTE // 2) -> Iterator[Pair]:
    """Run them; the second one's clock is as far on the other side of the true time."""
    true = FakeClock()
    with ExitStack() as stack:
        first = stack.enter_context(running_house(url, SkewedClock(true, first_ahead), folder / "first"))
        second = stack.enter_context(
            running_house(url, SkewedClock(true, -first_ahead), folder / "second", issuer=first.url)
        )
        pair = Pair(true, first, second)
        stack.callback(pair.close)
        yield pair
