"""What a thief, a stranger or a bad day makes of FranceConnect's pages; each was seen to work once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.accounts import freeze
from idp.accounts.grammar import Fit
from idp.accounts.throttle import UPSTREAM_SOURCE
from idp.storage.attempts import SqlAttempts
from tests.conformance.world import World
from tests.flows.story import enroll_to, path, rows, says, shown
from tests.support.browser import Browser
from tests.support.house import BACK, CARD, PASSWORD, Running, open_account
from tests.support.portal import Refused
from tests.support.upstream import Federated, federated_house

UNKNOWN = "2530749588157"


@pytest.fixture
def federated(sqlite_template: Path, tmp_path: Path) -> Iterator[Federated]:
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    with federated_house(f"sqlite:///{tmp_path / 'idp.db'}", tmp_path) as house:
        yield house


@pytest.fixture
def uniform(sqlite_template: Path, tmp_path: Path) -> Iterator[Federated]:
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    url = f"sqlite:///{tmp_path / 'idp.db'}"
    with federated_house(url, tmp_path, enrollment_disclosure="uniform") as house:
        yield house


def shut(running: Running) -> None:
    """Let an agent shut every account there is."""
    accounts = rows(running, "SELECT id FROM accounts")
    with running.house.begin() as unit:
        for (account,) in accounts:
            unit.freezing.freeze(str(account), running.clock.now())


def test_a_word_in_the_address_is_no_fault_without_franceconnect(browser: Browser) -> None:
    enroll_to(browser, "verification")
    page = browser.get("/inscription/verification?franceconnect=refuse")
    assert page.status == 200
    assert "FranceConnect" not in page.text


def test_where_all_see_the_same_a_frozen_account_does_not_show(uniform: Federated) -> None:
    open_account(uniform.running)
    shut(uniform.running)
    pages = []
    for nir in (CARD.nir, UNKNOWN):
        with uniform.traveller() as traveller:
            browser = traveller.browser
            browser.get("/inscription")
            seen = [browser.submit(answer) for answer in ({"profile": "particulier"}, {"nir": nir}, {})]
            seen.append(browser.submit({"email": "a@courriel.example", "phone": "06 39 98 12 34"}))
            browser.submit(action="/franceconnect/preuve")
            pages.append([["S’identifier avec" in page.text for page in seen], traveller.last.split("?")[0]])
    assert pages[0] == pages[1]
    assert pages[0][1] == f"{uniform.mock.issuer}/authorize"


def test_a_frozen_member_proves_nothing_by_an_identity(uniform: Federated) -> None:
    open_account(uniform.running)
    shut(uniform.running)
    uniform.choose(CARD)
    with uniform.traveller() as traveller:
        browser = traveller.browser
        browser.get("/inscription")
        for answer in ({"profile": "particulier"}, {"nir": CARD.nir}, {}):
            browser.submit(answer)
        browser.submit({"email": "a@courriel.example", "phone": "06 39 98 12 34"})
        traveller.press("/franceconnect/preuve")
        assert path(browser) == "/inscription/verification"
    assert rows(uniform.running, "SELECT upstream_sub FROM enrollments WHERE upstream_sub IS NOT NULL") == []


def test_unlinking_ends_what_portals_keep_for_months(federated: Federated) -> None:
    federated.link()
    world = World(federated.running)
    portal = world.portal(scope="openid offline_access")
    with federated.traveller() as thief, federated.traveller() as member:
        thief.enter()
        tokens = world.tokens(portal, thief.browser, scope="openid offline_access")
        thief.browser.submit(action="/deconnexion", page=thief.browser.get("/mon-compte"))
        assert portal.refresh(str(tokens.refresh)).access, "it outlives the session"
        member.sign_in()
        kept = world.tokens(portal, member.browser, scope="openid offline_access")
        member.browser.get("/franceconnect")
        member.browser.submit({"action": "unlink"}, action="/franceconnect")
    with pytest.raises(Refused):
        portal.refresh(str(tokens.refresh))
    assert portal.refresh(str(kept.refresh)).access, "what the own password gave stays"
    world.close()


def test_one_source_sets_out_so_often_and_no_more(federated: Federated) -> None:
    federated.choose(CARD)
    with federated.traveller() as traveller:
        attempts = SqlAttempts(federated.running.house.database)
        while attempts.take("upstream:source:127.0.0.1", UPSTREAM_SOURCE) is None:
            pass
        traveller.browser.get("/connexion")
        page = traveller.browser.submit(action="/franceconnect/connexion")
        assert page.status == 429
        assert int(page.response.headers["retry-after"]) > 0
        assert rows(federated.running, "SELECT count(*) FROM upstream_transactions") == [(0,)]


def test_an_enrollment_by_franceconnect_is_told_to_the_address_on_record(federated: Federated) -> None:
    federated.choose(CARD)
    with federated.traveller() as traveller:
        enroll_to(traveller.browser, "verification")
        traveller.press("/franceconnect/preuve")
        traveller.browser.submit({"accept": "yes"})
        assert path(traveller.browser) == "/mot-de-passe"
    codes = federated.running.letters()
    assert [freeze.fit(code) for code in codes] == [Fit.RIGHT], "one letter, with a code that freezes"
    assert federated.running.deliver() == [], "and no password is sent"
    with federated.traveller() as member:
        member.browser.get("/securite/gel")
        member.browser.submit({"code": codes[0]})
        assert path(member.browser) == "/securite/gel/fait"


def test_a_seal_that_no_longer_opens_keeps_nobody_signed_in(federated: Federated) -> None:
    federated.link()
    with federated.traveller() as traveller:
        traveller.enter()
        with federated.running.house.database.begin() as connection:
            connection.exec_driver_sql("UPDATE upstream_sessions SET id_token = x'0102'")
        traveller.browser.submit(action="/deconnexion")
        assert path(traveller.browser) == "/deconnexion"
        traveller.browser.get("/espace")
        assert path(traveller.browser) == "/connexion"


def test_the_page_of_the_link_says_what_is_and_not_what_the_address_says(federated: Federated) -> None:
    federated.link()
    open_account(federated.running, BACK, mail="henri@courriel.example")
    for person, linked in ((CARD, True), (BACK, False)):
        with federated.traveller() as traveller:
            traveller.sign_in(PASSWORD, person)
            for word, message, fits in (
                ("lie", "franceconnect.link.done", linked),
                ("deja", "franceconnect.link.already", linked),
                ("delie", "franceconnect.unlink.done", not linked),
                ("autre", "franceconnect.link.other", linked),
            ):
                traveller.browser.get(f"/franceconnect?fait={word}")
                assert says(traveller.browser, message, name="FranceConnect") is fits, (word, linked)
            traveller.browser.get("/franceconnect?fait=refuse&code=<b>x</b>AB")
            assert "<b>x" not in shown(traveller.browser).response.text


def test_whoever_signs_out_while_it_is_down_may_go_on_at_once(federated: Federated) -> None:
    federated.link()
    world = World(federated.running)
    portal = world.portal()
    with federated.traveller() as traveller:
        traveller.enter()
        tokens = world.tokens(portal, traveller.browser)
        back = "http://127.0.0.1:9/fini"
        page = traveller.browser.get(portal.logout_url(tokens.id_token, post_logout_redirect_uri=back, state="s"))
        assert f"{back}?state=s" in [href for href, _ in page.links]
        traveller.browser.get("/espace")
        assert path(traveller.browser) == "/connexion"
    world.close()
