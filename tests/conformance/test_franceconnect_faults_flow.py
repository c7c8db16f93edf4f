"""What goes wrong around FranceConnect's tokens (rows 34 to 42): where it is, who comes back, how they leave."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest

from idp.federation.transactions import Link
from idp.kernel.clock import MINUTE, SECOND
from idp.kernel.ids import new_id
from tests.conformance.faulty import Faulty
from tests.conformance.upstream_faults import REACTIONS, named
from tests.flows.story import says
from tests.support.browser import Page
from tests.support.house import CARD, MAIL, PASSWORD, sign_in
from tests.support.upstream import Federated, Traveller, key_of

ELSEWHERE = ("https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)")


@pytest.mark.parametrize("name", named(34))
def test_fault_34_metadata_are_believed_from_the_issuer_alone_and_the_layout_serves_meanwhile(
    faulty: Faulty, name: str
) -> None:
    faulty.cooled()
    faulty.meets(name)
    faulty.house.jump(MINUTE + SECOND)
    faulty.warm()
    assert len(faulty.house.mock.log("discovery")) == 3


@pytest.mark.parametrize("name", ["34-discovery-down", "34-discovery-close"])
def test_fault_34_a_house_starts_while_discovery_is_down(cold: Federated, name: str) -> None:
    cold.mock.fault(name)
    with cold.traveller() as traveller:
        assert traveller.enter().status == 403, "nobody is linked, all else is right"
        assert traveller.browser.get("/connexion").status == 200


def linked_as(faulty: Faulty, name: str | None, action: str = "") -> tuple[str, list[tuple[object, ...]]]:
    """Sign in here, try to link with a fault waiting; return what the page says, and the links there are."""
    with faulty.house.traveller() as traveller:
        traveller.sign_in()
        if name:
            faulty.house.mock.fault(name)
        traveller.link(action)
        assert faulty.asked()[-2:] == ("logout", "departure"), "the session upstream ends"
        return traveller.told, faulty.rows("SELECT account_id, sub FROM upstream_links")


@pytest.mark.parametrize("name", [*named(35), *named(38)])
def test_fault_35_38_somebody_else_on_a_shared_computer_signs_nobody_in(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.mark.parametrize("name", [*named(35), *named(38)])
def test_fault_35_38_somebody_else_on_a_shared_computer_is_not_linked(faulty: Faulty, name: str) -> None:
    with faulty.unlinked() as kept:
        assert linked_as(faulty, name) == ("refuse", [])
        faulty.replace_link(kept.account_id, kept.issuer, kept)
        for action in ("", "relink"):
            assert linked_as(faulty, name, action) == ("refuse", [(kept.account_id, kept.sub)])


def test_fault_36_an_identity_that_opens_another_account_is_not_taken_from_it(faulty: Faulty) -> None:
    other = faulty.other_account()
    with faulty.unlinked() as kept:
        faulty.replace_link(other, kept.issuer, Link(new_id(), other, kept.issuer, kept.sub, kept.acr, 0))
        assert linked_as(faulty, None) == ("pris", [(other, kept.sub)])
        faulty.replace_link(other, kept.issuer, None)


def test_fault_36_of_two_links_at_once_one_is_made(faulty: Faulty) -> None:
    with faulty.unlinked() as kept, faulty.house.traveller() as first, faulty.house.traveller() as second:
        callbacks = [at_the_door(traveller) for traveller in (first, second)]
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(lambda pair: pair[0].browser.get(pair[1]), zip((first, second), callbacks, strict=True)))
        told = []
        for traveller in (first, second):
            traveller.through()
            told.append(traveller.told)
        assert sorted(told) == ["deja", "lie"]
        assert faulty.rows("SELECT account_id, sub FROM upstream_links") == [(kept.account_id, kept.sub)]


def at_the_door(traveller: Traveller, action: str = "/franceconnect") -> str:
    """Set out, to link or to sign in, and return the callback."""
    if action == "/franceconnect":
        traveller.sign_in()
        traveller.browser.get(action)
    else:
        traveller.browser.get("/connexion")
    return traveller.set_out(action)


def test_fault_37_a_sub_that_was_corrected_opens_nothing(faulty: Faulty) -> None:
    for name in named(37):
        faulty.meets(name)


def test_fault_37_a_corrected_sub_is_linked_again_on_purpose_only(faulty: Faulty) -> None:
    with faulty.unlinked() as kept:
        faulty.replace_link(kept.account_id, kept.issuer, kept)
        accounts = faulty.kept()["accounts"]
        faulty.house.mock.civil_status(key_of(CARD), birthplace="59009")
        assert linked_as(faulty, None) == ("autre", [(kept.account_id, kept.sub)])
        told, links = linked_as(faulty, None, "relink")
        assert (told, [account for account, _ in links]) == ("lie", [kept.account_id])
        assert links[0][1] != kept.sub
        faulty.warm()
        faulty.house.mock.civil_status(key_of(CARD), birthplace=CARD.birthplace)
        with faulty.house.traveller() as traveller:
            assert traveller.enter().status == 403, "the sub of before opens nothing now"
        assert faulty.kept()["accounts"] == accounts


def test_fault_38_an_address_in_common_merges_nobody(faulty: Faulty) -> None:
    before = faulty.kept()
    faulty.house.mock.civil_status("un-prenom", email=MAIL)
    faulty.house.mock.citizen("un-prenom")
    with faulty.house.traveller() as traveller:
        assert traveller.enter().status == 403
        faulty.check(traveller, before, signed_in=False)
    asked = dict(map(tuple, faulty.house.mock.log("authorize")[-1]["query"]))
    assert "email" not in asked["scope"].split()


@pytest.mark.parametrize("target", ELSEWHERE)
def test_fault_39_the_way_ends_on_our_own_site(faulty: Faulty, target: str) -> None:
    with faulty.house.traveller() as traveller:
        traveller.browser.get("/connexion")
        traveller.browser.submit({"request": target}, action="/franceconnect/connexion")
        assert traveller.through().path == "/espace"
        ours = (traveller.browser.base, faulty.house.mock.base)
        assert [url for url in traveller.browser.trail if not url.startswith(ours)] == []


@pytest.mark.parametrize("name", named(40))
def test_fault_40_who_turns_back_is_where_they_were(faulty: Faulty, name: str) -> None:
    faulty.meets(name)
    with faulty.house.traveller() as traveller:
        traveller.sign_in()
        faulty.house.mock.fault(name)
        page = traveller.link()
        assert (page.path, page.status, traveller.told) == ("/franceconnect", 200, "")
        assert not says(traveller.browser, "franceconnect.link.failed.text")


def test_fault_40_of_two_tabs_the_last_one_counts(faulty: Faulty) -> None:
    with faulty.house.traveller() as traveller:
        first = at_the_door(traveller, "/franceconnect/connexion")
        second = at_the_door(traveller, "/franceconnect/connexion")
        assert traveller.browser.get(first).status == 400
        assert faulty.asked() == ()
        assert traveller.browser.get(second).path == "/espace"


def test_fault_40_a_way_that_was_left_does_not_stand_in_the_way_of_the_next(faulty: Faulty) -> None:
    with faulty.house.traveller() as traveller:
        at_the_door(traveller, "/franceconnect/connexion")
        traveller.sign_in()
        assert traveller.page.path == "/espace"
        traveller.browser.submit(action="/deconnexion")
        assert traveller.enter().path == "/espace"


@pytest.mark.parametrize("name", named(41))
def test_fault_41_the_session_here_is_over_before_the_one_upstream(faulty: Faulty, name: str) -> None:
    with faulty.house.traveller() as traveller, faulty.house.traveller() as thief:
        traveller.enter()
        thief.browser.client.cookies.update(traveller.browser.client.cookies)
        assert thief.browser.get("/espace").path == "/espace", "the cookie is the session"
        faulty.house.mock.fault(name)
        traveller.browser.submit(action="/deconnexion")
        assert thief.browser.get("/espace").path == "/connexion"
        page = leave(traveller)
        assert (page.path, page.status) == (REACTIONS[name].path, REACTIONS[name].status)
        assert traveller.browser.get("/espace").path == "/connexion"
        assert traveller.enter().path == "/espace"


def leave(traveller: Traveller) -> Page:
    """Go through the logout upstream; where it has no page to press a button on, ours stays in the window."""
    there = Page(traveller.upstream.get(traveller.page.response.headers["refresh"].removeprefix("0;url=")))
    if there.status != 200:
        return traveller.page
    form = there.forms[0]
    back = traveller.upstream.post(urljoin(there.url, form.action), data=form.fields).headers["location"]
    assert urlsplit(back).path == "/franceconnect/deconnexion"
    assert parse_qs(urlsplit(back).query).get("state") in (None, ["another-state"])
    return traveller.browser.get(back)


@pytest.mark.parametrize("target", ELSEWHERE)
def test_fault_41_no_state_of_another_hand_leads_anywhere(faulty: Faulty, target: str) -> None:
    with faulty.house.traveller() as traveller:
        assert traveller.browser.client.get("/franceconnect/deconnexion", params={"state": target}).headers[
            "location"
        ].endswith("/deconnexion")


@pytest.mark.parametrize("name", named(42))
def test_fault_42_a_token_of_another_moment_alarms_the_operator(faulty: Faulty, name: str) -> None:
    faulty.meets(name)
    (alarm,) = faulty.events("federation.clock")
    assert (alarm["level"], abs(alarm["seconds_apart"]) >= 30) == ("error", True)


@pytest.mark.parametrize("ours_is", [90, -90], ids=["fast", "slow"])
def test_fault_42_our_clock_apart_alarms_the_operator(faulty: Faulty, ours_is: int) -> None:
    faulty.warm()
    assert faulty.events("federation.clock") == []
    if ours_is > 0:
        faulty.house.clock.advance(ours_is * SECOND)
    else:
        faulty.house.mock.clock(faulty.house.clock.instant / SECOND - ours_is)
    before = faulty.kept()
    with faulty.house.traveller() as traveller:
        assert (traveller.enter().status, faulty.asked()) == (400, ("token",))
        faulty.check(traveller, before, signed_in=False)
        sign_in(traveller.browser, PASSWORD)
        assert traveller.page.path == "/espace", "the own sign-in does not mind"
    (alarm,) = faulty.events("federation.clock")
    assert (alarm["seconds_apart"] < 0) is (ours_is > 0)
    faulty.house.jump(0)
    faulty.warm()
