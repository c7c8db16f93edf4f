"""S8: an amount the fund paid within 6 months proves a member without a card; what is no amount costs no try."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from idp.demo.people import PEOPLE
from idp.demo.person import Person
from idp.kernel.clock import SECOND, paris_date
from idp.members.nir import Nir
from idp.members.records import AmountRecord, Records
from idp.storage.members_import import import_members
from idp.web.french import day
from tests.flows.story import enroll_to, path, rows, says, shown
from tests.support.browser import Browser
from tests.support.clock import FakeClock
from tests.support.house import MAIL, PAYMENT, Running, running_house, sign_in

OTHER = next(person for person in PEOPLE if person.question == PAYMENT.question and person is not PAYMENT)
CENTS, TYPED = 123_456, "1234,56"
SHARED = 8_000

WRITINGS = {
    "as on the statement": "1 234,56 €",
    "no space": "1234,56",
    "a dot": "1234.56",
    "no-break spaces": "1\u00a0234,56\u00a0€",
    "narrow no-break space": "1\u202f234,56",
    "space and dot": "1 234.56",
    "spaces around": "  1234,56 ",
    "a space after the comma": "1234, 56",
    "unit in front": "€1234,56",
    "in letters": "1234,56 euros",
    "as a bank writes": "1234.56 EUR",
    "full width": "１２３４，５６",
}
UNREADABLE = {
    "": "missing",
    " \u00a0 ": "missing",
    "€": "missing",
    "1234": "cents",
    "1 234 €": "cents",
    "1234,": "cents",
    "1234,5": "cents",
    "1234,567": "format",
    "-1234,56": "format",
    "\u2212 1234,56": "format",
    "+1234,56": "format",
    "1.234,56": "format",
    "1,234.56": "format",
    "1234,56,00": "format",
    "1234,56 1234,56": "format",
    "12 34,56": "format",
    "0,00": "format",
    "mille deux cent trente-quatre": "format",
    PAYMENT.nir: "format",
    "1" * 500: "format",
}


def receive(running: Running, cents: int, *days: date, person: Person = PAYMENT) -> None:
    """Let the fund's next file bring payments of a member it has."""
    paid = tuple(AmountRecord(2, Nir(person.nir), on.isoformat(), cents, "Aide au logement", 0) for on in days)
    house = running.house
    import_members(house.database, house.pepper, house.vault, house.clock, Records((), paid, (), ()))


def today(running: Running) -> date:
    return paris_date(running.clock.now())


def reached(running: Running, typed: str) -> str:
    """Return the step that an answer of another day's visitor leads to."""
    with running.browser() as browser:
        enroll_to(browser, "verification", PAYMENT)
        browser.submit({"answer": typed})
        return path(browser).rpartition("/")[2]


@pytest.fixture
def asked(light: Running, browser: Browser) -> Browser:
    """A visitor at the question, who received the amount of these tests yesterday."""
    receive(light, CENTS, today(light) - timedelta(days=1))
    enroll_to(browser, "verification", PAYMENT)
    return browser


@pytest.fixture
def strict(sqlite_template: Path, clock: FakeClock, tmp_path: Path) -> Iterator[Running]:
    """A house where an amount that two members received proves nothing."""
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    with running_house(f"sqlite:///{tmp_path / 'idp.db'}", clock, tmp_path, proof_common=1) as house:
        yield house


def test_the_page_says_which_amount_since_which_day_and_that_there_is_one_try(light: Running, browser: Browser) -> None:
    light.clock.instant = at("2027-10-14T12:00")
    receive(light, CENTS, today(light))
    enroll_to(browser, "verification", PAYMENT)
    assert says(browser, "enrollment.proof.payment.label")
    assert says(browser, "enrollment.proof.payment.hint", date="14 avril 2027")
    assert says(browser, "enrollment.proof.one_try")
    assert not says(browser, "enrollment.proof.invoice.label")


def test_the_right_amount_in_any_writing_leads_to_the_mailbox(light: Running) -> None:
    receive(light, CENTS, today(light))
    assert {name: reached(light, typed) for name, typed in WRITINGS.items()} == dict.fromkeys(WRITINGS, "messagerie")


