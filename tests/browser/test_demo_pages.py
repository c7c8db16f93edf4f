"""Every other page a visitor may meet: what is wrong, and what stands in the foot."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.looking import Eyes
from tests.browser.visitor import PASSWORD, Visitor

pytestmark = pytest.mark.browser

FOOTER = {
    "Nous contacter": "Nous contacter",
    "Aide": "Aide",
    "Conditions générales": "Les conditions générales",
    "Vos données personnelles": "Vos données personnelles",
    "Mentions légales": "Mentions légales",
    "Accessibilité": "Accessibilité",
}
"""The links of every page's foot, and the pages that they open."""


def test_what_is_wrong_is_said_first_and_takes_the_focus(visitor: Visitor) -> None:
    page, demo = visitor.page, visitor.demo
    row = demo.member("Numéro provisoire (8)")
    mail = "maria@courriel.example"
    eyes = Eyes(page, "errors")

    def refused(name: str, title: str, problem: str, *, dark: bool = False) -> None:
        summary = page.get_by_role("group", name=re.compile("à corriger"))
        expect(summary).to_be_focused()
        expect(page).to_have_title(re.compile(r"^Erreur\s: "))
        eyes.look(name, title, dark=dark)
        summary.get_by_role("link", name=problem).first.click()
        expect(page.get_by_role("main").locator("input:focus")).to_have_count(1)

    page.goto(demo.provider)
    visitor.top_right("S’inscrire")
    visitor.button("Suivant").click()
    refused("profile", "Qui êtes-vous ?", "Choisissez un profil dans la liste.")
    page.get_by_role("radio", name=re.compile("^Particulier")).check()
    visitor.button("Suivant").click()
    visitor.field("Numéro de sécurité sociale").fill("2 85 03")
    visitor.button("Suivant").click()
    number = "Quel est votre numéro de sécurité sociale ?"
    refused("identifier", number, "Ce numéro a 5 caractères. Il en faut 13.", dark=True)
    expect(visitor.field("Numéro de sécurité sociale")).to_have_value("2 85 03")
    visitor.field("Numéro de sécurité sociale").fill(row.nir)
    visitor.button("Suivant").click()
    visitor.button("J’ai ce qu’il faut").click()
    visitor.button("Suivant").click()
    refused("contact", "Comment vous joindre ?", "Tapez votre adresse mail.")
    visitor.field("Adresse mail").fill(mail)
    visitor.field("Téléphone").fill("0639981234")
    visitor.button("Suivant").click()
    visitor.field("Numéro de série de votre carte Vitale").fill(row.nir)
    visitor.button("Valider ma réponse").click()
    refused("proof", "Vérifions que c’est bien vous", "Vous avez tapé votre numéro de sécurité sociale.")
    expect(visitor.field("Numéro de série de votre carte Vitale")).to_have_value("")
    visitor.field("Numéro de série de votre carte Vitale").fill(row.answer)
    visitor.button("Valider ma réponse").click()
    visitor.button("Suivant").click()
    visitor.button("Accepter et recevoir mon mot de passe").click()
    refused("terms", "Les conditions générales", "Cochez la case pour accepter les conditions.")
    visitor.field("J’ai lu et j’accepte les conditions générales").check()
    visitor.button("Accepter et recevoir mon mot de passe").click()
    word = visitor.open_mail(mail)
    page.goto(f"{demo.provider}/connexion")
    visitor.sign_in(row, "pas le bon")
    refused("signin", "Connectez-vous", "Le numéro et le mot de passe ne vont pas ensemble.")
    visitor.sign_in(row, word)
    visitor.choose("tracteur", "tracteur")
    refused("password", "Choisissez votre mot de passe", "Ce mot de passe ne suit pas toutes les règles.", dark=True)
    visitor.choose(PASSWORD, "autre chose")
    refused("password-twice", "Choisissez votre mot de passe", "Les deux mots de passe sont différents.")
    visitor.choose(PASSWORD)
    eyes.look("space-long-name", "Bonjour Maria Vanderstraeten-Grymonprez")
    page.goto(f"{demo.provider}/nulle-part")
    eyes.look("not-found", "Cette page n’existe pas")
    visitor.asked_without(row.nir)


def test_the_pages_beside_the_way(visitor: Visitor) -> None:
    page, demo = visitor.page, visitor.demo
    eyes = Eyes(page, "beside")
    for number, (link, title) in enumerate(FOOTER.items()):
        page.goto(demo.provider)
        page.get_by_role("contentinfo").get_by_role("link", name=link).click()
        eyes.look(f"footer-{number}", title)
