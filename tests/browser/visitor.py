"""Somebody at a browser, who knows a line of the terminal's table and reads labels, and nothing of the program."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Locator, Page, Request, expect

from idp.accounts import freeze
from idp.accounts.grammar import Fit
from tests.browser.demo import Demo, Row
from tests.support.house import code_of
from tests.support.letters import see

PASSWORD = "Tracteur-bleu-42"
PORTAL = "Terres et Projets"
POST_S = 10.0
LABELS = {
    "carte Vitale, n° au recto": "Numéro de série de votre carte Vitale",
    "carte Vitale, n° au verso": "Numéro de série de votre carte Vitale",
    "paiement reçu depuis 6 mois": "Montant d’un paiement reçu depuis 6 mois",
    "facture payée depuis 12 mois": "Montant d’une facture payée depuis 12 mois",
}
"""Where the answer to each question of the terminal's table is typed."""


@dataclass(slots=True)
class Visitor:
    """One browser window; every address that it asks for is remembered."""

    page: Page
    demo: Demo
    asked: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, context: BrowserContext, demo: Demo) -> Visitor:
        """Open a window."""
        visitor = cls(context.new_page(), demo)

        def remember(request: Request) -> None:
            visitor.asked.append(request.url)

        context.on("request", remember)
        return visitor

    # what a hand does

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name, exact=True)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    def sees(self, title: str) -> None:
        """Expect the page whose title is this."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)

    def reads(self, text: str) -> None:
        """Expect a sentence on the page."""
        expect(self.page.get_by_text(text).first).to_be_visible()

    def top_right(self, name: str) -> None:
        """Press one of the two buttons of the red block."""
        block = self.page.get_by_role("navigation", name="Votre espace privé")
        block.get_by_role("link", name=name, exact=True).or_(block.get_by_role("button", name=name, exact=True)).click()

    # the story, one page after the other

    def name(self, row: Row) -> None:
        """Walk from the first page past profile and number."""
        self.page.goto(self.demo.provider)
        self.top_right("S’inscrire")
        self.profile("Exploitant" if row.who.startswith("Exploitant") else "Particulier")
        self.number(row.nir)

    def profile(self, name: str) -> None:
        """Choose a profile by the beginning of its name."""
        self.sees("Qui êtes-vous ?")
        self.page.get_by_role("radio", name=re.compile(f"^{name}")).check()
        self.button("Suivant").click()

    def number(self, nir: str) -> None:
        """Type a number where it is asked."""
        self.field("Numéro de sécurité sociale").fill(nir)
        self.button("Suivant").click()

    def contacts(self, mail: str) -> None:
        """Type how to be reached."""
        self.sees("Comment vous joindre ?")
        self.field("Adresse mail").fill(mail)
        self.field("Téléphone").fill("06 39 98 12 34")
        self.button("Suivant").click()

    def answer(self, row: Row, typed: str | None = None) -> None:
        """Answer the question of the table, right unless told otherwise."""
        self.sees("Vérifions que c’est bien vous")
        self.field(LABELS[row.question]).fill(row.answer if typed is None else typed)
        self.button("Valider ma réponse").click()

    def receive(self) -> None:
        """Confirm the address and accept the terms: the password leaves."""
        self.sees("Recevoir votre mot de passe")
        self.button("Suivant").click()
        self.accept("Accepter et recevoir mon mot de passe")
        self.sees("Votre mot de passe est en route")

    def accept(self, button: str) -> None:
        """Accept the terms."""
        self.sees("Les conditions générales")
        self.field("J’ai lu et j’accepte les conditions générales").check()
        self.button(button).click()

    def to_the_question(self, row: Row, mail: str) -> None:
        """Walk from the first page to the question."""
        self.name(row)
        self.sees("Ce qu’il faut avoir sous la main")
        self.button("J’ai ce qu’il faut").click()
        self.contacts(mail)
        self.sees("Vérifions que c’est bien vous")

    def enroll(self, row: Row, mail: str) -> None:
        """Walk to the page that says that the password is on its way."""
        self.to_the_question(row, mail)
        self.answer(row)
        self.receive()

    def open_mail(self, mail: str) -> str:
        """Open the newest message to this address in the mailbox and return the password it brings."""
        received = self.page.get_by_role("listitem").filter(has_text=mail).get_by_role("link")
        late = time.monotonic() + POST_S
        self.page.goto(self.demo.mailbox)
        while not received.count() and time.monotonic() < late:
            self.page.reload()
        received.first.click()
        self.sees("Votre mot de passe provisoire")
        text = self.page.locator("pre").inner_text()
        found = re.findall(r"^[A-Z2-9]{4}(?:-[A-Z2-9]{4})+$", text, re.MULTILINE)
        assert len(found) == 1, "one password in a mail"
        return str(found[0])

    def open_letter(self, name: str, *, freezes: bool = False) -> str:
        """Open the newest letter to a family name in the mailbox; return its password, or its code that freezes."""
        late = time.monotonic() + POST_S
        while time.monotonic() < late:
            self.page.goto(self.demo.mailbox)
            letters = self.page.get_by_role("link", name=re.compile("^Lettre "))
            for address in letters.evaluate_all("links => links.map(link => link.href)"):
                pdf = self.page.request.get(address).body()
                if name.upper() in see(pdf).text and (freeze.fit(code := code_of(pdf)) is Fit.RIGHT) is freezes:
                    return code
        raise AssertionError(f"no letter to {name}")

    def sign_in(self, row: Row, word: str) -> None:
        """Type number and password on the sign-in page shown."""
        self.sees("Connectez-vous")
        self.field("Numéro de sécurité sociale").fill(row.nir)
        self.field("Mot de passe").fill(word)
        self.page.get_by_role("main").get_by_role("button", name="Se connecter", exact=True).click()

    def choose(self, word: str, again: str | None = None) -> None:
        """Type a password of one's own, twice."""
        self.sees("Choisissez votre mot de passe")
        self.field("Nouveau mot de passe").fill(word)
        self.field("Le même, une deuxième fois").fill(word if again is None else again)
        self.button("Enregistrer ce mot de passe").click()

    def open_account(self, row: Row, mail: str) -> None:
        """Enroll, receive, sign in, change: the private space is open."""
        self.enroll(row, mail)
        word = self.open_mail(mail)
        self.page.goto(self.demo.provider)
        self.top_right("Se connecter")
        self.sign_in(row, word)
        self.choose(PASSWORD)
        self.reads("Vos derniers paiements")

    # the same through FranceConnect

    def identify(self, citizen: str) -> None:
        """Press the button of FranceConnect and be this citizen there."""
        self.page.get_by_role("main").get_by_role("button", name="S’identifier avec FranceConnect").click()
        self.as_citizen(citizen)

    def as_citizen(self, citizen: str) -> None:
        """Be this citizen on the pages of FranceConnect; one known there already is not asked again."""
        choice = self.page.locator(f"input[value={citizen}]")
        confirm = self.page.locator("#confirm")
        expect(choice.or_(confirm)).to_be_visible()
        if choice.count():
            choice.check()
            self.page.locator("#choose").click()
        confirm.click()

    # what was asked of the network

    def codes(self) -> list[str]:
        """Return the addresses of the portal's callback that were asked for with a code."""
        return [url for url in self.asked if url.startswith(f"{self.demo.portal}/callback") and "code=" in url]

    def asked_without(self, nir: str) -> None:
        """Expect that no address that was asked for bears the number."""
        assert not [url for url in self.asked if nir in url.replace("%20", "").replace("+", "")]

    # what the portal shows

    def claims(self) -> str:
        """Return the ID token as the portal's page lists it."""
        return self.page.get_by_role("table", name="Jeton d’identité").inner_text()
