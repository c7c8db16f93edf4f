"""This provider as one of FranceConnect's: a relying party shaped like it completes a sign-in, or hears why not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import update

from idp.demo.people import PEOPLE
from idp.demo.person import Person
from idp.kernel.clock import SECOND
from idp.storage.tables import members, sessions
from tests.conformance.world import World
from tests.support.asking_franceconnect import FranceConnect, asking
from tests.support.browser import Browser
from tests.support.house import (
    CARD,
    MAIL,
    PASSWORD,
    PAYMENT,
    UNASKED,
    Running,
    change_password,
    enroll,
    open_account,
    sign_in,
)
from tests.support.portal import JsonObject, Tokens

ABROAD = next(person for person in PEOPLE if person.birthcountry == "99352")
ISLANDER = next(person for person in PEOPLE if person.usage_name and person.birthcountry == "99100" and person.serial)

CORSICAN = next(person for person in PEOPLE if person.birthplace.startswith("2A"))


@pytest.fixture
def franceconnect(provider: Running, world: World) -> Iterator[FranceConnect]:
    found = asking(provider)
    yield found
    found.close()


def path(browser: Browser) -> str:
    assert browser.page is not None
    return browser.page.path


def come(browser: Browser, franceconnect: FranceConnect, person: Person = CARD) -> tuple[Tokens, JsonObject]:
    """Arrive from FranceConnect, sign in, and be told who it learns one is."""
    attempt = franceconnect.start()
    browser.get(attempt.url)
    assert path(browser) == "/connexion"
    sign_in(browser, PASSWORD, person)
    return franceconnect.identity(browser, attempt)


def test_a_member_signs_in_and_out_through_franceconnect(running: Running) -> None:
    """The whole of it, on both databases."""
    open_account(running)
    running.clock.advance(SECOND)
    franceconnect = asking(running)
    with running.browser() as browser:
        attempt = franceconnect.start()
        browser.get(attempt.url)
        sign_in(browser, PASSWORD)
        tokens, identity = franceconnect.identity(browser, attempt)
        assert tokens.claims["acr"] == "eidas1"
        assert {name: identity[name] for name in identity if name != "sub"} == {
            "given_name": "Camille Louise",
            "family_name": "Vasseur",
            "gender": "female",
            "birthdate": "1985-03-14",
            "birthplace": "59350",
            "birthcountry": "99100",
            "email": MAIL,
            "email_verified": True,
        }
        assert franceconnect.redeem(attempt, franceconnect.code(browser.trail, attempt)).status_code == 400
        franceconnect.sign_out(browser, tokens)
        assert browser.client.get("/espace").status_code == 303
    franceconnect.close()


def test_posted_parameters_end_alike(nobody: Browser, franceconnect: FranceConnect) -> None:
    attempt = franceconnect.start()
    nobody.post(franceconnect.metadata["authorization_endpoint"], attempt.params)
    assert path(nobody) == "/connexion"
    sign_in(nobody, PASSWORD)
    assert franceconnect.identity(nobody, attempt)


@pytest.mark.parametrize("recorded", ["1985-03-00", "1985-00-00"])
def test_a_date_that_civil_status_does_not_know_stays_as_recorded(
    world: World, nobody: Browser, franceconnect: FranceConnect, recorded: str
) -> None:
    whole = CARD.birthdate.isoformat()
    set_birthdate(world.running, whole, recorded)
    try:
        assert come(nobody, franceconnect)[1]["birthdate"] == recorded
    finally:
        set_birthdate(world.running, recorded, whole)


def test_born_abroad_and_named_by_marriage(world: World, franceconnect: FranceConnect) -> None:
    for person in (ABROAD, ISLANDER):
        open_account(world.running, person, mail=f"{person.birthplace or person.birthcountry}@courriel.example")
        world.later(1)
        identity = come(world.browser(), franceconnect, person)[1]
        assert identity["birthplace"] == person.birthplace
        assert identity["birthcountry"] == person.birthcountry
        assert identity["family_name"] == person.birth_name
        assert identity.get("preferred_username", "") == person.usage_name


def test_a_login_is_asked_each_time_and_the_session_here_does_not_do(
    world: World, member: Browser, franceconnect: FranceConnect
) -> None:
    world.later(5)
    attempt = franceconnect.start()
    member.get(attempt.url)
    assert path(member) == "/connexion"
    member.get("/oidc/authorize/" + member.trail[-1].partition("request=")[2])
    assert path(member) == "/connexion", "and asking again is no way around"
    world.later(5)
    sign_in(member, PASSWORD)
    tokens, _ = franceconnect.identity(member, attempt)
    assert tokens.claims["auth_time"] == world.seconds()


@pytest.mark.parametrize("way", ["GET", "POST"])
def test_a_session_that_came_from_franceconnect_signs_in_here_first(
    world: World, member: Browser, franceconnect: FranceConnect, way: str
) -> None:
    with world.running.house.database.begin() as connection:
        connection.execute(update(sessions).where(sessions.c.auth_time == world.clock.now()).values(amr="fc"))
    silent = franceconnect.start(prompt="none")
    member.get(silent.url)
    assert franceconnect.error(member.trail, silent) == "login_required"
    attempt = franceconnect.start(prompt=None)
    if way == "GET":
        member.get(attempt.url)
    else:
        member.post(franceconnect.metadata["authorization_endpoint"], attempt.params)
    assert path(member) == "/connexion"
    world.later(1)
    sign_in(member, PASSWORD)
    tokens, _ = franceconnect.identity(member, attempt)
    assert tokens.claims["amr"] == ["pwd"]


def test_an_account_without_an_address_proves_one_on_the_way(world: World, franceconnect: FranceConnect) -> None:
    open_by_letter(world.running, UNASKED)
    world.later(1)
    browser = world.browser()
    attempt = franceconnect.start()
    browser.get(attempt.url)
    sign_in(browser, PASSWORD, UNASKED)
    assert path(browser) == "/adresse-e-mail"
    silent = franceconnect.start(prompt="none")
    other = browser.client.get(silent.url, follow_redirects=False).headers["location"]
    assert "error=interaction_required" in other
    browser.submit({"email": "odile@courriel.example"})
    browser.submit({"code": world.running.deliver()[-1]})
    _, identity = franceconnect.identity(browser, attempt)
    assert (identity["email"], identity["email_verified"]) == ("odile@courriel.example", True)


def test_an_account_proven_by_an_amount_is_not_given_the_level(light: Running) -> None:
    """A house of its own: where other tests let months pass, no payment is recent enough."""
    world, franceconnect = World(light), asking(light)
    open_account(light, PAYMENT)
    world.later(1)
    browser = world.browser()
    attempt = franceconnect.start()
    browser.get(attempt.url)
    sign_in(browser, PASSWORD, PAYMENT)
    assert franceconnect.error(browser.trail, attempt) == "unmet_authentication_requirements"
    assert franceconnect.description(browser).isascii()
    usual = world.portal()
    assert world.tokens(usual, browser).claims["acr"] == "urn:idp:acr:password", "others are told what it was"
    franceconnect.close()
    world.close()


def test_without_the_operator_s_declaration_the_level_is_called_by_its_own_name(world: World, nobody: Browser) -> None:
    undeclared = asking(world.running, idp_acr_map=None)
    attempt = undeclared.start()
    nobody.get(attempt.url)
    sign_in(nobody, PASSWORD)
    tokens = undeclared.tokens(attempt, undeclared.code(nobody.trail, attempt))
    assert tokens.claims["acr"] == "urn:idp:acr:password"
    undeclared.close()


def test_a_provisional_password_gives_no_token(world: World, franceconnect: FranceConnect) -> None:
    browser = world.browser()
    enroll(browser, CORSICAN, mail="ghjuvan@courriel.example")
    word = world.running.deliver()[-1]
    attempt = franceconnect.start()
    browser.get(attempt.url)
    sign_in(browser, word, CORSICAN)
    assert path(browser) == "/mot-de-passe"
    silent = franceconnect.start(prompt="none")
    browser.get(silent.url)
    assert franceconnect.error(browser.trail, silent) == "interaction_required"


def test_a_usual_portal_cannot_ask_where_a_member_was_born(world: World, member: Browser) -> None:
    portal = world.portal(scope="openid birth preferences")
    tokens = world.tokens(portal, member)
    assert tokens.scope == ("openid",), "nor what nobody allowed it"
    assert set(portal.userinfo(tokens)) == {"sub"}


def set_birthdate(running: Running, before: str, after: str) -> None:
    with running.house.database.begin() as connection:
        connection.execute(update(members).where(members.c.birthdate == before).values(birthdate=after))


def open_by_letter(running: Running, person: Person) -> None:
    """Open an account whose password went by post: nothing was ever sent to an address of the member's."""
    with running.browser() as browser:
        enroll(browser, person)
        sign_in(browser, running.letters()[-1], person)
        change_password(browser)
        browser.submit({"accept": "yes"})
        assert path(browser) == "/espace"
