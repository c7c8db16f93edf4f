"""S9: the serial of the carte Vitale proves the member. One try in 7 days; the unreadable costs nothing."""

from __future__ import annotations

import shutil
from io import StringIO
from pathlib import Path

import pytest

from idp.accounts.throttle import RIGHT_SOURCE
from idp.demo.person import Person
from idp.kernel.clock import DAY, MINUTE
from idp.storage.attempts import SqlAttempts
from tests.flows.story import CONTACT, WRONG, enroll_to, path, rows, says, shown
from tests.support.browser import Browser
from tests.support.clock import FakeClock
from tests.support.house import BACK, CARD, Running, running_house

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


def answer(running: Running, typed: str, person: Person = CARD, *, source: str = "") -> Browser:
    """Answer the question in a browser of its own, which a proxy says is at ``source``."""
    with running.browser(**{"x-forwarded-for": source}) as browser:
        enroll_to(browser, "verification", person)
        browser.submit({"answer": typed})
        return browser


def test_the_operator_may_allow_more_wrong_answers_in_seven_days(
    sqlite_template: Path, clock: FakeClock, tmp_path: Path
) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    with running_house(f"sqlite:///{tmp_path / 'idp.db'}", clock, tmp_path, proof_tries=3) as house:
        with house.browser() as browser:
            enroll_to(browser, "verification")
            assert says(browser, "enrollment.proof.tries", tries=3)
            for left in (2, 1):
                browser.submit({"answer": WRONG})
                assert shown(browser).status == 422
                assert says(browser, "enrollment.proof.error.wrong", tries=left)
            assert says(browser, "enrollment.proof.one_try")
        clock.advance(DAY)
        assert path(answer(house, WRONG)) == "/inscription/envoi", "the third one, of another enrollment too"
        assert len(house.letters()) == 1
        assert path(answer(house, CARD.serial)) == "/inscription/envoi", "no try is left"
        clock.advance(6 * DAY)
        assert path(answer(house, CARD.serial)) == "/inscription/messagerie", "the first two are a week old"
        assert path(answer(house, BACK.serial, BACK)) == "/inscription/messagerie"


def use_up(running: Running, source: str, spared: int) -> None:
    """Let a source have answered right so often that ``spared`` more are possible."""
    attempts = SqlAttempts(running.house.database)
    for _ in range(RIGHT_SOURCE.burst - spared):
        assert attempts.take(f"right:source:{source}", RIGHT_SOURCE) is None


def test_a_source_with_far_too_many_right_answers_is_stopped_and_told_at_no_cost_to_the_member(
    sqlite_template: Path, clock: FakeClock, tmp_path: Path, logged: StringIO
) -> None:
    """Whoever holds a file of cards answers right, member after member: a try is no cost to them."""
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    url = f"sqlite:///{tmp_path / 'idp.db'}"
    thief, other = "203.0.113.7", "198.51.100.20"
    with running_house(url, clock, tmp_path, trusted_proxies="127.0.0.1/32") as house:
        use_up(house, thief, spared=2)
        for person in (BACK, CARD):
            assert path(answer(house, person.serial, person, source=thief)) == "/inscription/messagerie"
        assert "right_answers_stopped" not in logged.getvalue()
        for typed in (CARD.serial, WRONG):
            stopped = answer(house, typed, source=thief)
            assert shown(stopped).status == 429, "right or wrong: nothing is judged"
            assert says(stopped, "enrollment.proof.error.stopped", phone=CONTACT)
        assert '"enrollment.right_answers_stopped"' in logged.getvalue()
        assert rows(house, "SELECT DISTINCT verdict FROM proof_slots ORDER BY verdict") == [("right",), ("void",)]
        assert path(answer(house, CARD.serial, source=other)) == "/inscription/messagerie"
        clock.advance(RIGHT_SOURCE.interval)
        assert path(answer(house, CARD.serial, source=thief)) == "/inscription/messagerie"


def test_wrong_and_unreadable_answers_do_not_use_up_the_right_ones_of_their_source(light: Running) -> None:
    use_up(light, "127.0.0.1", spared=1)
    for typed in (WRONG, "je ne sais pas", WRONG):
        answer(light, typed)
    assert path(answer(light, BACK.serial, BACK)) == "/inscription/messagerie"
