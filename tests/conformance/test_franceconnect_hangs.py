"""FranceConnect that answers nobody leaves portals alone: fifty callbacks wait, tokens cost what they cost before."""

from __future__ import annotations

import select
import shutil
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conformance.world import World
from tests.support.house import CARD, open_account
from tests.support.portal import Portal, Tokens
from tests.support.upstream import Federated, federated_house

pytestmark = pytest.mark.deep

HUNG = 50
REQUESTS = 60
ROUNDS = 5
DEARER = 1.2
"""How much more processor a token request may cost meanwhile."""
LONGEST_S = 1.0


@pytest.fixture
def federated(sqlite_template: Path, tmp_path: Path) -> Iterator[Federated]:
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    with federated_house(f"sqlite:///{tmp_path / 'idp.db'}", tmp_path) as house:
        yield house


def refresh_many(portal: Portal, tokens: Tokens) -> tuple[Tokens, float, float]:
    """Refresh again and again; return the last tokens, the median processor time of one, and the longest wait."""
    costs, waits = [], []
    for _ in range(REQUESTS):
        began, worked = time.perf_counter(), time.process_time()
        tokens = portal.refresh(str(tokens.refresh))
        costs.append(time.process_time() - worked)
        waits.append(time.perf_counter() - began)
    return tokens, statistics.median(costs), max(waits)


def ready(federated: Federated, stack: ExitStack) -> tuple[socket.socket, bytes]:
    """Bring a browser to the door of its callback: a connection, and what it is about to say."""
    traveller = stack.enter_context(federated.traveller())
    traveller.browser.get("/connexion")
    callback = urlsplit(traveller.set_out())
    cookies = "; ".join(f"{name}={value}" for name, value in traveller.browser.client.cookies.items())
    said = f"GET {callback.path}?{callback.query} HTTP/1.1\r\nHost: {callback.netloc}\r\nCookie: {cookies}\r\n\r\n"
    connection = stack.enter_context(socket.create_connection((callback.hostname, callback.port), timeout=10))
    return connection, said.encode()


def compared(federated: Federated, portal: Portal, tokens: Tokens) -> tuple[Tokens, float, float]:
    """Refresh before, while and after fifty callbacks hang; return the last tokens, how much dearer it was meanwhile
    than around it, and the longest wait."""
    federated.fresh()
    federated.choose(CARD)
    federated.mock.fault(at="token", wire="hang", times=0)
    with ExitStack() as stack:
        waiting = [ready(federated, stack) for _ in range(HUNG)]
        tokens, before, _ = refresh_many(portal, tokens)
        for connection, said in waiting:
            connection.sendall(said)
        while len(federated.mock.log("token")) < HUNG:
            pass
        tokens, meanwhile, longest = refresh_many(portal, tokens)
        answered, _, _ = select.select([connection for connection, _ in waiting], [], [], 0)
        assert answered == [], "all of them waited all the time"
    tokens, after, _ = refresh_many(portal, tokens)
    return tokens, meanwhile / max(before, after), longest


def test_fifty_hung_callbacks_cost_the_portals_nothing(federated: Federated) -> None:
    """Other tests share the machine: the middle one of some rounds is judged."""
    open_account(federated.running)
    world = World(federated.running)
    portal = world.portal(scope="openid offline_access")
    tokens = world.tokens(portal, world.signed_in(), scope="openid offline_access")
    tokens, _, _ = refresh_many(portal, tokens)  # whatever is loaded on first use
    ratios, waits = [], []
    for _ in range(ROUNDS):
        tokens, ratio, longest = compared(federated, portal, tokens)
        ratios.append(ratio)
        waits.append(longest)
    world.close()
    assert statistics.median(ratios) <= DEARER, ratios
    assert max(waits) < LONGEST_S
