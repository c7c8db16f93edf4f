"""S14: wrong answer, the password goes by post; to the address on record only, one in 7 days and three in 90."""

from __future__ import annotations

import pytest

from idp.demo.person import Person
from idp.kernel.clock import DAY, MINUTE
from tests.flows.story import CONTACT, WRONG, enroll_to, path, rows, says, shown
from tests.support.browser import Browser
from tests.support.house import CARD, FARMER, HOMELESS, PAYMENT, UNASKED, Running, change_password, sign_in


def letters(running: Running) -> int:
    running.post.run_once()
    owed = rows(running, "SELECT d.channel, d.address, o.lane FROM deliveries d JOIN outbox o ON o.delivery_id = d.id")
    assert set(owed) <= {("post", None, "letter")}
    return len(owed)


def ask_by_post(running: Running, person: Person) -> None:
    with running.browser() as browser:
        enroll_to(browser, "verification", person)
        browser.submit({"action": "by_post"})
        assert says(browser, "enrollment.letter.title")


def test_the_page_says_what_will_happen_and_shows_no_address(browser: Browser) -> None:
    enroll_to(browser, "verification")
    browser.submit({"answer": WRONG})
    for message in ("wrong", "where", "when", "terms", "next.3"):
        assert says(browser, f"enrollment.letter.{message}"), message
    assert says(browser, "enrollment.letter.valid", days=20)
    body = shown(browser).response.text
    assert [part for part in (*CARD.address[:3], CARD.birth_name) if part in body] == []


@pytest.mark.parametrize("person", [CARD, PAYMENT, FARMER], ids=["card", "payment", "invoice"])
def test_a_wrong_answer_to_any_question_ends_in_a_letter_whose_password_works(
    light: Running, browser: Browser, person: Person
) -> None:
    enroll_to(browser, "verification", person)
    browser.submit({"answer": WRONG if person is CARD else "1 234,57"})
    assert says(browser, "enrollment.letter.wrong")
    assert light.deliver() == []
    (word,) = light.letters()
    sign_in(browser, word, person)
    change_password(browser)
    browser.submit({"accept": "yes"})
    assert path(browser) == "/espace"


def test_a_member_without_the_document_may_choose_the_letter(light: Running, browser: Browser) -> None:
    enroll_to(browser, "verification")
    browser.submit({"action": "by_post"})
    assert says(browser, "enrollment.letter.no_question")
    assert letters(light) == 1


def test_a_member_who_cannot_be_asked_gets_the_letter_at_once(light: Running, browser: Browser) -> None:
    enroll_to(browser, "coordonnees", UNASKED)
    browser.submit({"email": "ines@courriel.example", "phone": "0639981234"})
    assert says(browser, "enrollment.letter.no_question")
    assert letters(light) == 1
    assert light.deliver() == []


def test_without_an_address_on_record_the_page_is_the_fund_s_contacts_and_no_letter_leaves(
    light: Running, browser: Browser
) -> None:
    enroll_to(browser, "verification", HOMELESS)
    browser.submit({"answer": WRONG})
    assert says(browser, "enrollment.no_way.title")
    assert says(browser, "enrollment.no_way.no_address")
    assert CONTACT in shown(browser).text
    assert letters(light) == 0
    assert rows(light, "SELECT outcome FROM outbox") == [("dropped",)]


def test_one_letter_leaves_in_seven_days_and_three_in_ninety(light: Running) -> None:
    expected = {0: 1, 1: 1, 7: 2, 13: 2, 14: 3, 21: 3, 60: 3, 89: 3, 90: 4}
    began, left = light.clock.now(), {}
    for day in expected:
        light.clock.instant = began + day * DAY + (MINUTE if day else 0)
        ask_by_post(light, PAYMENT)
        left[day] = letters(light)
    assert left == expected


def test_who_asks_again_within_the_week_reads_that_a_letter_is_on_its_way(light: Running, browser: Browser) -> None:
    ask_by_post(light, PAYMENT)
    light.post.run_once()
    light.clock.advance(DAY)
    enroll_to(browser, "verification", PAYMENT)
    browser.submit({"action": "by_post"})
    assert says(browser, "enrollment.letter.already")
    assert not says(browser, "enrollment.letter.when")


def test_nothing_is_sent_by_mail_to_an_address_typed_without_a_proof(light: Running) -> None:
    ask_by_post(light, PAYMENT)
    assert light.deliver() == []
    assert light.smtp.messages == []
