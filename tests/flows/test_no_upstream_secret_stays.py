"""Laws 3 and 5 upstream: nothing FranceConnect and we told each other in confidence is kept readable, or logged."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from idp.kernel.clock import DAY, HOUR
from idp.storage.sweep import sweep
from idp.storage.tables import metadata
from tests.flows.story import rows
from tests.support.franceconnect import SECRET
from tests.support.house import BACK, CARD
from tests.support.upstream import Federated, federated_house


@pytest.fixture
def federated(sqlite_template: Path, tmp_path: Path) -> Iterator[Federated]:
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    with federated_house(f"sqlite:///{tmp_path / 'idp.db'}", tmp_path) as house:
        yield house


def kept(federated: Federated) -> str:
    """Return every readable value of the store as one text."""
    with federated.running.house.database.begin(write=False) as connection:
        return "\n".join(
            repr(tuple(row)) for table in metadata.sorted_tables for row in connection.execute(select(table))
        )


def told_in_confidence(federated: Federated, trail: list[str]) -> dict[str, str]:
    """Return what went over the wire and the address bar, by name."""
    secrets = {"client secret": SECRET}
    for place, address in enumerate(trail):
        for name, values in parse_qs(urlsplit(address).query).items():
            if name in ("state", "nonce", "code", "id_token_hint"):
                secrets[f"{name} {place}"] = values[0]
    for place, entry in enumerate(federated.mock.log()):
        if entry["authorization"]:
            secrets[f"access token {place}"] = entry["authorization"].removeprefix("Bearer ")
    return secrets


def test_nothing_readable_stays_of_a_way_upstream(federated: Federated, logged: StringIO) -> None:
    federated.link()
    with federated.traveller() as traveller, federated.traveller() as refused:
        traveller.enter()
        federated.mock.fault("28-sub-other")
        refused.enter()
        federated.choose(BACK)
        refused.enter()
        during = kept(federated)
        traveller.browser.submit(action="/deconnexion")
        traveller.through()
        secrets = told_in_confidence(federated, traveller.browser.trail + refused.browser.trail)
        cookies = {**traveller.browser.client.cookies, **refused.browser.client.cookies}
    assert {name.split(" ")[0] for name in secrets} >= {"state", "nonce", "code", "id_token_hint", "access", "client"}
    events = logged.getvalue()
    for name, secret in {**secrets, **cookies}.items():
        for where, text in (("store", during), ("store afterwards", kept(federated)), ("log", events)):
            assert secret not in text, f"{name} in the {where}"
    for told in ("VASSEUR", CARD.nir):
        assert told not in events
    assert rows(federated.running, "SELECT id_token FROM upstream_sessions")[0][0] is not None, "it was there, sealed"


def test_what_is_over_is_swept(federated: Federated) -> None:
    federated.link()
    with federated.traveller() as traveller:
        traveller.enter()
        sweep(federated.running.house.database)
        assert rows(federated.running, "SELECT count(*) FROM upstream_sessions") == [(1,)]
        traveller.browser.submit(action="/deconnexion")
    sweep(federated.running.house.database)
    assert rows(federated.running, "SELECT count(*) FROM upstream_sessions") == [(0,)], "kept for the session's life"
    assert rows(federated.running, "SELECT count(*) FROM upstream_transactions") == [(2,)]
    federated.jump(DAY + HOUR)
    sweep(federated.running.house.database)
    assert rows(federated.running, "SELECT count(*) FROM upstream_transactions") == [(0,)]
    assert rows(federated.running, "SELECT count(*) FROM upstream_links") == [(1,)]
