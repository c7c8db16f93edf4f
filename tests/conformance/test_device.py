"""The device grant (RFC 8628): a device without a browser, a member with one, and those who would come between."""

from __future__ import annotations

from dataclasses import dataclass

import httpx2
import pytest

from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.house import CARD, PASSWORD, Running, change_password, enroll, sign_in
from tests.support.portal import Portal, Refused, Tokens

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
PAGE = "/appareil"
CONSENT = "/autorisation"


@dataclass
class Device:
    """A television, as a stranger writes it."""

    portal: Portal
    answer: dict[str, object]

    @property
    def user_code(self) -> str:
        return str(self.answer["user_code"])

    def poll(self, **more: str) -> httpx2.Response:
        return self.portal.ask(grant_type=GRANT, device_code=str(self.answer["device_code"]), **more)

    def error(self) -> str:
        answer = self.poll()
        assert answer.status_code == 400, answer.text
        return str(answer.json()["error"])

    def tokens(self) -> Tokens:
        return self.portal.judge(self.poll())


@pytest.fixture
def maker(world: World) -> Portal:
    """The client of a device."""
    return world.portal(
        client_name="Station météo",
        redirect_uris=[],
        post_logout_redirect_uris=[],
        grant_types=[GRANT, "refresh_token"],
        sector_identifier_uri="https://station.example/",
    )


def begin(maker: Portal, **form: str) -> httpx2.Response:
    endpoint = maker.metadata["device_authorization_endpoint"]
    return maker.http.post(endpoint, data=form, headers={"authorization": maker.basic()})


@pytest.fixture
def device(maker: Portal) -> Device:
    answer = begin(maker, scope="openid profile")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return Device(maker, answer.json())


def type_code(browser: Browser, code: str) -> None:
    browser.get(PAGE)
    browser.submit({"code": code})


def allow(browser: Browser) -> None:
    assert browser.page is not None
    assert browser.page.path == CONSENT, browser.page.text
    browser.submit(action=CONSENT)


def test_the_member_reads_that_a_device_wants_more_than_claims(world: World, member: Browser) -> None:
    scopes = ["openid", "releves:lire"]
    maker = world.portal(
        redirect_uris=[],
        post_logout_redirect_uris=[],
        grant_types=[GRANT],
        sector_identifier_uri="https://station.example/",
        idp_scopes_allowed=scopes,
    )
    for scope, wants_more in (("openid", False), (" ".join(scopes), True)):
        type_code(member, Device(maker, begin(maker, scope=scope).json()).user_code)
        assert member.page is not None
        assert member.page.path == CONSENT
        assert ("en votre nom" in member.page.text) is wants_more


def test_the_whole_way(world: World, member: Browser, device: Device) -> None:
    assert device.answer["expires_in"] == 600
    assert device.answer["interval"] == 5
    assert device.error() == "authorization_pending"
    type_code(member, device.user_code)
    allow(member)
    assert member.page is not None
    assert "connecté" in member.page.text
    world.later(5)
    tokens = device.tokens()
    claims = device.portal.userinfo(tokens)
    assert claims["family_name"] == CARD.birth_name
    assert tokens.refresh is not None
    assert device.portal.refresh(tokens.refresh).claims["sub"] == tokens.claims["sub"]


def test_the_page_says_who_asks_and_warns(member: Browser, device: Device) -> None:
    type_code(member, device.user_code)
    assert member.page is not None
    assert "Station météo" in member.page.text
    assert "devant vous" in member.page.text


def test_a_device_of_the_fund_is_asked_for_every_time(world: World, member: Browser, device: Device) -> None:
    type_code(member, device.user_code)
    allow(member)
    second = Device(device.portal, begin(device.portal, scope="openid profile").json())
    type_code(member, second.user_code)
    assert member.page is not None
    assert member.page.path == CONSENT


def test_a_member_who_is_not_signed_in_signs_in_first(world: World, nobody: Browser, device: Device) -> None:
    type_code(nobody, device.user_code)
    sign_in(nobody, PASSWORD)
    allow(nobody)
    assert device.tokens().claims["acr"]


@pytest.mark.parametrize("way", [str, str.lower, lambda code: code.replace("-", " "), lambda code: f" {code} "])
def test_a_code_is_read_as_people_type_it(member: Browser, device: Device, way: object) -> None:
    assert callable(way)
    type_code(member, way(device.user_code))
    assert member.page is not None
    assert member.page.path == CONSENT


def test_the_complete_address_only_fills_the_form_in(world: World, member: Browser, device: Device) -> None:
    page = member.get(str(device.answer["verification_uri_complete"]))
    assert page.form(PAGE).fields["code"] == device.user_code
    assert device.error() == "authorization_pending"


def test_the_device_learns_a_refusal(world: World, member: Browser, device: Device) -> None:
    type_code(member, device.user_code)
    assert member.page is not None
    (form,) = [form for form in member.page.forms if ("action", "deny") in form.buttons]
    member.post(form.action, {**form.fields, "action": "deny"})
    assert "refusé" in member.page.text
    assert device.error() == "access_denied"
    type_code(member, device.user_code)
    assert member.page.status == 422


def test_a_poll_too_soon_is_slowed_and_each_adds_five_seconds(world: World, device: Device) -> None:
    assert device.error() == "authorization_pending"
    world.later(3)
    assert device.error() == "slow_down"
    world.later(6)
    assert device.error() == "slow_down", "ten seconds by now"
    world.later(15)
    assert device.error() == "authorization_pending"


