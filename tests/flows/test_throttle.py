"""Attempts at signing in: a full bucket delays, never refuses for good, and touches no other bucket (law 9)."""

from __future__ import annotations

from idp.accounts.grammar import ALPHABET
from idp.accounts.throttle import SIGNIN_ACCOUNT, SIGNIN_SOURCE
from idp.demo.people import PEOPLE
from idp.kernel.clock import MINUTE, SECOND
from tests.flows.story import enroll_to, path, rows, says, shown
from tests.support.browser import Browser, Page
from tests.support.house import BACK, CARD, PASSWORD, Running, enroll, open_account, sign_in

GUESS = "Deviner-1-mot"
NOBODY = "2530749588157"


def guess(browser: Browser, number: str, word: str = GUESS) -> Page:
    browser.get("/connexion")
    return browser.submit({"identifier": number, "password": word})


def until_full(browser: Browser, number: str) -> list[int]:
    return [guess(browser, number).status for _ in range(SIGNIN_ACCOUNT.burst + 1)]


def test_guesses_at_one_account_are_delayed_and_one_more_is_free_after_a_while(
    light: Running, browser: Browser
) -> None:
    open_account(light)
    assert until_full(browser, CARD.nir) == [422] * SIGNIN_ACCOUNT.burst + [429]
    assert says(browser, "signin.error.throttled", minutes=5)
    assert shown(browser).response.headers["retry-after"] == "300"
    assert guess(browser, CARD.nir, PASSWORD).status == 429, "nothing is judged while the bucket is full"
    light.clock.advance(SIGNIN_ACCOUNT.interval - SECOND)
    assert guess(browser, CARD.nir).status == 429
    light.clock.advance(SECOND)
    sign_in(browser, PASSWORD)
    assert path(browser) == "/espace"


def test_a_stranger_s_guesses_touch_no_other_account(light: Running, browser: Browser) -> None:
    open_account(light, BACK)
    until_full(browser, CARD.nir)
    with light.browser() as other:
        sign_in(other, PASSWORD, BACK)
        assert path(other) == "/espace"


def test_right_passwords_are_given_back(light: Running, browser: Browser) -> None:
    open_account(light)
    for _ in range(SIGNIN_ACCOUNT.burst - 1):
        guess(browser, CARD.nir)
    for _ in range(SIGNIN_ACCOUNT.burst + 2):
        with light.browser() as member:
            sign_in(member, PASSWORD)
            assert path(member) == "/espace"
    assert guess(browser, CARD.nir).status == 422
    assert guess(browser, CARD.nir).status == 429


def test_an_unknown_number_is_delayed_like_a_member_s(light: Running, browser: Browser) -> None:
    open_account(light)
    known = [(page.status, page.text) for page in (guess(browser, CARD.nir) for _ in range(12))]
    unknown = [(page.status, page.text) for page in (guess(browser, NOBODY) for _ in range(12))]
    assert known == unknown


def test_a_mistyped_provisional_password_costs_no_try_and_is_refused_like_any_word(
    light: Running, browser: Browser
) -> None:
    enroll(browser)
    word = light.deliver()[-1]
    mistyped = ("B" if word[0] == "A" else "A") + word[1:]
    answers = {(guess(browser, number, mistyped).status, shown(browser).text) for number in (CARD.nir, NOBODY)}
    for last in ALPHABET:
        if last != word[-1]:
            answers.add((guess(browser, CARD.nir, word[:-1] + last).status, shown(browser).text))
    answers.add((guess(browser, CARD.nir).status, shown(browser).text))
    assert len(answers) == 1
    assert says(browser, "signin.error.refused")
    assert sum(row[0].startswith("signin:account:") for row in rows(light, "SELECT bucket FROM attempts")) == 1
    sign_in(browser, word)
    assert path(browser) == "/mot-de-passe"


def test_guesses_from_one_source_at_many_numbers_are_delayed_and_other_accounts_get_theirs_back(
    light: Running, browser: Browser
) -> None:
    numbers = [person.nir for person in PEOPLE]
    page = browser.get("/connexion")
    statuses = [
        browser.submit({"identifier": numbers[n % len(numbers)], "password": GUESS}, page=page).status
        for n in range(SIGNIN_SOURCE.burst + 10)
    ]
    assert statuses == [422] * SIGNIN_SOURCE.burst + [429] * 10
    begun = light.clock.now()
    taken = {bucket: tat for bucket, tat in rows(light, "SELECT bucket, tat FROM attempts") if ":account:" in bucket}
    assert sum((tat - begun) // SIGNIN_ACCOUNT.interval for tat in taken.values()) == SIGNIN_SOURCE.burst
    light.clock.advance(MINUTE)
    assert browser.submit({"identifier": NOBODY, "password": GUESS}, page=page).status == 422


def test_numbers_looked_up_by_one_source_are_delayed_and_enrolled_members_go_on(
    light: Running, browser: Browser
) -> None:
    with light.browser() as member:
        enroll_to(member, "coordonnees")
        enroll_to(browser, "identifiant")
        for _ in range(29):
            browser.submit({"nir": NOBODY})
            assert shown(browser).status == 422
        browser.submit({"nir": NOBODY})
        assert shown(browser).status == 429
        assert says(browser, "enrollment.identifier.error.throttled", minutes=2, phone="03 53 01 24 60")
        member.submit({"email": "camille@courriel.example", "phone": "0639981234"})
        assert path(member) == "/inscription/verification"
    light.clock.advance(2 * MINUTE)
    browser.submit({"nir": CARD.nir})
    assert path(browser) == "/inscription/documents"
