"""Mistakes 5, 6, 7 and 26: whose session it is, and what a step is worth (laws 1 and 7)."""

from __future__ import annotations

import httpx2
import pytest

from idp.accounts import freeze
from idp.accounts.grammar import Fit
from tests.conformance.world import World
from tests.flows.story import WRONG, enroll_to, path, rows, shown
from tests.support.browser import Browser
from tests.support.house import BACK, CARD, PASSWORD, Running, change_password, enroll, open_account, sign_in
from tests.support.portal import Portal, Refused

NEW = "Moisson-rouge-77"


def is_in(browser: Browser) -> bool:
    return browser.client.get("/espace").status_code == 200


def copied(world: World, browser: Browser) -> Browser:
    """Return another browser with the very cookies of one: what an attacker kept, or planted."""
    other = world.browser()
    other.client.cookies = httpx2.Cookies(browser.client.cookies)
    return other


def test_mistake_05_a_way_that_a_stranger_began_gives_him_nothing(
    world: World, stranger: Browser, nobody: Browser, portal: Portal
) -> None:
    """He sends the victim the address where his own way waits; the victim signs in there."""
    attempt = portal.start(prompt="login")
    waiting = stranger.get(attempt.url).url
    parked = waiting.partition("request=")[2]
    nobody.get(waiting)
    nobody.submit({"identifier": CARD.nir, "password": PASSWORD}, action="/connexion")
    assert not any(portal.is_answer(url, attempt) for url in nobody.trail), "no code leaves this browser"
    victim = world.signed_in()
    assert victim.get(f"{portal.issuer}/oidc/authorize/{parked}").status == 409
    assert stranger.get(f"{portal.issuer}/oidc/authorize/{parked}").path == "/connexion", "still his own to meet"


def test_mistake_05_planted_cookies_open_nothing_once_the_victim_signed_in(
    world: World, nobody: Browser, portal: Portal
) -> None:
    attempt = portal.start()
    nobody.get(attempt.url)
    victim = copied(world, nobody)
    attacker = copied(world, nobody)
    victim.get("/connexion")
    sign_in(victim, PASSWORD)
    assert is_in(victim)
    assert not is_in(attacker)
    attacker.get(attempt.url)
    assert path(attacker) == "/connexion"
    chosen = world.browser()
    chosen.client.cookies.set("idp_session", "A" * 43)
    sign_in(chosen, PASSWORD)
    assert chosen.client.cookies.get("idp_session", domain="127.0.0.1") != "A" * 43, "the value is never the browser's"


def test_mistake_05_the_session_s_secret_changes_with_every_rise(light: Running, browser: Browser) -> None:
    enroll(browser)
    before = dict(browser.client.cookies)
    sign_in(browser, light.deliver()[-1])
    provisional = dict(browser.client.cookies)
    change_password(browser)
    after = dict(browser.client.cookies)
    assert path(browser) == "/espace"
    assert "idp_session" not in before
    assert provisional["idp_session"] != after["idp_session"]
    for kept in (before, provisional):
        old = httpx2.get(f"{light.url}/espace", cookies=kept, trust_env=False)
        assert old.status_code == 303


def test_mistake_06_the_next_person_at_the_same_computer_shares_nothing(world: World, portal: Portal) -> None:
    browser = world.signed_in()
    first = world.tokens(portal, browser)
    kept = copied(world, browser)
    browser.get("/deconnexion")
    browser.submit()
    assert not is_in(kept)
    sign_in(browser, PASSWORD, BACK)
    second = world.tokens(portal, browser)
    assert first.claims["sid"] != second.claims["sid"]
    assert first.claims["sub"] != second.claims["sub"]
    assert not is_in(kept)
    assert not portal.is_honoured(first.access)
    with pytest.raises(Refused):
        portal.refresh(str(first.refresh))
    other = portal.start(prompt="none", id_token_hint=first.id_token)
    browser.get(other.url)
    assert portal.error(browser.trail, other) == "login_required"


def test_mistake_06_whoever_signs_in_over_another_ends_that_session(world: World, portal: Portal) -> None:
    browser = world.signed_in()
    first = world.tokens(portal, browser)
    kept = copied(world, browser)
    attempt = portal.start(prompt="login")
    browser.get(attempt.url)
    world.later(1)
    sign_in(browser, PASSWORD, BACK)
    assert not is_in(kept)
    assert not portal.is_honoured(first.access)
    tokens = portal.tokens(attempt, portal.code(browser.trail, attempt))
    assert tokens.claims["sub"] != first.claims["sub"]
    assert tokens.claims["sid"] != first.claims["sid"]


LATER = {
    "verification": {"answer": CARD.serial},
    "messagerie": {"email": "voleur@courriel.example"},
    "conditions": {"accept": "yes"},
    "envoi": {"action": "resend"},
}


