"""Laws 3 and 5 upstream: nothing FranceConnect and we told each other in confidence is kept readable, or logged."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from idp.kernel.clock import DAY, HOUR
from idp.storage.database import Database
from idp.storage.sweep import sweep
from idp.storage.tables import metadata
from tests.flows.story import enroll_to, path, rows
from tests.support.browser import Browser
from tests.support.franceconnect import SECRET
from tests.support.house import BACK, CARD, PASSWORD, change_password
from tests.support.upstream import Federated, Traveller, federated_house


@pytest.fixture
def federated(database: Database, tmp_path: Path) -> Iterator[Federated]:
    with federated_house(database.url.render_as_string(hide_password=False), tmp_path) as house:
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


def enrolled(traveller: Traveller) -> None:
    """Enroll by FranceConnect, up to the own password; its first answer is not to be trusted."""
    enroll_to(traveller.browser, "verification")
    traveller.mock.fault("18-broken-signature")
    traveller.press("/franceconnect/preuve")
    assert path(traveller.browser) == "/inscription/verification"
    traveller.press("/franceconnect/preuve")
    assert path(traveller.browser) == "/inscription/conditions"
    traveller.browser.submit({"accept": "yes"})
    change_password(traveller.browser)
    assert path(traveller.browser) == "/espace"


def test_nothing_readable_stays_of_an_enrollment(federated: Federated, logged: StringIO) -> None:
    federated.choose(CARD)
    with federated.traveller() as traveller:
        enrolled(traveller)
        secrets = told_in_confidence(federated, traveller.browser.trail)
        cookies = dict(traveller.browser.client.cookies)
    assert {name.split(" ")[0] for name in secrets} >= {"state", "nonce", "code", "id_token_hint", "access"}
    told, events = kept(federated), logged.getvalue()
    for name, secret in {**secrets, **cookies, "number": CARD.nir, "password": PASSWORD}.items():
        assert secret not in told, f"{name} in the store"
        assert secret not in events, f"{name} in the log"


def test_of_an_identity_that_was_unlinked_nothing_stays(federated: Federated, logged: StringIO) -> None:
    """It proved the member, opened sessions here and there, and was refused once: then it is nowhere."""
    federated.choose(CARD)
    with federated.traveller() as member, federated.traveller() as other, federated.traveller() as unfinished:
        enrolled(member)
        ((sub,),) = rows(federated.running, "SELECT sub FROM upstream_links")
        enter(other)
        other.browser.get("/espace")
        unfinished.browser.get("/connexion")
        unfinished.set_out()
        assert str(sub) in kept(federated)
        member.browser.get("/franceconnect")
        member.browser.submit({"action": "unlink"}, action="/franceconnect")
        member.through()
        enter(other, welcome=False)
        assert str(sub) not in kept(federated)
        assert str(sub) not in logged.getvalue()
        assert is_in(member.browser)
        assert not is_in(other.browser)


def enter(traveller: Traveller, *, welcome: bool = True) -> None:
    """Come from upstream to sign in."""
    traveller.enter()
    assert (path(traveller.browser) == "/espace") is welcome


def is_in(browser: Browser) -> bool:
    return browser.client.get("/espace").status_code == 200


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
