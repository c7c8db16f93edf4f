"""FranceConnect in a real Chromium, all from the demo: link, sign out, come back by it, reach the portal, unlink."""

from __future__ import annotations

import pytest

from tests.browser.looking import Eyes
from tests.browser.visitor import PASSWORD, Visitor

pytestmark = pytest.mark.browser

CITIZEN = "henri-delaunoy"
UPSTREAM = "/api/v2/"


def test_linked_signed_in_by_it_at_the_portal_and_unlinked(visitor: Visitor) -> None:
    page, demo = visitor.page, visitor.demo
    row = demo.member("Particulier, carte Vitale sans photo")
    eyes = Eyes(page, "franceconnect")
    visitor.open_account(row, "henri@courriel.example")

    visitor.top_right("Mon compte")
    eyes.look("account", "Mon compte", dark=True)
    visitor.link("Lier FranceConnect").click()
    eyes.look("link", "Lier FranceConnect à votre compte", dark=True)
    visitor.identify(CITIZEN)
    visitor.reads("FranceConnect est lié à votre compte.")
    eyes.look("linked", page.get_by_role("heading", level=1).inner_text())
    visitor.top_right("Se déconnecter")
    visitor.sees("Vous êtes déconnecté")

    page.goto(demo.portal)
    visitor.link("Se connecter avec ma caisse").click()
    eyes.look("signin", "Connectez-vous", dark=True)
    visitor.identify(CITIZEN)
    visitor.sees("Bonjour Henri Delaunoy")
    assert "eidas1" in visitor.claims()
    visitor.button("Se déconnecter").click()
    visitor.reads("Votre session est fermée ici et auprès de votre caisse.")
    assert any(f"{UPSTREAM}session/end" in url for url in visitor.asked), "FranceConnect was logged out as well"

    page.goto(f"{demo.provider}/franceconnect")
    visitor.sign_in(row, PASSWORD)
    visitor.button("Délier FranceConnect").click()
    visitor.reads("FranceConnect n’est plus lié à votre compte.")
    eyes.look("unlinked", "Lier FranceConnect à votre compte")
    visitor.top_right("Se déconnecter")
    page.goto(f"{demo.provider}/connexion")
    visitor.identify(CITIZEN)
    eyes.look("not-linked", "FranceConnect n’est pas encore lié à un espace privé")
    visitor.asked_without(row.nir)


def test_a_member_without_a_question_enrolls_by_franceconnect(visitor: Visitor) -> None:
    page, demo = visitor.page, visitor.demo
    row = demo.member("Exploitant sans facture récente")
    eyes = Eyes(page, "proof")
    visitor.name(row)
    eyes.look("documents", "Ce qu’il faut avoir sous la main")
    visitor.button("Suivant").click()
    visitor.contacts("bruno@courriel.example")
    eyes.look("question", "Vérifions que c’est bien vous", dark=True)
    visitor.identify("yacine-benmansour")
    visitor.reads("FranceConnect n’a pas permis de vérifier")
    eyes.look("somebody-else", "Vérifions que c’est bien vous")
    visitor.identify("bruno-wattelier")
    eyes.look("terms", "Les conditions générales")
    visitor.accept("Accepter et choisir mon mot de passe")
    visitor.choose(PASSWORD)
    visitor.sees("Bonjour Bruno Wattelier")

    visitor.top_right("Se déconnecter")
    page.goto(f"{demo.provider}/connexion")
    visitor.identify("bruno-wattelier")
    visitor.sees("Bonjour Bruno Wattelier")