@pytest.mark.parametrize("slug", ["profil", "identifiant", "documents", "coordonnees", "verification"])
def test_mistake_07_no_step_is_passed_but_by_its_own_evidence(light: Running, browser: Browser, slug: str) -> None:
    """Every later step is posted to from an earlier one, with its right form token and every version."""
    enroll_to(browser, slug)
    token = shown(browser).form().fields["form_token"]
    for later, fields in LATER.items():
        if later == slug:
            continue
        browser.get(f"/inscription/{later}")
        assert path(browser) != f"/inscription/{later}"
        for version in range(12):
            browser.client.post(
                f"/inscription/{later}", data={**fields, "form_token": token, "version": str(version)}
            )
    assert light.deliver() == []
    assert rows(light, "SELECT count(*) FROM deliveries") == [(0,)]
    browser.get("/inscription/reprendre")
    assert path(browser) == f"/inscription/{slug}"


def test_mistake_07_a_wrong_answer_never_becomes_a_mail(light: Running, browser: Browser) -> None:
    enroll_to(browser, "verification")
    fields = shown(browser).form().fields
    browser.submit({"answer": WRONG})
    for slug, more in LATER.items():
        for version in range(12):
            browser.client.post(f"/inscription/{slug}", data={**fields, **more, "version": str(version)})
    assert light.deliver() == []
    assert rows(light, "SELECT channel FROM deliveries") == [("post",)]


def test_mistake_07_what_proved_one_thing_proves_no_other(light: Running, browser: Browser) -> None:
    """Recovery's cookie at the enrollment, the enrollment's at recovery, and a proof for another number."""
    open_account(light)
    with light.browser() as forgetful:
        forgetful.get("/mot-de-passe/oublie")
        forgetful.submit({"nir": CARD.nir})
        fields = shown(forgetful).form().fields
        for slug, more in LATER.items():
            forgetful.client.post(f"/inscription/{slug}", data={**fields, **more})
        forgetful.client.post("/mot-de-passe", data={**fields, "new_password": NEW, "new_password_again": NEW})
        assert not is_in(forgetful)
    enroll_to(browser, "messagerie", BACK)
    fields = shown(browser).form().fields
    for version in range(12):
        data = {**fields, "nir": CARD.nir, "version": str(version)}
        browser.client.post("/inscription/identifiant", data=data)
        browser.client.post("/mot-de-passe/oublie/envoi", data=data)
    browser.client.post("/mot-de-passe", data={**fields, "new_password": NEW, "new_password_again": NEW})
    assert not is_in(browser)
    browser.get("/inscription/reprendre")
    browser.submit()
    browser.submit({"accept": "yes"})
    word = light.deliver()[-1]
    with light.browser() as other:
        sign_in(other, word, CARD)
        assert not is_in(other)
        assert path(other) == "/connexion", "it is the password of the number that was proven"
        sign_in(other, PASSWORD, CARD)
        assert is_in(other)


def test_mistake_07_a_provisional_session_reaches_the_change_and_nothing_else(
    light: Running, browser: Browser
) -> None:
    enroll(browser)
    (word,) = light.deliver()
    world = World(light)
    portal = world.portal()
    sign_in(browser, word)
    fields = shown(browser).form().fields
    for page in ("/espace", "/mon-compte", "/franceconnect", "/conditions"):
        assert browser.client.get(page).status_code in (303, 404), page
    for post in ("/mon-compte", "/conditions", "/adresse-e-mail"):
        browser.client.post(post, data={**fields, "accept": "yes", "email": "voleur@courriel.example"})
    for prompt in (None, "none", "consent"):
        attempt = portal.start(prompt=prompt)
        browser.get(attempt.url)
        assert not any("code=" in url for url in browser.trail)
    change_password(browser, word)
    assert not is_in(browser), "the provisional password is no own password"
    world.close()


QUIET = ("/deconnexion", "/conditions", "/mon-compte", "/inscription/envoi", "/inscription/retour", "/franceconnect")


