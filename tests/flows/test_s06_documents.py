"""S6: a page says which question will come, before it is asked, by the record."""

from __future__ import annotations

import pytest

from idp.demo.person import Person
from tests.flows.story import enroll_to, path, says
from tests.support.browser import Browser
from tests.support.house import BACK, CARD, FARMER, PAYMENT, UNASKED

MESSAGES = ("vitale_front", "vitale_back", "payment", "invoice", "none")


@pytest.mark.parametrize(
    ("person", "named"),
    [(CARD, "vitale_front"), (BACK, "vitale_back"), (PAYMENT, "payment"), (FARMER, "invoice"), (UNASKED, "none")],
    ids=["card with photo", "card without photo", "no card", "farmer", "no question"],
)
def test_the_document_to_prepare_is_named_before_the_question(browser: Browser, person: Person, named: str) -> None:
    enroll_to(browser, "documents", person)
    assert [message for message in MESSAGES if says(browser, f"enrollment.documents.{message}")] == [named]
    assert says(browser, "enrollment.documents.one_try") is (named != "none")


def test_the_question_cannot_be_reached_before_this_page_was_read(browser: Browser) -> None:
    enroll_to(browser, "documents")
    for later in ("coordonnees", "verification", "messagerie", "conditions", "envoi"):
        browser.get(f"/inscription/{later}")
        assert path(browser) == "/inscription/documents", later
