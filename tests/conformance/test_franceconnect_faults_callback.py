"""What goes wrong on the way back from FranceConnect (rows 1 to 8): nothing is redeemed, and nothing is told."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from idp.kernel.clock import MINUTE
from tests.conformance.faulty import OTHER, Faulty
from tests.conformance.upstream_faults import named
from tests.flows.story import says
from tests.support.house import PASSWORD, sign_in
from tests.support.upstream import CALLBACK, Traveller


def callback_of(traveller: Traveller) -> str:
    """Go as far as the door of the callback."""
    traveller.browser.get("/connexion")
    return traveller.set_out()


@pytest.mark.parametrize("name", named(1))
def test_fault_01_a_state_that_is_not_ours_redeems_nothing(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.mark.parametrize("visited", [True, False], ids=["with-cookies", "without-cookies"])
def test_fault_01_another_browser_uses_nothing_up(faulty: Faulty, visited: bool) -> None:
    before = faulty.kept()
    with faulty.house.traveller() as traveller, faulty.house.traveller() as stranger:
        callback = callback_of(traveller)
        if visited:
            stranger.browser.get("/connexion")
        stranger.browser.get(callback)
        assert (stranger.page.status, faulty.asked()) == (400, ())
        faulty.check(stranger, before, signed_in=False)
        assert traveller.browser.get(callback).path == "/espace", "its own browser still may"


def test_fault_02_without_its_cookies_a_callback_shows_a_page_to_start_again(faulty: Faulty) -> None:
    with faulty.house.traveller() as traveller:
        callback = callback_of(traveller)
        traveller.browser.client.cookies.clear()
        page = traveller.browser.get(callback)
        assert (page.status, page.path, faulty.asked()) == (400, CALLBACK, ())
        assert "refresh" not in page.response.headers
        assert any(href.startswith("/connexion") for href, _ in page.links), page.links
        assert traveller.enter().path == "/espace"


@pytest.mark.parametrize("name", named(3))
def test_fault_03_another_issuer_is_told_no_code(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.mark.parametrize("name", named(4))
def test_fault_04_an_answer_that_says_two_things_is_none(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


def test_fault_05_a_double_click_redeems_once(faulty: Faulty) -> None:
    with faulty.house.traveller() as traveller, ThreadPoolExecutor(2) as threads:
        callback = callback_of(traveller)
        client = traveller.browser.client
        answers = list(threads.map(client.get, [callback] * 2))
        assert sorted(answer.status_code for answer in answers) == [303, 400]
        assert faulty.asked() == ("token", "userinfo")


def test_fault_05_going_back_redeems_nothing_and_ends_nothing(faulty: Faulty) -> None:
    with faulty.house.traveller() as traveller:
        callback = callback_of(traveller)
        assert traveller.browser.get(callback).path == "/espace"
        page = traveller.browser.get(callback)
        assert page.status == 400
        assert says(traveller.browser, "franceconnect.failed.text")
        assert faulty.asked() == ("token", "userinfo")
        assert traveller.browser.get("/espace").path == "/espace"


@pytest.mark.parametrize("header", ["sec-purpose", "purpose", None], ids=["sec-purpose", "purpose", "head"])
def test_fault_05_a_look_ahead_uses_nothing_up(faulty: Faulty, header: str | None) -> None:
    with faulty.house.traveller() as traveller:
        callback = callback_of(traveller)
        client = traveller.browser.client
        looked = client.get(callback, headers={header: "prefetch"}) if header else client.head(callback)
        assert looked.status_code == 400
        assert (faulty.asked(), "idp_session" in client.cookies) == ((), False)
        assert traveller.browser.get(callback).path == "/espace"


def test_fault_06_after_36_minutes_the_way_back_leads_to_the_start(faulty: Faulty) -> None:
    before = faulty.kept()
    with faulty.house.traveller() as traveller:
        callback = callback_of(traveller)
        faulty.house.jump(36 * MINUTE)
        page = traveller.browser.get(callback)
        assert (page.status, faulty.asked()) == (400, ())
        assert any(href.startswith("/connexion") for href, _ in page.links), page.links
        faulty.check(traveller, before, signed_in=False)
        assert traveller.enter().path == "/espace"


@pytest.mark.parametrize("name", named(7))
def test_fault_07_an_error_is_neither_believed_nor_shown(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.mark.parametrize("length", [30_000, 100_000])
def test_fault_07_a_description_without_end_is_not_kept(faulty: Faulty, length: int) -> None:
    faulty.house.mock.fault("07-long-description")
    before = faulty.kept()
    with faulty.house.traveller() as traveller:
        callback = urlsplit(callback_of(traveller)[: length + 500])
        cookies = "; ".join(f"{name}={value}" for name, value in traveller.browser.client.cookies.items())
        said = f"GET {callback.path}?{callback.query} HTTP/1.1\r\nHost: {callback.netloc}\r\n"
        with socket.create_connection((callback.hostname, callback.port), timeout=10) as connection:
            connection.sendall(f"{said}Cookie: {cookies}\r\nConnection: close\r\n\r\n".encode())
            answered = connection.makefile("rb").read()
        assert answered.startswith(b"HTTP/1.1 400 ")
        assert b"dddddddd" not in answered
        assert faulty.asked() == ()
        faulty.check(traveller, before, signed_in=False)


def test_fault_07_an_error_uses_its_transaction_up(faulty: Faulty) -> None:
    with faulty.house.traveller() as traveller:
        callback = callback_of(traveller)
        mended = callback.replace("code=", "error=server_error&error_description=")
        assert traveller.browser.get(mended).status == 400
        assert traveller.browser.get(callback).status == 400
        assert faulty.asked() == ()


def test_fault_08_a_link_does_not_go_to_another_member_who_is_signed_in_now(faulty: Faulty) -> None:
    faulty.other_account()
    with faulty.unlinked(), faulty.house.traveller() as traveller:
        traveller.sign_in()
        traveller.browser.get("/franceconnect")
        callback = traveller.set_out("/franceconnect")
        traveller.browser.get("/espace")
        traveller.browser.submit(action="/deconnexion")
        sign_in(traveller.browser, PASSWORD, OTHER)
        before = faulty.kept()
        assert traveller.browser.get("/espace").path == "/espace"
        traveller.browser.get(callback)
        traveller.through()
        assert traveller.told == "refuse"
        assert faulty.kept() == before
        assert before["links"] == []


def test_fault_08_nor_to_the_same_member_in_a_later_session(faulty: Faulty) -> None:
    with faulty.unlinked(), faulty.house.traveller() as traveller:
        traveller.sign_in()
        traveller.browser.get("/franceconnect")
        callback = traveller.set_out("/franceconnect")
        traveller.browser.get("/espace")
        traveller.browser.submit(action="/deconnexion")
        traveller.sign_in(PASSWORD)
        traveller.browser.get(callback)
        traveller.through()
        assert traveller.told == "refuse"
        assert faulty.rows("SELECT * FROM upstream_links") == []