def test_a_code_lives_ten_minutes(world: World, member: Browser, device: Device) -> None:
    world.later(601)
    assert device.error() == "expired_token"
    type_code(member, device.user_code)
    assert member.page is not None
    assert member.page.status == 422


def test_a_consent_that_comes_too_late_lets_nothing_in(world: World, member: Browser, device: Device) -> None:
    type_code(member, device.user_code)
    world.later(601)
    member.submit(action=CONSENT)
    assert member.page is not None
    assert member.page.status == 409
    assert device.error() == "expired_token"


def test_a_device_code_is_worth_its_tokens_once(world: World, member: Browser, device: Device) -> None:
    type_code(member, device.user_code)
    allow(member)
    tokens = device.tokens()
    world.later(6)
    assert device.error() == "invalid_grant"
    assert not device.portal.is_honoured(tokens.access), "a replay revokes what came of it (law 2)"


def test_of_two_members_the_first_decides(world: World, member: Browser, device: Device) -> None:
    other = world.signed_in()
    for browser in (member, other):
        type_code(browser, device.user_code)
    allow(member)
    allow(other)
    assert other.page is not None
    assert other.page.status == 409
    device.tokens()


def test_another_client_cannot_poll(world: World, member: Browser, device: Device) -> None:
    type_code(member, device.user_code)
    allow(member)
    thief = world.portal(grant_types=["authorization_code", GRANT])
    stolen = Device(thief, device.answer)
    assert stolen.error() == "invalid_grant"
    device.tokens()


def test_a_client_without_the_grant_is_refused(world: World, portal: Portal) -> None:
    assert begin(portal, scope="openid").json()["error"] == "unauthorized_client"
    assert portal.ask(grant_type=GRANT, device_code="x").json()["error"] == "unauthorized_client"


@pytest.mark.parametrize("code", ["", "x", "é" * 43, "a\x00b", "x" * 5000])
def test_an_invented_device_code_is_refused(maker: Portal, code: str) -> None:
    answer = maker.ask(grant_type=GRANT, device_code=code)
    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_grant", "invalid_request")


def test_a_poll_without_a_code_is_no_request(maker: Portal) -> None:
    """RFC 8628 3.4: ``device_code`` is required; RFC 6749 5.2 says which error a missing parameter is."""
    answer = maker.ask(grant_type=GRANT)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_registered_max_age_holds_for_devices_too(world: World, member: Browser) -> None:
    """OpenID Connect Registration 2, ``default_max_age``: whoever signed in longer ago signs in anew."""
    maker = world.portal(
        redirect_uris=[],
        post_logout_redirect_uris=[],
        grant_types=[GRANT],
        sector_identifier_uri="https://station.example/",
        default_max_age=60,
    )
    world.later(61)
    device = Device(maker, begin(maker, scope="openid").json())
    type_code(member, device.user_code)
    assert member.page is not None
    assert member.page.path == "/connexion"
    sign_in(member, PASSWORD)
    allow(member)
    assert device.tokens().claims["auth_time"] == world.seconds()


@pytest.mark.parametrize("typed", ["", "AAAA-AAAA", "BCDF-BCD", "BCDF-BCDFG", "<script>", "é" * 9000])
def test_what_is_no_code_is_told_so(member: Browser, device: Device, typed: str) -> None:
    type_code(member, typed)
    assert member.page is not None
    assert member.page.status in (413, 422)
    assert "<script>" not in member.page.response.text


def test_codes_are_not_guessed_without_end(world: World, nobody: Browser, device: Device) -> None:
    statuses = []
    for guess in range(12):
        type_code(nobody, f"BCDF-BCD{'BCDFGHJKLMNP'[guess]}")
        assert nobody.page is not None
        statuses.append(nobody.page.status)
    assert statuses[-1] == 429
    world.later(3600)


def test_signing_out_ends_what_the_device_has(world: World, member: Browser, device: Device) -> None:
    type_code(member, device.user_code)
    allow(member)
    tokens = device.tokens()
    member.get("/deconnexion")
    member.submit()
    assert not device.portal.is_honoured(tokens.access)


def test_signing_out_before_the_poll_leaves_the_device_outside(world: World, member: Browser, device: Device) -> None:
    type_code(member, device.user_code)
    allow(member)
    member.get("/deconnexion")
    member.submit()
    with pytest.raises(Refused) as refused:
        device.tokens()
    assert refused.value.error == "invalid_grant"


def test_a_provisional_password_lets_no_device_in(light: Running) -> None:
    world = World(light)
    maker = world.portal(grant_types=["authorization_code", GRANT])
    device = Device(maker, begin(maker, scope="openid").json())
    with light.browser() as browser:
        enroll(browser)
        type_code(browser, device.user_code)
        sign_in(browser, light.deliver()[-1])
        assert browser.page is not None
        assert browser.page.path == "/mot-de-passe"
        browser.get(CONSENT + "?" + browser.page.url.partition("?")[2])
        assert browser.page.path == "/mot-de-passe", "no consent before the change"
        assert device.error() == "authorization_pending"
        change_password(browser)
        allow(browser)
    world.later(5)
    assert device.tokens().claims["amr"] == ["pwd"]
    world.close()
