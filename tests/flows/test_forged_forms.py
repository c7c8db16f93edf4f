"""Forms that do not come from a page of ours, in this browser, in time: refused, on a page, with nothing done."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from idp.kernel.clock import HOUR, MINUTE
from idp.kernel.tickets import Purpose, Tickets
from tests.flows.story import PHONE, enroll_to, path, rows, says, shown
from tests.support.browser import Browser, Page
from tests.support.house import CARD, MAIL, PASSWORD, Running, change_password, enroll, open_account, sign_in

ROUTES = (
    "/inscription",
    "/inscription/retour",
    "/inscription/coordonnees",
    "/connexion",
    "/mot-de-passe",
    "/conditions",
    "/mon-compte",
    "/deconnexion",
)
FOREIGN = {
    "another site": {"origin": "https://ailleurs.example"},
    "another port": {"origin": "http://127.0.0.1:1"},
    "another scheme": {"origin": "https://127.0.0.1"},
    "no origin of its own": {"origin": "null"},
    "cross-site": {"sec-fetch-site": "cross-site"},
    "same site only": {"sec-fetch-site": "same-site"},
}
Forge = Callable[[Running, Browser, dict[str, str]], Page]


def fields_of(page: Page) -> dict[str, str]:
    return {**page.form().fields, "email": MAIL, "phone": PHONE}


def with_token(token: str) -> Forge:
    return lambda _running, browser, fields: browser.post("/inscription/coordonnees", {**fields, "form_token": token})


def with_version(version: str) -> Forge:
    return lambda _running, browser, fields: browser.post("/inscription/coordonnees", {**fields, "version": version})


def of_another_browser(running: Running, browser: Browser, fields: dict[str, str]) -> Page:
    with running.browser() as other:
        token = other.get("/connexion").form().fields["form_token"]
    return browser.post("/inscription/coordonnees", {**fields, "form_token": token})


def for_another_purpose(running: Running, browser: Browser, fields: dict[str, str]) -> Page:
    key = next(key.material for key in running.house.keys if key.purpose == "tickets")
    value = Tickets(key).read(Purpose.FORM, fields["form_token"], 3600)
    return browser.post("/inscription/coordonnees", {**fields, "form_token": Tickets(key).sign(Purpose.LOGOUT, value)})


def without_cookies(_running: Running, browser: Browser, fields: dict[str, str]) -> Page:
    kept = dict(browser.client.cookies)
    browser.client.cookies.clear()
    page = browser.post("/inscription/coordonnees", fields)
    browser.client.cookies.clear()
    browser.client.cookies.update(kept)
    return page


def with_another_browser_s_enrollment(running: Running, browser: Browser, fields: dict[str, str]) -> Page:
    with running.browser() as other:
        enroll_to(other, "identifiant")
        other.post("/inscription/coordonnees", fields)
        return Page(other.client.post("/inscription/coordonnees", data=fields))


def expired(running: Running, browser: Browser, fields: dict[str, str]) -> Page:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("idp.web.shell.FORM_LIFE", -1)
        return browser.post("/inscription/coordonnees", fields)


FORGERIES: dict[str, tuple[Forge, int]] = {
    "no token": (with_token(""), 400),
    "a made-up token": (with_token("ImFiYyI.aaaa.bbbb"), 400),
    "a huge token": (with_token("A" * 5000), 400),
    "a token of another browser": (of_another_browser, 400),
    "a ticket for another purpose": (for_another_purpose, 400),
    "a token past its twelve hours": (expired, 400),
    "a browser that lost its cookies": (without_cookies, 403),
    "another browser's form": (with_another_browser_s_enrollment, 400),
    "no version": (with_version(""), 409),
    "an earlier version": (with_version("1"), 409),
    "a later version": (with_version("99"), 409),
    "a negative version": (with_version("-1"), 409),
    "a version in words": (with_version("trois"), 409),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_answer_is_refused_and_the_member_goes_on(light: Running, browser: Browser, forgery: str) -> None:
    enroll_to(browser, "coordonnees")
    fields = fields_of(shown(browser))
    forge, status = FORGERIES[forgery]
    answer = forge(light, browser, fields)
    assert answer.status == status
    assert "html" in answer.response.headers["content-type"]
    assert rows(light, "SELECT email FROM enrollments WHERE email IS NOT NULL") == []
    browser.post("/inscription/coordonnees", fields)
    assert path(browser) == "/inscription/verification"


def test_no_form_of_ours_is_taken_from_a_foreign_page(light: Running, browser: Browser) -> None:
    enroll_to(browser, "coordonnees")
    fields = fields_of(shown(browser))
    statuses = {
        (route, name): browser.post(route, fields, headers).status
        for route in ROUTES
        for name, headers in FOREIGN.items()
    }
    assert {key: status for key, status in statuses.items() if status != 403} == {}
    browser.post("/inscription/coordonnees", fields)
    assert path(browser) == "/inscription/verification"


@pytest.mark.parametrize("route", ROUTES)
def test_no_route_of_ours_takes_a_form_without_its_token(browser: Browser, route: str) -> None:
    browser.get("/connexion")
    assert browser.post(route, {"identifier": CARD.nir, "password": PASSWORD}).status == 400


@pytest.mark.parametrize(
    "headers",
    [{}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}],
    ids=["an old browser", "our page", "typed by hand"],
)
def test_our_own_page_is_taken(browser: Browser, headers: dict[str, str]) -> None:
    enroll_to(browser, "coordonnees")
    browser.post("/inscription/coordonnees", fields_of(shown(browser)), headers)
    assert path(browser) == "/inscription/verification"


def test_a_whole_request_replayed_sends_nothing_twice(light: Running, browser: Browser) -> None:
    enroll_to(browser, "conditions")
    fields, cookies = {**shown(browser).form().fields, "accept": "yes"}, dict(browser.client.cookies)
    statuses = []
    for _ in range(3):
        browser.client.cookies.clear()
        browser.client.cookies.update(cookies)
        statuses.append(browser.client.post("/inscription/conditions", data=fields).status_code)
    assert statuses == [303, 409, 409]
    assert len(light.deliver()) == 1


def test_a_replayed_change_of_password_changes_nothing(light: Running, browser: Browser) -> None:
    enroll(browser)
    sign_in(browser, light.deliver()[-1])
    change, cookies = shown(browser), dict(browser.client.cookies)
    change_password(browser)
    hashed = rows(light, "SELECT hash FROM passwords")
    browser.client.cookies.clear()
    browser.client.cookies.update(cookies)
    browser.submit({"new_password": "Charrue-rouge-7", "new_password_again": "Charrue-rouge-7"}, page=change)
    assert path(browser) == "/connexion"
    assert rows(light, "SELECT hash FROM passwords") == hashed


def test_an_enrollment_is_over_after_an_hour_and_its_cookie_with_it(light: Running, browser: Browser) -> None:
    enroll_to(browser, "messagerie")
    light.clock.advance(HOUR - MINUTE)
    browser.get("/inscription/messagerie")
    page = shown(browser)
    assert page.status == 200
    light.clock.advance(MINUTE)
    browser.submit(page=page)
    assert shown(browser).status == 410
    assert says(browser, "enrollment.expired.text")
    assert "idp_enrollment" not in browser.client.cookies


def test_signing_out_needs_the_click(light: Running, browser: Browser) -> None:
    open_account(light)
    sign_in(browser, PASSWORD)
    browser.get("/deconnexion")
    assert says(browser, "signout.title")
    assert browser.get("/espace").path == "/espace"