def test_mistake_26_the_quiet_posts_need_a_page_of_ours(federated_member: Browser) -> None:
    browser = federated_member
    token = shown(browser).form("/deconnexion").fields["form_token"]
    for route in QUIET:
        for data in (
            {"action": "unlink"}, {"action": "resend", "accept": "yes"}, {"form_token": "", "action": "unlink"},
            {"form_token": token[:-3] + "AAA"},
        ):  # fmt: skip
            assert browser.client.post(route, data=data).status_code in (400, 403), route
        for headers in ({"origin": "https://voleur.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
            answer = browser.client.post(route, data={"form_token": token, "action": "unlink"}, headers=headers)
            assert answer.status_code == 403, (route, headers)
        for query in ("action=unlink", f"form_token={token}&action=unlink", "accept=yes&action=resend", "confirm=1"):
            assert browser.client.get(f"{route}?{query}").status_code < 500
    assert is_in(browser)
    browser.get("/franceconnect")
    assert any("unlink" in value for form in shown(browser).forms for _, value in form.buttons), "the link is there"


@pytest.fixture
def federated_member(federated):  # type: ignore[no-untyped-def]
    """A browser of a member whose account is linked."""
    federated.link()
    with federated.traveller() as traveller:
        traveller.sign_in()
        yield traveller.browser


def test_mistake_26_another_s_hint_signs_nobody_out(world: World, member: Browser, stranger: Browser) -> None:
    portal = world.portal()
    theirs = world.tokens(portal, stranger).id_token
    endpoint, done = portal.metadata["end_session_endpoint"], "http://127.0.0.1:9/fini"
    for hint in (theirs, None, "x", theirs[:-5] + "AAAAA"):
        member.get(portal.logout_url(hint, client_id=portal.client_id, post_logout_redirect_uri=done, state="s"))
        assert is_in(member)
        form = {"post_logout_redirect_uri": done, "client_id": portal.client_id, "id_token_hint": hint or ""}
        member.post(endpoint, form, {"origin": "https://voleur.example"})
        assert is_in(member)
        member.client.head(portal.logout_url(hint))
        assert is_in(member)
    assert is_in(stranger)


def test_mistake_26_signing_somebody_in_from_a_foreign_page_is_refused(nobody: Browser) -> None:
    """Login CSRF: the victim would go on in the attacker's account."""
    data = {"identifier": BACK.nir, "password": PASSWORD}
    with nobody.client as client:
        assert client.post("/connexion", data=data).status_code in (400, 403)
        token = nobody.get("/connexion").form().fields["form_token"]
        headers = {"origin": "https://voleur.example"}
        assert client.post("/connexion", data={**data, "form_token": token}, headers=headers).status_code == 403
        assert "idp_session" not in client.cookies


def test_also_02_sessions_and_ways_that_wait_end_with_a_reset(light: Running) -> None:
    open_account(light)
    light.letters()
    light.clock.advance(8 * 86_400_000_000)
    world = World(light)
    portal, inside, waiting = world.portal(), world.signed_in(), world.signed_in()
    tokens = world.tokens(portal, inside, scope="openid offline_access")
    late, code = world.code(portal, inside)
    attempt = portal.start(prompt="login")
    waiting.get(attempt.url)
    thief = world.browser()
    parked = thief.get(portal.start().url)
    with light.browser() as forgetful:
        forgetful.get("/mot-de-passe/oublie")
        forgetful.submit({"nir": CARD.nir})
        forgetful.submit({"answer": CARD.serial})
        sign_in(forgetful, light.deliver()[-1])
        assert is_in(inside)
        change_password(forgetful, NEW)
        assert is_in(forgetful)
    assert not is_in(inside)
    assert not is_in(waiting)
    assert not portal.is_honoured(tokens.access)
    with pytest.raises(Refused):
        portal.refresh(str(tokens.refresh))
    assert portal.redeem(late, code).json()["error"] == "invalid_grant"
    waiting.submit({"identifier": CARD.nir, "password": PASSWORD}, action="/connexion")
    assert not any("code=" in url for url in waiting.trail), "the old password opens nothing"
    thief.submit({"identifier": CARD.nir, "password": PASSWORD}, page=parked)
    assert not any("code=" in url for url in thief.trail)
    world.close()


def test_also_01_a_reset_is_one_factor_and_never_told_as_two(light: Running) -> None:
    open_account(light)
    light.letters()
    light.clock.advance(8 * 86_400_000_000)
    world = World(light)
    portal, browser = world.portal(), world.browser()
    attempt = portal.start(acr_values="urn:idp:acr:mfa")
    browser.get(attempt.url)
    with light.browser() as forgetful:
        forgetful.get("/mot-de-passe/oublie")
        forgetful.submit({"nir": CARD.nir})
        forgetful.submit({"answer": CARD.serial})
    browser.submit({"identifier": CARD.nir, "password": light.deliver()[-1]})
    assert path(browser) == "/mot-de-passe"
    change_password(browser, NEW)
    claims = portal.tokens(attempt, portal.code(browser.trail, attempt)).claims
    assert (claims["acr"], claims["amr"]) == ("urn:idp:acr:password", ["pwd"])
    world.close()


def test_mistake_07_a_freeze_code_is_no_password_and_a_password_no_freeze_code(
    light: Running, browser: Browser
) -> None:
    open_account(light)
    (code,) = light.letters()
    assert freeze.fit(code) is Fit.RIGHT
    sign_in(browser, code)
    assert not is_in(browser)
    browser.get("/securite/gel")
    browser.submit({"code": PASSWORD})
    browser.get("/connexion")
    sign_in(browser, PASSWORD)
    assert is_in(browser)


def test_also_03_a_restart_names_the_portal_as_it_is_registered(
    world: World, stranger: Browser, member: Browser
) -> None:
    portal = world.portal(client_uri="https://portail.example/accueil")
    parked = stranger.get(portal.start(prompt="login").url).url.partition("request=")[2]
    forged = "client_id=voleur&redirect_uri=https://voleur.example/&state=x&client_uri=https://voleur.example/"
    page = member.get(f"/oidc/authorize/{parked}?{forged}")
    assert page.status == 409
    assert "voleur" not in page.response.text
    assert "https://portail.example/accueil" in page.response.text
