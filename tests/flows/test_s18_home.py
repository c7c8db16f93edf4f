"""S18: the home page of the private space: the latest payments, and all the online services."""

from __future__ import annotations

from idp.demo.people import PEOPLE
from idp.demo.person import Person
from idp.kernel.clock import paris_date
from idp.web.french import amount, day
from tests.flows.story import plain, says, shown
from tests.support.browser import Browser
from tests.support.house import BACK, CARD, PASSWORD, Running, open_account, sign_in

UNPAID = next(person for person in PEOPLE if person.birth_name == "Pietralba")
TILE = {"title": "Terres et Projets", "text": "Vos projets", "order": 1, "profiles": ["particulier"]}


def enter(running: Running, browser: Browser, person: Person) -> None:
    open_account(running, person)
    sign_in(browser, PASSWORD, person)


def test_the_member_is_greeted_by_name(light: Running, browser: Browser) -> None:
    enter(light, browser, CARD)
    assert says(browser, "space.home.title", name="Camille Vasseur")


def test_the_payments_of_six_months_are_shown_newest_first(light: Running, browser: Browser) -> None:
    enter(light, browser, BACK)
    (pension,) = BACK.payments
    dates = [day(date) for date in pension.dates(paris_date(light.clock.now()))]
    text = shown(browser).text
    assert plain(amount(pension.cents)) in text
    recent = [date for date in dates if date in text]
    assert recent == dates[: len(recent)], "nothing in between is left out"
    assert 5 <= len(recent) <= 6
    assert [text.index(date) for date in recent] == sorted(text.index(date) for date in recent)


def test_without_a_payment_the_page_says_so(light: Running, browser: Browser) -> None:
    enter(light, browser, UNPAID)
    assert says(browser, "space.payments.empty")


def test_without_a_service_the_page_says_so(light: Running, browser: Browser) -> None:
    enter(light, browser, CARD)
    assert says(browser, "space.services.empty")


def test_a_portal_with_a_tile_is_one_click_away_for_its_profiles_alone(light: Running, browser: Browser) -> None:
    light.add_client(initiate_login_uri="https://portail.example/login", idp_tile=TILE)
    light.add_client(
        client_name="Exploitants",
        initiate_login_uri="https://autre.example/login",
        idp_tile={**TILE, "title": "Ma ferme", "profiles": ["exploitant"]},
    )
    enter(light, browser, CARD)
    tiles = [href for href, word in shown(browser).links if word == "Terres et Projets"]
    assert len(tiles) == 1
    assert tiles[0].startswith("https://portail.example/login")
    assert "Ma ferme" not in shown(browser).text
