"""S9: the serial of the carte Vitale proves the member. One try in 7 days; the unreadable costs nothing."""

from __future__ import annotations

import pytest

from idp.demo.person import Person
from idp.kernel.clock import DAY, MINUTE
from tests.flows.story import WRONG, enroll_to, path, rows, says, shown
from tests.support.browser import Browser
from tests.support.house import BACK, CARD, Running

WRITINGS = (CARD.serial, f" {CARD.serial} ", " ".join(CARD.serial), f"{CARD.serial[:4]}-{CARD.serial[4:]}")
UNREADABLE = {
    "": "missing",
    "   ": "missing",
    "je ne sais pas": "format",
    "123,45": "format",
    "８０４１２９６３５７O": "format",
    "1234567": "length",
    "1234567890123": "length",
    "1" * 500: "length",
    CARD.nir: "is_nir",
}


@pytest.mark.parametrize(
    ("person", "side", "other"), [(CARD, "front", "back"), (BACK, "back", "front")], ids=["photo", "no photo"]
)
def test_the_page_says_which_side_of_the_card_to_read(browser: Browser, person: Person, side: str, other: str) -> None:
    enroll_to(browser, "verification", person)
    assert says(browser, f"enrollment.proof.vitale.{side}")
    assert not says(browser, f"enrollment.proof.vitale.{other}")
    assert says(browser, "enrollment.proof.one_try")


@pytest.mark.parametrize("typed", WRITINGS)
def test_the_right_serial_in_any_writing_leads_to_the_mailbox(browser: Browser, typed: str) -> None:
    enroll_to(browser, "verification")
    browser.submit({"answer": typed})
    assert path(browser) == "/inscription/messagerie"


def test_answers_that_cannot_be_read_cost_nothing_and_are_not_shown_again(light: Running, browser: Browser) -> None:
    enroll_to(browser, "verification")
    for typed, problem in UNREADABLE.items():
        browser.submit({"answer": typed})
        assert shown(browser).status == 422, typed
        assert says(browser, f"enrollment.proof.vitale.error.{problem}"), typed
        assert shown(browser).form().fields["answer"] == ""
    assert rows(light, "SELECT * FROM proof_slots") == []
    browser.submit({"answer": CARD.serial})
    assert path(browser) == "/inscription/messagerie"


def test_a_wrong_serial_leads_to_the_letter_and_never_to_a_mail(light: Running, browser: Browser) -> None:
    enroll_to(browser, "verification")
    browser.submit({"answer": WRONG})
    assert path(browser) == "/inscription/envoi"
    assert says(browser, "enrollment.letter.wrong")
    for door in ("verification", "messagerie", "conditions", "coordonnees"):
        browser.get(f"/inscription/{door}")
        assert path(browser) == "/inscription/envoi", door
    assert light.deliver() == []


def test_after_a_wrong_answer_the_right_one_does_not_count_for_seven_days(light: Running, browser: Browser) -> None:
    enroll_to(browser, "verification")
    browser.submit({"answer": WRONG})
    for wait, reached in ((0, "envoi"), (7 * DAY - MINUTE, "envoi"), (MINUTE, "messagerie")):
        light.clock.advance(wait)
        with light.browser() as again:
            enroll_to(again, "verification")
            again.submit({"answer": CARD.serial})
            assert path(again) == f"/inscription/{reached}"
    assert light.deliver() == []


def test_a_right_answer_costs_no_try(light: Running) -> None:
    for _ in range(3):
        with light.browser() as browser:
            enroll_to(browser, "verification")
            browser.submit({"answer": CARD.serial})
            assert path(browser) == "/inscription/messagerie"


def test_one_member_s_spent_try_is_nobody_else_s(light: Running, browser: Browser) -> None:
    enroll_to(browser, "verification")
    browser.submit({"answer": WRONG})
    with light.browser() as other:
        enroll_to(other, "verification", BACK)
        other.submit({"answer": BACK.serial})
        assert path(other) == "/inscription/messagerie"


def test_who_has_not_the_card_asks_for_the_letter_without_spending_the_try(light: Running, browser: Browser) -> None:
    enroll_to(browser, "verification")
    browser.submit({"action": "by_post", "answer": ""})
    assert says(browser, "enrollment.letter.no_question")
    assert rows(light, "SELECT * FROM proof_slots") == []
    assert light.deliver() == []
