"""The whole story of the demo in a real Chromium, by its table and its labels alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.demo import Row
from tests.browser.looking import Eyes
from tests.browser.visitor import PASSWORD, PORTAL, Visitor

pytestmark = pytest.mark.browser


def test_from_signing_up_to_the_portals_claims_and_out_again(visitor: Visitor) -> None:
    page, demo = visitor.page, visitor.demo
    row = demo.member("Particulier, carte Vitale avec photo")
    eyes = Eyes(page, "story")

    page.goto(demo.provider)
    eyes.look("landing", "Votre caisse agricole, chez vous, à toute heure", dark=True)
    visitor.top_right("S’inscrire")
    eyes.look("profile", "Qui êtes-vous ?")
    page.get_by_role("radio", name=re.compile("^Particulier")).check()
    visitor.button("Suivant").click()
    eyes.look("identifier", "Quel est votre numéro de sécurité sociale ?", dark=True)
    visitor.field("Numéro de sécurité sociale").fill(row.nir)
    visitor.button("Suivant").click()
    eyes.look("documents", "Ce qu’il faut avoir sous la main")
    visitor.button("J’ai ce qu’il faut").click()
    eyes.look("contact", "Comment vous joindre ?")
    visitor.field("Adresse mail").fill("camille.vasseur@exemple.example")
    visitor.field("Téléphone").fill("06 39 98 12 34")
    visitor.button("Suivant").click()
    eyes.look("proof", "Vérifions que c’est bien vous", dark=True)
    visitor.field("Numéro de série de votre carte Vitale").fill(row.answer)
    visitor.button("Valider ma réponse").click()
    eyes.look("mailbox", "Recevoir votre mot de passe")
    visitor.link("Modifier l’adresse mail").click()
    expect(visitor.field("Votre adresse mail")).to_be_visible()
    eyes.look("mailbox-edit", "Recevoir votre mot de passe")
    mail = "camille@courriel.example"
    visitor.field("Votre adresse mail").fill(mail)
    visitor.button("Utiliser cette adresse").click()
    visitor.reads(mail)
    visitor.button("Suivant").click()
    eyes.look("terms", "Les conditions générales")
    visitor.field("J’ai lu et j’accepte les conditions générales").check()
    visitor.button("Accepter et recevoir mon mot de passe").click()
    eyes.look("sending", "Votre mot de passe est en route", dark=True)

    word = visitor.open_mail(mail)
    eyes.look("mail", "Votre mot de passe provisoire", ours=False)
    page.goto(demo.provider)
    visitor.top_right("Se connecter")
    eyes.look("signin", "Connectez-vous", dark=True)
    visitor.sign_in(row, word)
    visitor.reads("Ensuite, vous entrez dans votre espace privé.")
    eyes.look("password", "Choisissez votre mot de passe", dark=True)
    visitor.choose(PASSWORD)
    visitor.reads("Vos derniers paiements")
    eyes.look("space", "Bonjour Camille Vasseur", dark=True)
    assert not visitor.codes(), "no portal was asked for yet"

    page.goto(demo.portal)
    eyes.look("portal", "Vos projets, vos aides, au même endroit", ours=False)
    visitor.link("Se connecter avec ma caisse").click()
    eyes.look("portal-claims", "Bonjour Camille Vasseur", ours=False)
    assert demo.provider in visitor.claims()
    assert "camille@courriel.example" in page.get_by_role("table", name="Informations sur l’utilisateur").inner_text()
    assert row.nir not in page.content()
    assert len(visitor.codes()) == 1

    visitor.button("Renouveler le jeton").click()
    visitor.reads("Le jeton a été renouvelé.")
    visitor.button("Se déconnecter").click()
    visitor.reads("Votre session est fermée ici et auprès de votre caisse.")
    eyes.look("portal-signed-out", "Vous êtes déconnecté", ours=False)

    page.goto(demo.portal)
    visitor.link("Se connecter avec ma caisse").click()
    visitor.sees("Connectez-vous")
    assert len(visitor.codes()) == 1, "signed out at the provider too"
    visitor.asked_without(row.nir)


def test_a_portal_that_sends_a_provisional_password_gets_its_code_after_the_change_alone(visitor: Visitor) -> None:
    page, demo = visitor.page, visitor.demo
    row = demo.member("Particulière née outre-mer")
    mail = "marie-josee@courriel.example"
    eyes = Eyes(page, "portal-first")
    visitor.enroll(row, mail)
    word = visitor.open_mail(mail)

    page.goto(demo.portal)
    visitor.link("Se connecter avec ma caisse").click()
    visitor.reads("Pour continuer vers")
    visitor.reads(PORTAL)
    eyes.look("signin", "Connectez-vous", dark=True)
    visitor.sign_in(row, word)
    visitor.reads(f"Ensuite, vous continuez vers {PORTAL}.")
    eyes.look("password", "Choisissez votre mot de passe")

    page.goto(demo.portal)
    visitor.link("Se connecter avec ma caisse").click()
    visitor.sees("Choisissez votre mot de passe")
    page.goto(f"{demo.provider}/espace")
    visitor.sees("Choisissez votre mot de passe")
    page.goto(demo.portal)
    visitor.link("Se connecter avec ma caisse").click()
    assert not visitor.codes(), "the change is owed"

    visitor.choose(PASSWORD)
    visitor.sees("Bonjour Marie-Josée Thuillier")
    assert visitor.claims()
    assert len(visitor.codes()) == 1
    visitor.asked_without(row.nir)


def test_a_tile_of_the_private_space_opens_the_portal_with_one_click(visitor: Visitor, member: Row) -> None:
    page, demo = visitor.page, visitor.demo
    page.goto(demo.provider)
    visitor.top_right("Se connecter")
    visitor.sign_in(member, PASSWORD)
    visitor.reads("Aucun paiement depuis 6 mois.")
    visitor.link(PORTAL).click()
    expect(page).to_have_url(f"{demo.portal}/compte")
    visitor.sees("Bonjour Ghjuvan Pietralba")
    assert len(visitor.codes()) == 1
    page.goto(demo.provider)
    visitor.top_right("Se déconnecter")
    Eyes(page, "space").look("signed-out", "Vous êtes déconnecté")
    visitor.asked_without(member.nir)
