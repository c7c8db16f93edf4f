"""S20, C3, C6: a member links FranceConnect, comes in by it, and leaves it; what a portal and a thief make of that.

One provider serves the whole file: every test has a member of its own.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from joserfc import jws

from idp.accounts import freeze
from idp.accounts.grammar import Fit
from idp.demo.people import PEOPLE
from idp.demo.person import Person
from idp.kernel.clock import MINUTE
from idp.members.nir import read_nir
from tests.conformance.world import World
from tests.flows.story import enroll_to, path, rows, says, shown
from tests.support.house import PASSWORD, change_password, code_of, open_account
from tests.support.letters import see
from tests.support.upstream import Federated, Traveller, federated_house, key_of

WHO = {person.birth_name: person for person in PEOPLE}
THAW = "Charrue-verte-19"


@pytest.fixture(scope="module")
def federated(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federated]:
    folder = tmp_path_factory.mktemp("federated")
    shutil.copyfile(sqlite_template, folder / "idp.db")
    with federated_house(f"sqlite:///{folder / 'idp.db'}", folder) as house:
        yield house


@pytest.fixture
def traveller(federated: Federated) -> Iterator[Traveller]:
    federated.fresh()
    with federated.traveller() as opened:
        yield opened


def linked(federated: Federated, name: str) -> Person:
    """Open a member's account and link it."""
    person = WHO[name]
    open_account(federated.running, person, mail=f"{key_of(person)}@courriel.example")
    federated.choose(person)
    with federated.traveller() as traveller:
        traveller.sign_in(PASSWORD, person)
        traveller.link()
        assert traveller.told == "lie"
    return person


def link_of(federated: Federated, person: Person) -> str | None:
    """Return the sub that opens the member's account, as the store has it."""
    issuer = federated.mock.issuer
    with federated.running.house.begin(write=False) as unit:
        member = unit.members.find_by_nir(read_nir(person.nir))
        account = unit.accounts.of_member(member.id) if member else None
        link = unit.upstream.link_for(account.id, issuer) if account else None
    return None if link is None else link.sub


# --- the member -------------------------------------------------------------------------------------------------------


def test_linked_signed_in_and_signed_out_at_both(federated: Federated, traveller: Traveller) -> None:
    person = linked(federated, "Vasseur")
    federated.running.deliver()
    mails = [m["subject"] for m in federated.running.smtp.messages if key_of(person) in m["to"]]
    assert mails == ["Votre mot de passe provisoire", "FranceConnect est lié à votre compte"]
    traveller.enter()
    assert path(traveller.browser) == "/espace"
    assert "Camille Vasseur" in traveller.page.text
    federated.mock.citizen(None)
    traveller.browser.submit(action="/deconnexion")
    traveller.through()
    assert path(traveller.browser) == "/deconnexion"
    assert len(federated.mock.log("logout")) >= 1
    traveller.browser.get("/espace")
    assert path(traveller.browser) == "/connexion"


def test_who_only_links_is_signed_out_there(federated: Federated) -> None:
    linked(federated, "Delaunoy")
    assert [entry["endpoint"] for entry in federated.mock.log()].count("logout") >= 1


def test_an_identity_that_opens_nothing_leads_to_both_doors(federated: Federated, traveller: Traveller) -> None:
    federated.choose(WHO["Carpentier"])
    page = traveller.enter()
    assert page.status == 403
    assert says(traveller.browser, "franceconnect.unknown.title", name="FranceConnect")
    assert {"/franceconnect", "/inscription"} <= {href for href, _ in page.links}
    assert "idp_session" not in traveller.browser.client.cookies


def test_linking_asks_for_a_password_typed_within_five_minutes(federated: Federated, traveller: Traveller) -> None:
    person = WHO["Boulanger"]
    open_account(federated.running, person)
    traveller.sign_in(PASSWORD, person)
    page = traveller.browser.get("/franceconnect")
    federated.jump(5 * MINUTE)
    traveller.browser.submit(action="/franceconnect", page=page)
    assert path(traveller.browser) == "/connexion", "the page was left open too long"
    traveller.sign_in(PASSWORD, person)
    assert path(traveller.browser) == "/franceconnect", "and the way leads back"
    federated.choose(person)
    traveller.press("/franceconnect")
    assert traveller.told == "lie"


def test_a_federated_session_is_never_fresh(federated: Federated, traveller: Traveller) -> None:
    linked(federated, "Desrousseaux")
    traveller.enter()
    assert path(traveller.browser) == "/espace"
    traveller.browser.get("/franceconnect")
    assert path(traveller.browser) == "/connexion"
    assert "franceconnect/connexion" not in shown(traveller.browser).response.text, "it would lead round in a circle"


