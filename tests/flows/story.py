"""What the stories share: walking to a step, reading the page by the ids of its sentences, looking into the store."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from idp.accounts.terms import Terms, text_digest
from idp.demo.person import Person
from idp.web.words import Catalogue
from tests.support.browser import Browser, Page
from tests.support.house import CARD, MAIL, Running

PHONE = "06 39 98 12 34"
WRONG = "99999999999"
"""A serial that nobody's card bears."""
WORDS = Catalogue("fr")
CONTACT = "03 53 01 24 60"
"""The fund's phone as the pages of the tests read it."""


def shown(browser: Browser) -> Page:
    """Return the page in the window."""
    assert browser.page is not None
    return browser.page


def path(browser: Browser) -> str:
    """Return the path in the address bar."""
    return shown(browser).path


def plain(sentence: str) -> str:
    """Return a sentence as ``Page.text`` has it: one space between words."""
    return " ".join(sentence.split())


def sentence(message: str, **values: object) -> str:
    """Return a sentence of the catalogue, as ``Page.text`` has it."""
    return plain(WORDS(message, **values))


def says(browser: Browser, message: str, **values: object) -> bool:
    """Tell whether the page in the window holds a sentence of the catalogue."""
    return sentence(message, **values) in shown(browser).text


def enroll_to(browser: Browser, slug: str, person: Person = CARD, *, mail: str = MAIL) -> None:
    """Walk from the first question to the page of ``slug``, giving right answers, through the second door."""
    answers: dict[str, dict[str, str]] = {
        "profil": {"profile": person.situation},
        "identifiant": {"nir": person.nir},
        "documents": {},
        "coordonnees": {"email": mail, "phone": PHONE},
        "verification": {"answer": person.answer},
        "messagerie": {},
        "conditions": {"accept": "yes"},
    }
    browser.get("/inscription")
    while path(browser) != f"/inscription/{slug}":
        here = path(browser).rpartition("/")[2]
        if here == "identifiant" and says(browser, "enrollment.existing.title"):
            browser.submit({"action": "not_received"})
        else:
            browser.submit(answers.pop(here))


def rows(running: Running, statement: str) -> list[tuple[Any, ...]]:
    """Return what the store holds."""
    with running.house.database.begin(write=False) as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def publish_terms(running: Running, revision: int) -> None:
    """Publish another revision of the general conditions."""
    body = f"# Objet\n\nRévision {revision}."
    with running.house.begin() as unit:
        unit.accounts.publish_terms(Terms(revision, "fr", text_digest(body), body, running.clock.now()))
