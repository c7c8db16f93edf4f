"""Consent (OpenID Connect Core 3.1.2.4): asked once by a portal that is not the fund's, remembered, taken back."""

from __future__ import annotations

import pytest

from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.house import BACK, PASSWORD, Running, open_account, sign_in
from tests.support.portal import Attempt, Portal

SCREEN = "/autorisation"


@pytest.fixture
def stranger(world: World) -> Portal:
    """A portal of somebody else's; its name is new, so nobody allowed it before."""
    return world.portal(idp_first_party=False, client_name="Comptoir des Semences")


def ask(member: Browser, portal: Portal, **more: str | None) -> Attempt:
    attempt = portal.start(**more)
    member.get(attempt.url)
    return attempt


def on_screen(member: Browser) -> bool:
    return member.page is not None and member.page.path == SCREEN


def allow(member: Browser) -> None:
    assert on_screen(member), member.page and member.page.text
    member.submit(action=SCREEN)


def deny(member: Browser) -> None:
    assert member.page is not None
    (form,) = [form for form in member.page.forms if ("action", "deny") in form.buttons]
    member.post(form.action, {**form.fields, "action": "deny"})


def test_the_fund_s_own_portal_asks_nothing(member: Browser, portal: Portal) -> None:
    attempt = ask(member, portal, prompt="consent")
    assert portal.code(member.trail, attempt)


def test_a_member_is_asked_once(world: World, member: Browser, stranger: Portal) -> None:
    attempt = ask(member, stranger)
    allow(member)
    stranger.tokens(attempt, stranger.code(member.trail, attempt))
    again = ask(member, stranger)
    assert stranger.code(member.trail, again)
    silent = ask(member, stranger, prompt="none")
    assert stranger.code(member.trail, silent)


def test_it_is_remembered_in_another_browser(world: World, member: Browser, stranger: Portal) -> None:
    ask(member, stranger)
    allow(member)
    other = world.signed_in()
    attempt = ask(other, stranger)
    assert stranger.code(other.trail, attempt)


def test_the_page_says_who_asks_and_for_what(member: Browser, stranger: Portal) -> None:
    ask(member, stranger, scope="openid email")
    assert on_screen(member)
    assert member.page is not None
    assert "Comptoir des Semences" in member.page.text
    assert "lire votre adresse mail" in member.page.text
    assert "date de naissance" not in member.page.text


def test_more_is_asked_again_and_less_is_not(member: Browser, stranger: Portal) -> None:
    ask(member, stranger, scope="openid email")
    allow(member)
    less = ask(member, stranger, scope="openid")
    assert stranger.code(member.trail, less)
    ask(member, stranger, scope="openid email profile")
    assert on_screen(member)


def test_a_single_claim_is_asked_for_by_its_scope(member: Browser, stranger: Portal) -> None:
    ask(member, stranger, scope="openid", claims='{"userinfo":{"birthdate":{"essential":true}}}')
    assert on_screen(member)
    assert member.page is not None
    assert "date de naissance" in member.page.text


def test_prompt_consent_asks_again_and_is_met_once(member: Browser, stranger: Portal) -> None:
    ask(member, stranger)
    allow(member)
    attempt = ask(member, stranger, prompt="consent")
    allow(member)
    assert stranger.code(member.trail, attempt)
    ask(member, stranger, prompt="consent")
    assert on_screen(member), "the former request's word is not this one's"


def test_nothing_silent_without_consent(member: Browser, stranger: Portal) -> None:
    attempt = ask(member, stranger, prompt="none")
    assert stranger.error(member.trail, attempt) == "consent_required"


def test_cancel_answers_access_denied_and_only_once(member: Browser, stranger: Portal) -> None:
    attempt = ask(member, stranger)
    consent = member.page
    deny(member)
    assert stranger.error(member.trail, attempt) == "access_denied"
    member.submit(action=SCREEN, page=consent)
    assert member.page is not None
    assert member.page.status == 409, "the request was answered"
    ask(member, stranger)
    assert on_screen(member), "a refusal is not remembered as a consent"


def test_the_sign_in_page_has_a_cancel_too(nobody: Browser, portal: Portal) -> None:
    attempt = ask(nobody, portal)
    deny(nobody)
    assert portal.error(nobody.trail, attempt) == "access_denied"


@pytest.mark.parametrize("mode", ["query", "fragment"])
def test_a_refusal_goes_where_the_request_says(member: Browser, stranger: Portal, mode: str) -> None:
    attempt = ask(member, stranger, response_mode=mode)
    deny(member)
    assert stranger.error(member.trail, attempt) == "access_denied"


