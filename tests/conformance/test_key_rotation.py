"""Key rotation on two nodes: under traffic, with clocks a minute apart, no portal meets a token it cannot verify."""

from __future__ import annotations

import shutil
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from idp import signing
from idp.kernel.clock import MINUTE
from idp.kernel.keyring import SIGNING, RingEntry
from idp.rotating import make_next
from idp.storage.database import Database
from tests.conformance.two_nodes import Caller, Keeper, Pair, expires, header, pair_of_nodes
from tests.support.clock import FakeClock, SkewedClock
from tests.support.house import running_house
from tests.support.http import client


@pytest.fixture(params=[-MINUTE // 2, MINUTE // 2], ids=["made by the slow clock", "made by the fast clock"])
def pair(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Iterator[Pair]:
    with pair_of_nodes(database.url.render_as_string(hide_password=False), tmp_path, request.param) as found:
        yield found


def test_no_verification_fails_through_a_whole_rotation_under_traffic(pair: Pair) -> None:
    callers = pair.callers()
    addresses = tuple(node.url for node in pair.nodes)
    orders = (addresses, addresses[::-1])
    clocks = [SkewedClock(pair.true, ahead) for ahead in (-MINUTE // 2, 0, MINUTE // 2)]
    keepers = [Keeper(clock, pair.http, order) for order in orders for clock in clocks]
    kept: list[tuple[Caller, str]] = []
    signed: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    published: defaultdict[str, list[set[str]]] = defaultdict(list)
    made: tuple[RingEntry, ...] = ()
    verified = 0
    for minute in range(60):
        if minute == 5:
            made = pair.rotate()
        if minute == 12:
            pair.carry(made)
        new = [(caller, caller.id_token()) for caller in callers]
        for caller, token in new:
            signed[caller.node.url, caller.algorithm].append(header(token)["kid"])
        # Judged when it is new, and when a portal's own clock and a minute of leeway allow it for the last time.
        kept += new
        ending = [(caller, token) for caller, token in kept if expires(token) < pair.true.now() - MINUTE // 2]
        kept = [one for one in kept if one not in ending]
        for keeper in keepers[: 1 + minute]:  # they come one after the other: their caches end at different times
            for caller, token in new + ending:
                assert keeper.verify(token, caller.algorithm)["aud"] == caller.portal.client_id
                verified += 1
        for node in pair.nodes:
            published[node.url].append(pair.kids(node))
        pair.later(MINUTE)
    fresh = {entry.kid for entry in made}
    first = published[pair.first.url][0]
    assert verified > 1_900
    for kids in signed.values():
        assert len(set(kids)) == 2, "each node signed with the old key and then with the new one"
        assert kids == sorted(kids, key=lambda kid: kid in fresh), "and never went back"
    for sets in published.values():
        changed = [seen for seen, before in pairwise([*sets, set[str]()]) if seen != before]
        assert changed == [first, first | fresh, fresh]
    assert all(keeper.fetched >= 4 for keeper in keepers)


def test_after_a_rotation_the_set_has_a_new_key_and_keeps_the_old_one(pair: Pair) -> None:
    """oidcc-server-rotate-keys: the suite compares the sets before and after; the old keys should stay."""
    before = pair.http.get(f"{pair.second.url}/oidc/jwks")
    made = pair.rotate()
    pair.later(MINUTE)
    after = pair.http.get(f"{pair.second.url}/oidc/jwks", headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]
    assert after.headers["cache-control"] == before.headers["cache-control"] == "public, max-age=600"
    kept = before.json()["keys"]
    assert after.json()["keys"][: len(kept)] == kept
    assert {key["kid"] for key in after.json()["keys"][len(kept) :]} == {entry.kid for entry in made}
    again = pair.http.get(f"{pair.second.url}/oidc/jwks", headers={"if-none-match": after.headers["etag"]})
    assert again.status_code == 304


def test_a_node_that_nobody_asks_follows_the_ring_too(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its clock stands still, so that no request reads the ring: only what runs beside the requests does."""
    monkeypatch.setattr(signing, "LOOK_SECONDS", 0.01)
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    with running_house(f"sqlite:///{tmp_path / 'idp.db'}", FakeClock(), tmp_path) as node, client() as http:
        made = {entry.kid for entry in make_next(node.house.database, tmp_path / "keys", SIGNING)}
        until = time.monotonic() + 10
        while not made <= {key["kid"] for key in http.get(f"{node.url}/oidc/jwks").json()["keys"]}:
            assert time.monotonic() < until, "it never looked"
