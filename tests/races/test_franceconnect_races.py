"""Links and federated sessions against everything at the same moment, on both databases: one wins, one is told."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from idp.demo.person import Person
from idp.storage.database import Database
from tests.flows.story import path, rows, says
from tests.races.scene import owe_a_mail, together
from tests.support.browser import Browser
from tests.support.house import BACK, CARD, PASSWORD, change_password, open_account, sign_in
from tests.support.upstream import Federated, Traveller, federated_house

ROUNDS = 3


@pytest.fixture
def federated(database: Database, tmp_path: Path) -> Iterator[Federated]:
    with federated_house(database.url.render_as_string(hide_password=False), tmp_path) as house:
        yield house


def at_the_callback(federated: Federated, traveller: Traveller, person: Person) -> str:
    """Sign in and set out to link; return the callback that comes."""
    traveller.sign_in(PASSWORD, person)
    traveller.browser.get("/franceconnect")
    federated.choose(CARD)
    return traveller.set_out("/franceconnect")


def come_back(traveller: Traveller, callback: str) -> str:
    """Come back from upstream; return what the page of the link says then."""
    traveller.browser.get(callback)
    traveller.through()
    return traveller.told


def is_in(browser: Browser) -> bool:
    return browser.client.get("/espace").status_code == 200


def test_of_two_members_one_links_the_identity_and_the_other_is_told(federated: Federated) -> None:
    """One person whom the file has twice, under two numbers: both records fit."""
    open_account(federated.running, CARD)
    open_account(federated.running, BACK, mail="henri@courriel.example")
    with federated.running.house.database.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE members SET birth_name = 'Vasseur', given_names = 'Camille Louise', birthdate = '1985-03-14' "
            "WHERE birth_name = 'Delaunoy'"
        )
    for _ in range(ROUNDS):
        with federated.traveller() as one, federated.traveller() as other:
            doors = [(one, at_the_callback(federated, one, CARD)), (other, at_the_callback(federated, other, BACK))]
            told = together(*(partial(come_back, *door) for door in doors))
            assert sorted(told) == ["lie", "pris"]
            assert len(rows(federated.running, "SELECT * FROM upstream_links")) == 1
            loser = doors[told.index("pris")][0]
            assert says(loser.browser, "franceconnect.link.taken", name="FranceConnect", phone="03 53 01 24 60")
        with federated.running.house.database.begin() as connection:
            connection.exec_driver_sql("DELETE FROM upstream_links")


def visit(traveller: Traveller, callback: str) -> None:
    """Come back from upstream to sign in."""
    traveller.browser.get(callback)


def unlink(traveller: Traveller) -> None:
    traveller.browser.submit({"action": "unlink"}, action="/franceconnect")


def test_an_unlinked_identity_opens_nothing_however_close_it_was(federated: Federated) -> None:
    open_account(federated.running)
    for _ in range(ROUNDS):
        with federated.traveller() as member, federated.traveller() as entering:
            member.sign_in()
            federated.choose(CARD)
            member.link()
            assert member.told == "lie"
            entering.browser.get("/connexion")
            callback = entering.set_out()
            member.browser.get("/franceconnect")
            together(partial(unlink, member), partial(visit, entering, callback))
            assert not is_in(entering.browser)
            assert is_in(member.browser)
            assert rows(federated.running, "SELECT * FROM upstream_links") == []


def test_a_frozen_account_is_opened_by_nobody_however_close_it_was(federated: Federated) -> None:
    federated.link()
    for _ in range(ROUNDS):
        with federated.traveller() as entering:
            entering.browser.get("/connexion")
            callback = entering.set_out()

            together(partial(freeze, federated, on=True), partial(visit, entering, callback))
            assert not is_in(entering.browser)
            freeze(federated, on=False)
            assert not is_in(entering.browser), "what was opened before the freeze stays worth nothing"


@pytest.mark.parametrize("way", ["to link", "to sign in"])
def test_one_callback_twice_at_one_moment_is_redeemed_once(federated: Federated, way: str) -> None:
    if way == "to sign in":
        federated.link()
    else:
        open_account(federated.running)
    for _ in range(ROUNDS):
        federated.fresh()
        federated.choose(CARD)
        with federated.traveller() as traveller:
            if way == "to sign in":
                traveller.browser.get("/connexion")
                callback = traveller.set_out()
            else:
                callback = at_the_callback(federated, traveller, CARD)
            answers = together(*(partial(traveller.browser.client.get, callback) for _ in range(3)))
            assert sorted(answer.status_code for answer in answers) == [303, 400, 400]
            assert len(federated.mock.log("token")) == 1
            assert len(rows(federated.running, "SELECT * FROM upstream_links")) == 1
            assert is_in(traveller.browser), "who was told that it failed is signed in all the same"


def test_a_change_of_password_at_that_moment_leaves_nothing_of_before_open(federated: Federated) -> None:
    """A lost password is set anew while somebody comes in by the identity: before it, and it ends; or after it."""
    federated.link()
    running = federated.running
    for turn in range(ROUNDS):
        with federated.traveller() as entering, running.browser() as changing, federated.traveller() as inside:
            inside.enter()
            assert is_in(inside.browser)
            entering.browser.get("/connexion")
            callback = entering.set_out()
            owe_a_mail(running)
            sign_in(changing, running.deliver()[-1])
            change = partial(change_password, changing, f"Moisson-jaune-{turn}-Aa")
            together(change, partial(visit, entering, callback))
            assert is_in(changing)
            assert not is_in(inside.browser), "what was open before is over"
            assert is_in(entering.browser) is federated_since_the_change(federated)


def federated_since_the_change(federated: Federated) -> bool:
    """Tell whether a federated session of the current epoch lives."""
    found = "SELECT count(*) FROM sessions s JOIN accounts a ON a.id = s.account_id AND a.epoch = s.epoch "
    return bool(rows(federated.running, f"{found} WHERE s.amr = 'fc' AND s.ended_at IS NULL")[0][0])


def test_of_a_link_and_a_freeze_at_that_moment_nothing_opens_the_account(federated: Federated) -> None:
    open_account(federated.running)
    account = str(rows(federated.running, "SELECT id FROM accounts")[0][0])
    for _ in range(ROUNDS):
        with federated.traveller() as linking, federated.traveller() as entering:
            callback = at_the_callback(federated, linking, CARD)
            shut = partial(freeze, federated, on=True, account=account)
            told, _ = together(partial(come_back, linking, callback), shut)
            kept = rows(federated.running, "SELECT * FROM upstream_links")
            assert (told == "lie") is (len(kept) == 1), "who was told so is linked, and nobody else"
            assert not is_in(linking.browser)
            entering.enter()
            assert not is_in(entering.browser)
            freeze(federated, on=False, account=account)
            assert not is_in(linking.browser)
        with federated.running.house.database.begin() as connection:
            connection.exec_driver_sql("DELETE FROM upstream_links")


def freeze(federated: Federated, *, on: bool, account: str = "") -> None:
    """Let an agent shut an account, the one that is linked unless told, or open it again."""
    account = account or str(rows(federated.running, "SELECT account_id FROM upstream_links")[0][0])
    with federated.running.house.begin() as unit:
        freezing = unit.freezing
        assert freezing.freeze(account, federated.clock.now()) if on else freezing.thaw(account)


def test_one_number_is_proven_once_by_two_windows(federated: Federated) -> None:
    """Two windows of one browser come back with the same proof: one goes on, the other finds the step done."""
    federated.choose(CARD)
    with federated.traveller() as traveller:
        _to_the_question(traveller.browser)
        callback = traveller.set_out("/franceconnect/preuve")
        answers = together(*(partial(traveller.browser.client.get, callback) for _ in range(3)))
        assert len(federated.mock.log("token")) == 1
        assert sorted(answer.status_code for answer in answers) == [303, 400, 400]
        traveller.browser.get("/inscription/reprendre")
        assert path(traveller.browser) == "/inscription/conditions"


def _to_the_question(browser: Browser) -> None:
    browser.get("/inscription")
    answers: tuple[dict[str, str], ...] = (
        {"profile": "particulier"}, {"nir": CARD.nir}, {}, {"email": "c@courriel.example", "phone": "06 39 98 12 34"}
    )  # fmt: skip
    for answer in answers:
        browser.submit(answer)
    assert path(browser) == "/inscription/verification"