def test_nobody_else_allows_or_cancels(world: World, member: Browser, stranger: Portal) -> None:
    attempt = ask(member, stranger)
    assert member.page is not None
    thief = world.signed_in()
    thief.get(member.page.url)
    assert not on_screen(thief)
    form = member.page.form(SCREEN)
    own = thief.get("/mon-compte").form("/mon-compte").fields["form_token"]
    thief.post(SCREEN, {**form.fields, "form_token": own})
    thief.post(f"/oidc/authorize/{form.fields['request']}", {"form_token": own, "action": "deny"})
    assert thief.page is not None
    assert thief.page.status == 409
    member.submit(action=SCREEN)
    assert stranger.code(member.trail, attempt), "the member's own page still works"


def test_what_was_not_shown_is_not_allowed(member: Browser, stranger: Portal) -> None:
    ask(member, stranger, scope="openid")
    member.submit({"words": "email openid profile"}, action=SCREEN)
    assert on_screen(member)


@pytest.mark.parametrize("way", ["no token", "another site"])
def test_a_form_of_another_site_allows_nothing(member: Browser, stranger: Portal, way: str) -> None:
    ask(member, stranger)
    assert member.page is not None
    fields = dict(member.page.form(SCREEN).fields)
    if way == "no token":
        del fields["form_token"]
    headers = {"origin": "https://ailleurs.example"} if way == "another site" else {}
    member.post(SCREEN, fields, headers)
    assert member.page.status in (400, 403)
    attempt = ask(member, stranger, prompt="none")
    assert stranger.error(member.trail, attempt) == "consent_required"


def test_taking_it_back_ends_what_the_portal_holds(world: World, member: Browser, stranger: Portal) -> None:
    attempt = ask(member, stranger, scope="openid offline_access")
    allow(member)
    tokens = stranger.tokens(attempt, stranger.code(member.trail, attempt))
    late, code = world.code(stranger, member, scope="openid")
    page = member.get("/mon-compte")
    assert "Comptoir des Semences" in page.text
    (form,) = [form for form in page.forms if form.fields.get("portal") == stranger.client_id]
    member.post("/mon-compte", {**form.fields, "action": "withdraw"})
    assert member.page is not None
    assert member.page.path == "/mon-compte"
    assert not [form for form in member.page.forms if form.fields.get("portal") == stranger.client_id]
    assert not stranger.is_honoured(tokens.access)
    assert stranger.ask(grant_type="refresh_token", refresh_token=tokens.refresh).status_code == 400
    assert stranger.redeem(late, code).json()["error"] == "invalid_grant"
    ask(member, stranger)
    assert on_screen(member)


def test_a_word_taken_back_before_the_answer_is_asked_for_again(member: Browser, stranger: Portal) -> None:
    """Nothing may live of which Mon compte shows nothing that could be taken back."""
    attempt = ask(member, stranger)
    assert member.page is not None
    fields = member.page.form(SCREEN).fields
    assert member.client.post(SCREEN, data=fields).status_code == 303
    page = member.get("/mon-compte")
    (form,) = [form for form in page.forms if form.fields.get("portal") == stranger.client_id]
    member.post("/mon-compte", {**form.fields, "action": "withdraw"})
    member.get(f"/oidc/authorize/{fields['request']}")
    allow(member)
    assert stranger.code(member.trail, attempt)


def test_a_consent_is_one_members(world: World, member: Browser, stranger: Portal) -> None:
    attempt = ask(member, stranger)
    member.get("/deconnexion")
    member.submit()
    member.get(attempt.url)
    sign_in(member, PASSWORD)
    assert on_screen(member)
    allow(member)
    assert stranger.code(member.trail, attempt)


def test_what_one_member_allowed_is_not_another_s_word_in_the_same_browser(light: Running) -> None:
    """A shared computer: the first allows and leaves before the answer, the second opens the request again."""
    open_account(light)
    open_account(light, BACK, mail="autre@courriel.example")
    world = World(light)
    portal, browser = world.portal(idp_first_party=False), world.signed_in()
    attempt = ask(browser, portal)
    assert browser.page is not None
    fields = browser.page.form(SCREEN).fields
    assert browser.client.post(SCREEN, data=fields).status_code == 303
    browser.get("/deconnexion")
    browser.submit()
    browser.get("/connexion")
    sign_in(browser, PASSWORD, BACK)
    browser.get(f"/oidc/authorize/{fields['request']}")
    assert not portal.is_answer(browser.trail[-1], attempt)
    assert browser.page is not None
    assert browser.page.status == 409
    world.close()