def test_answers_that_are_no_amount_cost_nothing_and_are_not_shown_again(light: Running, asked: Browser) -> None:
    for typed, problem in UNREADABLE.items():
        asked.submit({"answer": typed})
        assert shown(asked).status == 422, typed
        assert says(asked, f"enrollment.proof.amount.error.{problem}"), typed
        assert shown(asked).form().fields["answer"] == ""
    assert rows(light, "SELECT * FROM proof_slots") == []
    asked.submit({"answer": TYPED})
    assert path(asked) == "/inscription/messagerie"


def test_a_right_amount_brings_the_password_by_mail(light: Running, browser: Browser) -> None:
    enroll_to(browser, "envoi", PAYMENT)
    (word,) = light.deliver()
    assert [str(message["to"]) for message in light.smtp.messages] == [MAIL]
    assert rows(light, "SELECT channel, proof FROM deliveries") == [("email", "payment")]
    sign_in(browser, word, PAYMENT)
    assert path(browser) == "/mot-de-passe"


def test_a_wrong_amount_brings_it_by_post_and_never_by_mail(light: Running, asked: Browser) -> None:
    asked.submit({"answer": "1234,57"})
    assert path(asked) == "/inscription/envoi"
    assert says(asked, "enrollment.letter.wrong")
    assert light.deliver() == []
    (word,) = light.letters()
    assert reached(light, TYPED) == "envoi", "one try in seven days"
    sign_in(asked, word, PAYMENT)
    assert path(asked) == "/mot-de-passe"


def test_somebody_else_s_amount_is_wrong(light: Running, asked: Browser) -> None:
    asked.submit({"answer": OTHER.answer})
    assert says(asked, "enrollment.letter.wrong")


def test_an_amount_that_many_received_is_asked_again_and_not_counted(strict: Running) -> None:
    for person in (PAYMENT, OTHER):
        receive(strict, SHARED, today(strict), person=person)
    receive(strict, CENTS, today(strict))
    with strict.browser() as browser:
        enroll_to(browser, "verification", PAYMENT)
        for _ in range(3):
            browser.submit({"answer": "80,00"})
            assert shown(browser).status == 422
            assert says(browser, "enrollment.proof.amount.error.common")
        browser.submit({"answer": TYPED})
        assert path(browser) == "/inscription/messagerie"


def test_that_an_amount_is_common_is_told_whether_or_not_the_member_received_it(strict: Running) -> None:
    """Otherwise the sentence would say who received it."""
    for person in (PEOPLE[0], OTHER):
        receive(strict, SHARED, today(strict), person=person)
    with strict.browser() as browser:
        enroll_to(browser, "verification", PAYMENT)
        browser.submit({"answer": "80,00"})
        assert says(browser, "enrollment.proof.amount.error.common")


def test_a_member_who_received_only_what_many_received_is_not_asked(strict: Running) -> None:
    for money in PAYMENT.payments:
        receive(strict, money.cents, *money.dates(today(strict)), person=OTHER)
    with strict.browser() as browser:
        enroll_to(browser, "documents", PAYMENT)
        assert says(browser, "enrollment.documents.none")


def at(text: str) -> int:
    """Return the instant of a UTC time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("now", "first"),
    [
        ("2027-10-14T12:00", date(2027, 4, 14)),
        ("2027-08-31T12:00", date(2027, 2, 28)),
        ("2028-08-31T12:00", date(2028, 2, 29)),
        ("2027-09-30T22:30", date(2027, 4, 1)),
    ],
    ids=["any day", "a month without that day", "a leap year", "already tomorrow in Paris"],
)
def test_the_same_day_six_months_ago_still_counts_and_the_day_before_does_not(
    light: Running, now: str, first: date
) -> None:
    light.clock.instant = at(now)
    receive(light, CENTS, first)
    receive(light, CENTS + 1, first - timedelta(days=1))
    receive(light, CENTS + 2, today(light))
    assert reached(light, "1 234,58") == "messagerie"
    assert reached(light, "1 234,56") == "messagerie", day(first)
    assert reached(light, "1 234,57") == "envoi"