def test_unlinking_ends_what_the_identity_opened(federated: Federated, traveller: Traveller) -> None:
    person = linked(federated, "Casanelli")
    with federated.traveller() as elsewhere:
        elsewhere.enter()
        assert path(elsewhere.browser) == "/espace"
        traveller.sign_in(PASSWORD, person)
        traveller.browser.get("/franceconnect")
        traveller.browser.submit({"action": "unlink"}, action="/franceconnect")
        traveller.through()
        assert traveller.told == "delie"
        elsewhere.browser.get("/espace")
        assert path(elsewhere.browser) == "/connexion"
        elsewhere.enter()
        assert says(elsewhere.browser, "franceconnect.unknown.title", name="FranceConnect")
    forgotten = sub_of(federated, person)
    for kept in ("sub FROM upstream_links", "sub FROM upstream_sessions", "upstream_sub FROM enrollments"):
        assert (forgotten,) not in rows(federated.running, f"SELECT {kept}")


def sub_of(federated: Federated, person: Person) -> str:
    """Return the sub FranceConnect knows this member by, as its answers had it."""
    federated.fresh()
    federated.choose(person)
    with federated.traveller() as traveller:
        page = traveller.enter()
        leave = next(href for href, _ in page.links if "id_token_hint=" in href)
    token = leave.split("id_token_hint=")[1].split("&")[0]
    return str(json.loads(jws.extract_compact(token.encode()).payload)["sub"])


def test_a_corrected_civil_status_is_linked_anew(federated: Federated, traveller: Traveller) -> None:
    person = linked(federated, "El Idrissi")
    federated.mock.civil_status(key_of(person), birthcountry="99351")
    traveller.enter()
    assert says(traveller.browser, "franceconnect.unknown.title", name="FranceConnect"), "another sub opens nothing"
    traveller.sign_in(PASSWORD, person)
    traveller.browser.get("/franceconnect")
    traveller.browser.submit({"action": "link"}, action="/franceconnect")
    traveller.through()
    assert traveller.told == "autre", "never replaced in silence"
    traveller.browser.submit({"action": "relink"}, action="/franceconnect")
    traveller.through()
    assert traveller.told == "lie"
    with federated.traveller() as again:
        again.enter()
        assert path(again.browser) == "/espace"


# --- the portal -------------------------------------------------------------------------------------------------------


def test_a_portal_is_told_how_and_that_it_is_eidas1(federated: Federated, traveller: Traveller) -> None:
    linked(federated, "Lemoine")
    world = World(federated.running)
    portal = world.portal()
    attempt = portal.start()
    traveller.browser.get(attempt.url)
    assert path(traveller.browser) == "/connexion"
    traveller.press("/franceconnect/connexion")
    tokens = portal.tokens(attempt, portal.code(traveller.browser.trail, attempt))
    assert (tokens.claims["acr"], tokens.claims["amr"]) == ("eidas1", ["fc"])
    assert portal.userinfo(tokens)["name"] == "Théo Lemoine"
    assert "eidas1" in portal.metadata["acr_values_supported"]
    world.close()


@pytest.mark.parametrize("demand", [{"prompt": "login"}, {"max_age": "300"}], ids=str)
def test_a_portal_that_wants_it_fresh_gets_a_password(
    federated: Federated, traveller: Traveller, demand: dict[str, str]
) -> None:
    person = WHO["Pietralba"]
    if link_of(federated, person) is None:
        linked(federated, "Pietralba")
    federated.choose(person)
    traveller.enter()
    assert path(traveller.browser) == "/espace"
    world = World(federated.running)
    portal = world.portal()
    attempt = portal.start(**demand)
    page = traveller.browser.get(attempt.url)
    assert path(traveller.browser) == "/connexion"
    assert "franceconnect/connexion" not in page.response.text
    hidden = page.form("/connexion").fields
    traveller.browser.post("/franceconnect/connexion", {**hidden, "purpose": "signin"})
    assert path(traveller.browser) == "/connexion", "nor by a form of one's own"
    traveller.sign_in(PASSWORD, person)
    tokens = portal.tokens(attempt, portal.code(traveller.browser.trail, attempt))
    assert tokens.claims["amr"] == ["pwd"]
    world.close()


def test_a_silent_request_over_a_federated_session_is_answered(federated: Federated, traveller: Traveller) -> None:
    linked(federated, "Hoareau")
    traveller.enter()
    world = World(federated.running)
    portal = world.portal()
    attempt = portal.start(prompt="none")
    traveller.browser.get(attempt.url)
    assert portal.tokens(attempt, portal.code(traveller.browser.trail, attempt)).claims["amr"] == ["fc"]
    silent = portal.start(prompt="none", max_age="300")
    traveller.browser.get(silent.url)
    assert portal.error(traveller.browser.trail, silent) == "login_required"
    world.close()


