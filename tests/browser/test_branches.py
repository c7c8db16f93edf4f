"""Each branch of the sign-up, walked at a browser: whatever the record says of somebody, no way ends nowhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.demo import Row
from tests.browser.looking import Eyes
from tests.browser.visitor import LABELS, PASSWORD, Visitor

pytestmark = pytest.mark.browser

DOCUMENTS = "Ce qu’il faut avoir sous la main"
PROOF = "Vérifions que c’est bien vous"
EXISTING = "Vous avez déjà un espace privé"
BY_POST = "Votre mot de passe arrive par la poste"
FROZEN = "Cet espace privé est bloqué"
NOBODY = "2 53 07 49 588 157"


def test_the_table_has_somebody_for_every_question_and_for_none(visitor: Visitor) -> None:
    rows = visitor.demo.rows
    assert {row.question for row in rows} == {*LABELS, "aucune possible"}
    assert {row.question for row in rows if row.answer == "par courrier"} == {"aucune possible"}


def test_a_card_without_a_photo_is_read_on_its_back(visitor: Visitor) -> None:
    row = visitor.demo.member("Particulier né à l’étranger (99)")
    eyes = Eyes(visitor.page, "back")
    visitor.name(row)
    visitor.reads("Sur votre carte, sans photo, il est au verso.")
    eyes.look("documents", DOCUMENTS)
    visitor.button("J’ai ce qu’il faut").click()
    visitor.contacts("yacine@courriel.example")
    visitor.reads("Sur votre carte, ce numéro est au verso")
    eyes.look("proof", PROOF)
    visitor.answer(row)
    visitor.sees("Recevoir votre mot de passe")
    visitor.asked_without(row.nir)


def test_a_member_without_a_card_answers_with_a_payment(visitor: Visitor) -> None:
    row = visitor.demo.member("Particulier sans droits santé")
    eyes = Eyes(visitor.page, "payment")
    visitor.name(row)
    eyes.look("documents", DOCUMENTS)
    visitor.button("J’ai ce qu’il faut").click()
    visitor.contacts("ines@courriel.example")
    eyes.look("proof", PROOF, dark=True)
    visitor.answer(row, row.answer.partition(",")[0])
    visitor.reads("Il manque les centimes.")
    eyes.look("proof-cents", PROOF)
    visitor.answer(row, f"{row.answer} €")
    visitor.receive()
    visitor.open_mail("ines@courriel.example")
    visitor.asked_without(row.nir)


def test_a_farmer_answers_with_an_invoice(visitor: Visitor) -> None:
    row = visitor.demo.member("Exploitant, avec des factures")
    eyes = Eyes(visitor.page, "invoice")
    visitor.name(row)
    eyes.look("documents", DOCUMENTS)
    visitor.button("J’ai ce qu’il faut").click()
    visitor.contacts("marc@courriel.example")
    eyes.look("proof", PROOF)
    visitor.answer(row)
    visitor.receive()
    visitor.reads("Par sécurité, une lettre à votre adresse postale")
    visitor.asked_without(row.nir)


def test_companies_and_others_are_registered_with_an_adviser(visitor: Visitor) -> None:
    eyes = Eyes(visitor.page, "elsewhere")
    visitor.page.goto(visitor.demo.provider)
    visitor.top_right("S’inscrire")
    visitor.profile("Entreprise")
    eyes.look("company", "Les entreprises s’inscrivent avec un conseiller")
    visitor.button("Choisir un autre profil").click()
    visitor.profile("Autre")
    eyes.look("other", "Nous créons votre accès avec vous")
    visitor.button("Choisir un autre profil").click()
    visitor.sees("Qui êtes-vous ?")


def test_an_unknown_number_and_no_number_lead_to_the_contacts(visitor: Visitor) -> None:
    eyes = Eyes(visitor.page, "unknown")
    visitor.page.goto(visitor.demo.provider)
    visitor.top_right("S’inscrire")
    visitor.profile("Particulier")
    visitor.number(NOBODY)
    visitor.reads("Nous n’avons pas trouvé ce numéro dans nos dossiers.")
    eyes.look("not-found", "Quel est votre numéro de sécurité sociale ?")
    visitor.link("Je ne connais pas mon identifiant").click()
    visitor.reads("Vous ne connaissez pas votre identifiant")
    eyes.look("contact", "Nous contacter")
    visitor.asked_without(NOBODY.replace(" ", ""))


def test_an_existing_account_is_invited_to_sign_in(visitor: Visitor, member: Row) -> None:
    visitor.name(member)
    Eyes(visitor.page, "existing").look("open", EXISTING)
    expect(visitor.button("Je n’ai rien reçu, ou il n’est plus valable")).to_have_count(0)
    visitor.link("Me connecter à ce compte").click()
    visitor.sign_in(member, PASSWORD)
    visitor.sees("Bonjour Ghjuvan Pietralba")
    visitor.asked_without(member.nir)


def test_a_forgotten_password_comes_by_post_to_whoever_verified_the_address_lately(
    visitor: Visitor, member: Row
) -> None:
    eyes = Eyes(visitor.page, "forgotten")
    visitor.name(member)
    visitor.sees(EXISTING)
    visitor.link("J’ai oublié mon mot de passe").click()
    eyes.look("number", "Mot de passe oublié")
    visitor.number(visitor.demo.member("Particulier dont l’adresse manque au dossier").nir)
    eyes.look("unopened", "Votre espace privé n’est pas encore ouvert")
    visitor.button("J’ai tapé un mauvais numéro").click()
    visitor.number(member.nir)
    eyes.look("proof", PROOF)
    visitor.answer(member)
    eyes.look("sent", "Votre demande est prise en compte")
    word = visitor.open_letter("Pietralba")
    visitor.page.goto(f"{visitor.demo.provider}/connexion")
    visitor.sign_in(member, word)
    visitor.choose(PASSWORD)
    visitor.sees("Bonjour Ghjuvan Pietralba")
    visitor.asked_without(member.nir)


def test_a_wrong_answer_ends_in_a_letter_whose_password_opens_the_space(visitor: Visitor) -> None:
    row = visitor.demo.member("Particulier, droits ouverts mais carte pas encore reçue")
    eyes = Eyes(visitor.page, "wrong")
    visitor.to_the_question(row, "zoe@courriel.example")
    visitor.answer(row, "1 234,56")
    visitor.reads("Votre réponse n’est pas celle de notre dossier.")
    eyes.look("letter", BY_POST, dark=True)
    word = visitor.open_letter("Boulanger")
    eyes.look("catcher", "Courriels et lettres", ours=False)
    visitor.page.goto(visitor.demo.provider)
    visitor.top_right("Se connecter")
    visitor.sign_in(row, word)
    visitor.choose(PASSWORD)
    eyes.look("terms", "Les conditions générales")
    visitor.accept("Accepter et continuer")
    visitor.sees("Bonjour Zoé Boulanger")
    visitor.asked_without(row.nir)


def test_a_member_without_a_question_chooses_the_letter(visitor: Visitor) -> None:
    row = visitor.demo.member("Particulière sans aucune question possible")
    eyes = Eyes(visitor.page, "unasked")
    visitor.name(row)
    eyes.look("documents", DOCUMENTS)
    visitor.button("Suivant").click()
    visitor.contacts("odile@courriel.example")
    eyes.look("no-question", "Vérifions que c’est bien vous")
    visitor.button("Continuer vers l’envoi par la poste").click()
    eyes.look("letter", BY_POST)
    visitor.page.goto(visitor.demo.provider)
    visitor.top_right("S’inscrire")
    eyes.look("resume", "Une inscription est déjà commencée")
    visitor.open_letter("Fauvel")
    visitor.page.goto(f"{visitor.demo.provider}/inscription")
    visitor.button("Recommencer l’inscription").click()
    visitor.profile("Particulier")
    visitor.number(row.nir)
    visitor.sees(EXISTING)
    visitor.button("Je n’ai rien reçu, ou il n’est plus valable").click()
    visitor.button("Suivant").click()
    visitor.contacts("odile@courriel.example")
    visitor.button("Continuer vers l’envoi par la poste").click()
    visitor.reads("Une lettre est déjà partie.")
    eyes.look("already", BY_POST)
    visitor.asked_without(row.nir)


def test_a_member_without_an_address_on_record_is_asked_to_call(visitor: Visitor) -> None:
    row = visitor.demo.member("Particulier dont l’adresse manque au dossier")
    visitor.to_the_question(row, "theo@courriel.example")
    visitor.button("Je n’ai pas ce document").click()
    visitor.reads("Nous n’avons pas d’adresse postale pour vous écrire.")
    Eyes(visitor.page, "no-address").look("call", "Appelez-nous")
    visitor.page.get_by_role("main").get_by_role("link", name="Nous contacter").click()
    visitor.sees("Nous contacter")
    visitor.asked_without(row.nir)


def test_who_received_nothing_goes_through_the_second_door_with_another_address(visitor: Visitor) -> None:
    row = visitor.demo.member("Exploitante corse (2B)")
    visitor.enroll(row, "lesai@courriel.example")
    visitor.page.context.clear_cookies()
    visitor.name(row)
    visitor.reads("Vous attendez encore votre mot de passe ?")
    Eyes(visitor.page, "second-door").look("waiting", EXISTING)
    visitor.button("Je n’ai rien reçu, ou il n’est plus valable").click()
    visitor.sees(DOCUMENTS)
    visitor.button("J’ai ce qu’il faut").click()
    visitor.contacts("lesia@courriel.example")
    visitor.answer(row)
    visitor.receive()
    word = visitor.open_mail("lesia@courriel.example")
    visitor.page.goto(visitor.demo.provider)
    visitor.top_right("Se connecter")
    visitor.sign_in(row, word)
    visitor.sees("Choisissez votre mot de passe")
    visitor.asked_without(row.nir)


def test_the_code_of_the_confirmation_letter_freezes_and_only_another_letter_opens_again(visitor: Visitor) -> None:
    row = visitor.demo.member("Numéro provisoire (7)")
    eyes = Eyes(visitor.page, "freeze")
    visitor.enroll(row, "voleur@courriel.example")
    code = visitor.open_letter("El Idrissi", freezes=True)
    visitor.page.goto(f"{visitor.demo.provider}/securite/gel")
    eyes.look("code", "Bloquer un espace privé")
    visitor.field("Code de la lettre").fill("ABCDE-FGHJA")
    visitor.button("Bloquer cet accès").click()
    visitor.reads("Un caractère n’est pas le bon.")
    eyes.look("mistyped", "Bloquer un espace privé")
    visitor.field("Code de la lettre").fill(code.lower().replace("-", " "))
    visitor.button("Bloquer cet accès").click()
    visitor.reads("Plus personne ne peut s’y connecter.")
    eyes.look("done", FROZEN, dark=True)
    visitor.page.context.clear_cookies()
    visitor.name(row)
    eyes.look("existing", FROZEN)
    visitor.button("Recevoir un mot de passe par la poste").click()
    visitor.button("Continuer vers l’envoi par la poste").click()
    visitor.contacts("anas@courriel.example")
    visitor.sees(BY_POST)
    word = visitor.open_letter("El Idrissi")
    visitor.page.goto(f"{visitor.demo.provider}/connexion")
    visitor.sign_in(row, word)
    visitor.sees("Choisissez votre mot de passe")
    visitor.asked_without(row.nir)
