"""What an attacker tried once, over HTTP: each attack is a test that shows what holds now."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import httpx2
import pytest

from idp.accounts import password, provisional
from idp.accounts.grammar import Fit, normalize
from idp.kernel.clock import DAY, HOUR, MINUTE
from idp.web.source import source_of
from tests.support.browser import Browser
from tests.support.house import CARD, MAIL, PASSWORD, Running, change_password, enroll, open_account, sign_in

DISORDERED = "a" + "\u0315\u0300" * 5_000


def path(browser: Browser) -> str:
    assert browser.page is not None
    return browser.page.path


def text(browser: Browser) -> str:
    assert browser.page is not None
    return browser.page.text


def walk_to_proof(browser: Browser) -> None:
    browser.get("/inscription")
    browser.submit({"profile": "particulier"})
    browser.submit({"nir": CARD.nir})
    browser.submit()
    browser.submit({"email": MAIL, "phone": "06 39 98 12 34"})


@pytest.fixture
def browser(light: Running) -> Iterator[Browser]:
    with light.browser() as opened:
        yield opened


def test_a_password_of_disordered_marks_is_refused_unread(light: Running, browser: Browser) -> None:
    """Normalizing it is quadratic: nothing longer than a password may be is ever normalized."""
    assert normalize(DISORDERED) == ""
    assert provisional.fit(DISORDERED) is Fit.OTHER
    assert password.unmet(DISORDERED) == ()
    assert password.refusal(DISORDERED, ()) is password.Refusal.LONG
    sign_in(browser, DISORDERED)
    assert browser.page is not None
    assert browser.page.status == 422


def test_an_enrollment_left_open_elsewhere_ends_in_the_invitation_to_sign_in(light: Running, browser: Browser) -> None:
    enroll(browser)
    with light.browser() as phone:
        sign_in(phone, light.deliver()[-1])
        change_password(phone)
    for address in ("/inscription/envoi", "/inscription/reprendre"):
        browser.get(address)
        assert browser.page is not None
        assert browser.page.status == 200
    browser.get("/inscription")
    assert path(browser) == "/inscription/profil"


def test_a_stranger_who_enrolls_the_same_number_turns_nobody_back(light: Running, browser: Browser) -> None:
    walk_to_proof(browser)
    browser.submit({"answer": str(CARD.serial)})
    assert path(browser) == "/inscription/messagerie"
    with light.browser() as stranger:
        walk_to_proof(stranger)
        stranger.submit({"action": "by_post", "answer": ""})
        assert path(stranger) == "/inscription/envoi"
    browser.submit()
    browser.submit({"accept": "yes"})
    assert path(browser) == "/inscription/envoi"
    assert len(light.deliver()) == 1


def test_no_field_takes_a_look_up_past_the_throttle(light: Running, browser: Browser) -> None:
    browser.get("/inscription")
    browser.submit({"profile": "particulier"})
    statuses = []
    for _ in range(32):
        assert browser.page is not None
        browser.submit({"nir": "2530749588157", "action": "x"})
        statuses.append(browser.page.status)
    assert statuses[-1] == 429
    browser.submit({"nir": CARD.nir, "action": "not_received"})
    assert browser.page is not None
    assert browser.page.status == 429


def test_a_stranger_s_guesses_keep_nobody_from_typing_a_provisional_password(light: Running, browser: Browser) -> None:
    enroll(browser)
    with light.browser() as stranger:
        for _ in range(11):
            sign_in(stranger, "Deviner-1-mot")
        assert stranger.page is not None
        assert stranger.page.status == 429
    sign_in(browser, light.deliver()[-1])
    assert path(browser) == "/mot-de-passe"


def test_a_phone_typed_without_a_proof_never_reaches_the_account(light: Running, browser: Browser) -> None:
    walk_to_proof(browser)
    browser.submit({"action": "by_post", "answer": ""})
    light.post.run_once()
    with light.house.database.begin(write=False) as connection:
        assert connection.exec_driver_sql("SELECT channel, phone FROM deliveries").all() == [("post", None)]


def test_nobody_s_mailbox_gets_more_than_ten_mails_a_day_and_none_is_lost(light: Running) -> None:
    for _ in range(4):
        with light.browser() as browser:
            browser.get("/inscription")
            browser.submit({"profile": "particulier"})
            browser.submit({"nir": CARD.nir})
            if "Vous avez déjà" in text(browser):
                browser.submit({"action": "not_received"}, action="/inscription/identifiant")
            browser.submit()
            browser.submit({"email": MAIL, "phone": "06 39 98 12 34"})
            browser.submit({"answer": str(CARD.serial)})
            browser.submit()
            browser.submit({"accept": "yes"})
            for _ in range(3):
                light.deliver()
                light.clock.advance(MINUTE)
                browser.submit({"action": "resend"}, action="/inscription/envoi")
    assert len(light.deliver()) == 10
    light.clock.advance(DAY)
    assert len(light.deliver()) == 12, "the two that waited; while one waits no other is asked for"


def test_a_cookie_noted_before_the_proof_opens_nothing_after_it(light: Running, browser: Browser) -> None:
    browser.get("/inscription")
    browser.submit({"profile": "particulier"})
    noted = {"idp_enrollment": browser.client.cookies["idp_enrollment"]}
    browser.submit({"nir": CARD.nir})
    between = {"idp_enrollment": browser.client.cookies["idp_enrollment"]}
    browser.submit()
    browser.submit({"email": MAIL, "phone": "06 39 98 12 34"})
    browser.submit({"answer": str(CARD.serial)})
    for cookies in (noted, between):
        answer = httpx2.get(light.url + "/inscription/messagerie", cookies=cookies, trust_env=False)
        assert MAIL not in answer.text
        assert answer.status_code in (409, 410)
    browser.get("/inscription/messagerie")
    assert MAIL in text(browser).replace(" ", "")


def test_a_double_click_with_the_former_cookie_loses_nothing(light: Running, browser: Browser) -> None:
    browser.get("/inscription")
    browser.submit({"profile": "particulier"})
    before, page = dict(browser.client.cookies), browser.page
    browser.submit({"nir": CARD.nir})
    after = dict(browser.client.cookies)
    browser.client.cookies.update(before)
    browser.submit({"nir": CARD.nir}, page=page)
    assert browser.page is not None
    assert browser.page.status == 409
    browser.client.cookies.update(after)
    browser.get("/inscription/reprendre")
    assert path(browser) == "/inscription/documents"


def test_an_address_that_no_mail_can_leave_for_is_refused_at_once(light: Running, browser: Browser) -> None:
    browser.get("/inscription")
    browser.submit({"profile": "particulier"})
    browser.submit({"nir": CARD.nir})
    browser.submit()
    browser.submit({"email": "é@courriel.example", "phone": "06 39 98 12 34"})
    assert browser.page is not None
    assert browser.page.status == 422


def test_a_provisional_session_left_on_a_shared_computer_is_over_after_an_hour(
    light: Running, browser: Browser
) -> None:
    enroll(browser)
    sign_in(browser, light.deliver()[-1])
    light.clock.advance(HOUR)
    change_password(browser)
    assert path(browser) == "/connexion"


def test_a_head_request_ends_no_session(light: Running, browser: Browser) -> None:
    open_account(light)
    sign_in(browser, PASSWORD)
    assert browser.client.head("/oidc/logout").status_code == 405
    assert browser.client.head("/oidc/authorize").status_code == 405
    browser.get("/espace")
    assert path(browser) == "/espace"


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:443", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:3::4]:443", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_an_address_is_read_as_proxies_write_it(address: str, source: str) -> None:
    assert source_of(address) == source


@pytest.mark.parametrize("crit", [5, None, [5], [{}], ["exp"]])
def test_a_hint_with_headers_we_never_write_is_no_hint(light: Running, browser: Browser, crit: object) -> None:
    kid = browser.client.get("/oidc/jwks").json()["keys"][0]["kid"]
    header = json.dumps({"alg": "RS256", "kid": kid, "crit": crit}).encode()
    hint = base64.urlsafe_b64encode(header).rstrip(b"=").decode() + ".e30.AAAA"
    assert browser.client.get("/oidc/logout", params={"id_token_hint": hint}).status_code == 200
