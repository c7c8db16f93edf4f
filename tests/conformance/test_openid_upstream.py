"""The third kind of upstream: another fund's OpenID provider, played by a second provider of ours with its own members.

PKCE, HTTP Basic, plain userinfo and endpoints found by discovery: nothing of FranceConnect's own ways.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from idp.demo.people import PEOPLE
from tests.flows.story import path, rows, says, shown
from tests.support.browser import Browser
from tests.support.clock import PassingClock
from tests.support.house import CARD, PASSWORD, Running, open_account, running_house, sign_in
from tests.support.upstream import free_port

THERE = "Poulain-noir-77"


@dataclass
class TwoFunds:
    """Ours, and the other one that we ask."""

    ours: Running
    theirs: Running

    @contextmanager
    def member(self) -> Iterator[tuple[Browser, Browser]]:
        """Open the windows of a member who is signed in at the other fund."""
        with self.ours.browser() as here, self.theirs.browser() as there:
            sign_in(there, THERE)
            yield here, there

    def press(self, here: Browser, there: Browser, action: str) -> None:
        """Press the button, pass the other fund, come back."""
        here.submit(action=action)
        there.get(here.trail[-1])
        here.get(there.trail[-1])


@pytest.fixture(scope="module")
def funds(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoFunds]:
    folder, clock, port = tmp_path_factory.mktemp("funds"), PassingClock(), free_port()
    with _house(sqlite_template, folder / "theirs", clock) as theirs:
        url = f"http://127.0.0.1:{port}"
        client = theirs.add_client(
            redirect_uris=[f"{url}/franceconnect/retour"],
            post_logout_redirect_uris=[f"{url}/franceconnect/deconnexion"],
            grant_types=["authorization_code"],
            scope="openid profile",
        )
        upstream = {
            "port": port,
            "franceconnect_issuer": theirs.url,
            "franceconnect_client_id": client,
            "franceconnect_client_secret": theirs.clients[client],
            "franceconnect_alg": "RS256",
            "franceconnect_profile": "openid",
            "franceconnect_name": "Caisse voisine",
        }
        with _house(sqlite_template, folder / "ours", clock, **upstream) as ours:
            open_account(theirs, word=THERE)
            open_account(ours)
            yield TwoFunds(ours, theirs)


@contextmanager
def _house(template: Path, folder: Path, clock: PassingClock, **settings: Any) -> Iterator[Running]:
    folder.mkdir()
    shutil.copyfile(template, folder / "idp.db")
    with running_house(f"sqlite:///{folder / 'idp.db'}", clock, folder, **settings) as running:
        yield running


def test_a_member_links_signs_in_and_signs_out_at_both(funds: TwoFunds) -> None:
    with funds.member() as (here, there):
        sign_in(here, PASSWORD)
        here.get("/franceconnect")
        funds.press(here, there, "/franceconnect")
        assert here.trail[-1].startswith(funds.theirs.url), "who only links is signed out there"
        there.get(here.trail[-1])
        here.get(there.trail[-1])
        assert says(here, "franceconnect.link.done", name="Caisse voisine")
    with funds.member() as (here, there):
        here.get("/connexion")
        assert "Caisse voisine" in shown(here).text
        funds.press(here, there, "/franceconnect/connexion")
        assert path(here) == "/espace"
        session = rows(funds.ours, "SELECT amr, acr FROM sessions WHERE ended_at IS NULL ORDER BY auth_time DESC")[0]
        assert session == ("fed", "urn:idp:acr:federated")
        here.submit(action="/deconnexion")
        there.get(shown(here).response.headers["refresh"].removeprefix("0;url="))
        there.get("/espace")
        assert path(there) == "/connexion"


def test_somebody_else_there_is_not_linked(funds: TwoFunds) -> None:
    other = next(person for person in PEOPLE if person.nir != CARD.nir and person.serial and person.photo)
    open_account(funds.ours, other, word=PASSWORD, mail="autre@courriel.example")
    with funds.member() as (here, there):
        sign_in(here, PASSWORD, other)
        here.get("/franceconnect")
        funds.press(here, there, "/franceconnect")
        there.get(here.trail[-1])
        here.get(there.trail[-1])
        assert says(here, "franceconnect.link.failed.text")
        assert path(here) == "/franceconnect"
