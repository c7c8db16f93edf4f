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

pytestmark = [pytest.mark.deep, pytest.mark.xdist_group("hangs")]

HUNG = 50
REQUESTS = 60
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


def test_fifty_hung_callbacks_cost_the_portals_nothing(federated: Federated) -> None:
    open_account(federated.running)
    federated.choose(CARD)
    world = World(federated.running)
    portal = world.portal(scope="openid offline_access")
    tokens = world.tokens(portal, world.signed_in(), scope="openid offline_access")
    tokens, _, _ = refresh_many(portal, tokens)  # whatever is loaded on first use
    tokens, before, _ = refresh_many(portal, tokens)
    federated.mock.fault(at="token", wire="hang", times=0)
    with ExitStack() as stack:
        waiting = [ready(federated, stack) for _ in range(HUNG)]
        for connection, said in waiting:
            connection.sendall(said)
        while len(federated.mock.log("token")) < HUNG:
            pass
        tokens, meanwhile, longest = refresh_many(portal, tokens)
        answered, _, _ = select.select([connection for connection, _ in waiting], [], [], 0)
    # Around it on both sides: the machine may be busy with something else for a while.
    _, after, _ = refresh_many(portal, tokens)
    alone = max(before, after)
    world.close()
    assert answered == [], "all of them waited all the time"
    assert meanwhile / alone <= DEARER, f"{alone * 1000:.2f} ms alone, {meanwhile * 1000:.2f} ms meanwhile"
    assert longest < LONGEST_S