# --- the thief --------------------------------------------------------------------------------------------------------


def test_a_frozen_account_is_shut_here_too_and_a_letter_forgets_the_link(
    federated: Federated, traveller: Traveller
) -> None:
    person = linked(federated, "Benmansour")
    code = _freeze_code(federated, person)
    traveller.browser.get("/securite/gel")
    traveller.browser.submit({"code": code})
    page = traveller.enter()
    assert page.status == 403
    assert "idp_session" not in traveller.browser.client.cookies
    traveller.browser.get("/inscription")
    for answer in ({"profile": "particulier"}, {"nir": person.nir}, {"action": "not_received"}):
        traveller.browser.submit(answer)
    assert path(traveller.browser) == "/inscription/documents"
    assert "franceconnect" not in shown(traveller.browser).text.lower(), "only a letter opens it again"
    assert link_of(federated, person) is not None
    traveller.browser.submit()
    traveller.browser.submit({"email": "autre@courriel.example", "phone": "06 39 98 12 34"})
    word = _password_letter(federated, person)
    traveller.sign_in(word, person)
    change_password(traveller.browser, THAW)
    assert path(traveller.browser) == "/espace"
    assert link_of(federated, person) is None


def _letters_to(federated: Federated, person: Person) -> list[str]:
    federated.running.post.run_once()
    pdfs = [file.read_bytes() for file in sorted((federated.running.folder / "var" / "letters").glob("*.pdf"))]
    return [code_of(pdf) for pdf in pdfs if person.birth_name.upper() in see(pdf).text.upper()]


def _freeze_code(federated: Federated, person: Person) -> str:
    return next(code for code in _letters_to(federated, person) if freeze.fit(code) is Fit.RIGHT)


def _password_letter(federated: Federated, person: Person) -> str:
    return next(code for code in _letters_to(federated, person) if freeze.fit(code) is not Fit.RIGHT)


def test_another_member_at_the_callback_of_a_link_gets_nothing(federated: Federated, traveller: Traveller) -> None:
    mine, other = WHO["de Vasconcelos e Albuquerque de Mendonça Furtado"], WHO["Carpentier"]
    open_account(federated.running, mine)
    open_account(federated.running, other, mail="ines@courriel.example")
    federated.choose(mine)
    traveller.sign_in(PASSWORD, mine)
    traveller.browser.get("/franceconnect")
    callback = traveller.set_out("/franceconnect")
    traveller.browser.submit(action="/deconnexion", page=traveller.browser.get("/contact"))
    traveller.sign_in(PASSWORD, other)
    traveller.browser.get(callback)
    traveller.through()
    assert traveller.told == "refuse"
    assert link_of(federated, mine) is None
    assert link_of(federated, other) is None


def test_enrollment_by_franceconnect_gives_no_portal_anything_before_the_password(
    federated: Federated, traveller: Traveller
) -> None:
    person = WHO["Fauvel"]
    world = World(federated.running)
    portal = world.portal()
    federated.choose(person)
    enroll_to(traveller.browser, "verification", person)
    traveller.press("/franceconnect/preuve")
    traveller.browser.submit({"accept": "yes"})
    assert path(traveller.browser) == "/mot-de-passe"
    attempt = portal.start()
    traveller.browser.get(attempt.url)
    assert path(traveller.browser) == "/mot-de-passe"
    silent = portal.start(prompt="none")
    traveller.browser.get(silent.url)
    assert portal.error(traveller.browser.trail, silent) == "interaction_required"
    traveller.browser.get("/mot-de-passe")
    change_password(traveller.browser)
    assert path(traveller.browser) == "/espace"
    assert link_of(federated, person) is not None, "what proved the member signs in from now on"
    world.close()


def test_somebody_else_proves_nothing_and_costs_no_try(federated: Federated, traveller: Traveller) -> None:
    person = WHO["Wattelier"]
    federated.choose(WHO["Vasseur"])
    enroll_to(traveller.browser, "verification", person)
    cookie = traveller.browser.client.cookies["idp_enrollment"]
    traveller.press("/franceconnect/preuve")
    assert path(traveller.browser) == "/inscription/verification"
    assert says(traveller.browser, "franceconnect.proof.refused", name="FranceConnect")
    assert traveller.browser.client.cookies["idp_enrollment"] == cookie
    federated.choose(person)
    traveller.press("/franceconnect/preuve")
    assert path(traveller.browser) == "/inscription/conditions"
    assert traveller.browser.client.cookies["idp_enrollment"] != cookie, "a cookie noted before opens nothing"

