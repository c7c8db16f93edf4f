"""What the letters say: dates, origins, the address as an envelope wants it, and never more than they may."""

from __future__ import annotations

from dataclasses import replace

import pytest

from idp.kernel.effects import Kind
from idp.members.countries import COUNTRIES
from idp.members.member import Address
from idp.post.letters.addressee import Origin, window_lines
from idp.post.letters.countries import COUNTRY_NAMES
from idp.post.letters.file import LetterFile, read_name
from idp.post.letters.page import Heading, LetterPage, Notice, Paragraph, Steps, Typed
from tests.unit.post.letters import CODE, HEAD, HOME, NAME, WORD, occasion, writer


def told(page: LetterPage) -> str:
    """Every word of the body."""
    texts: list[str] = []
    for block in page.body:
        match block:
            case Steps(steps):
                texts += steps
            case Heading(text) | Paragraph(text) | Typed(text) | Notice(text):
                texts.append(text)
    return "\n".join(texts).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("origin", "lead"),
    [
        (Origin.ENROLLMENT, "Vous avez demandé l’ouverture de votre espace privé"),
        (Origin.RECOVERY, "Vous avez demandé un nouveau mot de passe"),
        (Origin.AGENT, "Vous avez demandé un mot de passe à l’un de nos conseillers"),
    ],
)
def test_a_password_s_letter_says_who_asked_for_what(origin: Origin, lead: str) -> None:
    page = writer().provisional(occasion(origin=origin))
    assert page.title == "Votre mot de passe provisoire"
    assert lead in told(page)
    assert Typed(WORD) in page.body
    assert "Il est valable jusqu’au 13 décembre 2026." in told(page)
    assert "03 53 01 24 60 : nous l’annulons." in told(page)
    assert "Tapez espace.trois-vallees.example dans votre navigateur." in told(page)
    assert "freeze" not in told(page)
    assert "/securite/gel" not in told(page)


@pytest.mark.parametrize(
    ("origin", "title", "text"),
    [
        (Origin.ENROLLMENT, "Votre espace privé est ouvert", "Le 20 novembre 2026, un espace privé a été ouvert"),
        (Origin.ENROLLMENT, "Votre espace privé est ouvert", "Son mot de passe ne vient pas par la poste."),
        (Origin.AGENT, "Votre espace privé est ouvert", "Le 20 novembre 2026, un espace privé a été ouvert"),
        (
            Origin.RECOVERY,
            "Un nouveau mot de passe a été demandé",
            "Le 20 novembre 2026, un nouveau mot de passe a été demandé",
        ),
        (Origin.RECOVERY, "Un nouveau mot de passe a été demandé", "Il a été envoyé par mail."),
    ],
)
def test_a_confirmation_tells_what_was_done_and_how_to_stop_it_alone(origin: Origin, title: str, text: str) -> None:
    page = writer().confirmation(occasion(origin=origin, code=CODE))
    assert page.title == title
    assert text in told(page)
    assert Typed(CODE) in page.body
    assert "Tapez espace.trois-vallees.example/securite/gel dans votre navigateur." in told(page)
    assert "Appelez-nous sans attendre au 03 53 01 24 60." in told(page)
    assert "13 décembre 2026" in told(page)


def test_the_pages_to_type_stand_out() -> None:
    assert writer().provisional(occasion()).emphasis == {HEAD.site, HEAD.freeze_page}


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("8 place du Marché, 59999 Villeneuve-les-Champs", "Villeneuve-les-Champs, le 23 novembre 2026"),
        ("BP 12, 59042 Lille CEDEX 9", "Lille, le 23 novembre 2026"),
        ("8 place du Marché, 59999 Villeneuve, France", "Villeneuve, le 23 novembre 2026"),
        ("Caisse sans adresse", "Le 23 novembre 2026"),
    ],
)
def test_the_letter_names_the_fund_s_town_where_its_address_shows_one(address: str, shown: str) -> None:
    assert writer(replace(HEAD, address=address)).provisional(occasion()).place_and_date == shown


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        (HOME, ("12 RUE DES MOISSONS", "59999 LIMERCHIN")),
        (Address("Rue Haute 3", "1000", "Bruxelles", "BE"), ("RUE HAUTE 3", "1000 BRUXELLES", "BELGIQUE")),
        (Address("1 Main St", "", "Cork", "IE"), ("1 MAIN ST", "CORK", "IRLANDE")),
        (Address(" 4  rue\tÉmile ", "97400", "St-Denis", "RE"), ("4 RUE ÉMILE", "97400 ST-DENIS", "LA RÉUNION")),
        (Address("1 rue X", "99999", "Abidjan", "CI"), ("1 RUE X", "99999 ABIDJAN", "CÔTE D’IVOIRE")),
    ],
)  # fmt: skip
def test_the_window_has_capitals_and_names_a_country_that_is_not_ours(address: Address, lines: tuple[str, ...]) -> None:
    assert window_lines(NAME, address) == ("MME DELATTRE JEANNE", *lines)


def test_every_country_on_record_has_a_name() -> None:
    assert COUNTRY_NAMES.keys() == COUNTRIES
    assert all(COUNTRY_NAMES.values())


def test_a_reference_leads_from_the_letter_to_its_file_and_differs_by_copy() -> None:
    letter = LetterFile("-Zx9_delivery", 2, Kind.PROVISIONAL_LETTER)
    assert letter.name == "-Zx9_delivery.2.provisional_letter"
    assert read_name(letter.name) == letter
    assert letter.reference == LetterFile("-Zx9_delivery", 2, Kind.PROVISIONAL_LETTER).reference
    others = {replace(letter, copy=1), replace(letter, kind=Kind.CONFIRMATION_LETTER), letter}
    assert len({other.reference for other in others}) == 3
    assert len(letter.reference) == len("L-0000-0000-0000")


@pytest.mark.parametrize(
    "name", ["a.1", "a.1.provisional_mail", "../a.1.provisional_letter", "a.x.provisional_letter", ""]
)
def test_a_file_of_another_name_is_no_letter(name: str) -> None:
    assert read_name(name) is None
