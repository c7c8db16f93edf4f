"""S10: an exploitant is asked for an invoice paid within 12 months, to the day, whatever the calendar does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from idp.demo.people import PEOPLE
from idp.demo.person import Person
from idp.kernel.clock import SECOND, paris_date
from idp.members.nir import Nir
from idp.members.records import AmountRecord, Records
from idp.storage.members_import import import_members
from tests.flows.story import PHONE, enroll_to, path, rows, says, shown
from tests.support.browser import Browser
from tests.support.house import CARD, FARMER, MAIL, Running, sign_in

CORSICA = next(person for person in PEOPLE if "2B" in person.nir)
UNBILLED = next(person for person in PEOPLE if person.situation == "exploitant" and person.answer == "par courrier")
WRITINGS = ("1 423,90", "1423.90 €", "1\u202f423,90\u00a0€")
UNREADABLE = {"": "missing", "1423": "cents", "-1 423,90": "format", "1.423,90": "format", "trimestre": "format"}


def bill(running: Running, cents: int, *days: date, person: Person = FARMER) -> None:
    """Let the fund's next file bring invoices of a member it has."""
    paid = tuple(AmountRecord(2, Nir(person.nir), on.isoformat(), cents, "Cotisations", 0) for on in days)
    house = running.house
    import_members(house.database, house.pepper, house.vault, house.clock, Records((), (), paid, ()))


def reached(running: Running, typed: str) -> str:
    """Return the step that an answer of another visitor leads to."""
    with running.browser() as browser:
        enroll_to(browser, "verification", FARMER)
        browser.submit({"answer": typed})
        return path(browser).rpartition("/")[2]


def test_the_page_says_which_amount_since_which_day_and_that_there_is_one_try(light: Running, browser: Browser) -> None:
    light.clock.instant = at("2027-03-01T12:00")
    bill(light, 5_000, date(2027, 2, 1))
    enroll_to(browser, "verification", FARMER)
    assert says(browser, "enrollment.proof.invoice.label")
    assert says(browser, "enrollment.proof.invoice.hint", date="1er mars 2026")
    assert says(browser, "enrollment.proof.one_try")
    assert not says(browser, "enrollment.proof.payment.label")


def test_the_record_decides_and_not_the_profile_that_was_ticked(browser: Browser) -> None:
    """He has a carte Vitale too; an exploitant is asked for an invoice all the same."""
    browser.get("/inscription")
    for fields in ({"profile": "particulier"}, {"nir": FARMER.nir}, {}, {"email": MAIL, "phone": PHONE}):
        browser.submit(fields)
    assert FARMER.serial
    assert says(browser, "enrollment.proof.invoice.label")
    browser.submit({"answer": FARMER.serial})
    assert shown(browser).status == 422, "a serial is no amount, and costs no try"
    browser.submit({"answer": FARMER.answer})
    assert path(browser) == "/inscription/messagerie"


def test_the_right_amount_in_any_writing_leads_to_the_mailbox(light: Running) -> None:
    assert {typed: reached(light, typed) for typed in WRITINGS} == dict.fromkeys(WRITINGS, "messagerie")


def test_answers_that_are_no_amount_cost_nothing(light: Running, browser: Browser) -> None:
    enroll_to(browser, "verification", FARMER)
    for typed, problem in UNREADABLE.items():
        browser.submit({"answer": typed})
        assert shown(browser).status == 422, typed
        assert says(browser, f"enrollment.proof.amount.error.{problem}"), typed
    assert rows(light, "SELECT * FROM proof_slots") == []


def test_a_right_amount_brings_the_password_by_mail(light: Running, browser: Browser) -> None:
    enroll_to(browser, "envoi", CORSICA)
    (word,) = light.deliver()
    assert rows(light, "SELECT channel, proof FROM deliveries") == [("email", "invoice")]
    sign_in(browser, word, CORSICA)
    assert path(browser) == "/mot-de-passe"


def test_a_wrong_amount_brings_it_by_post_and_never_by_mail(light: Running, browser: Browser) -> None:
    enroll_to(browser, "verification", FARMER)
    browser.submit({"answer": "1423,91"})
    assert says(browser, "enrollment.letter.wrong")
    assert light.deliver() == []
    assert len(light.letters()) == 1
    assert reached(light, FARMER.answer) == "envoi", "one try in seven days"


def test_an_amount_that_the_fund_paid_out_is_no_invoice(light: Running) -> None:
    house, today = light.house, paris_date(light.clock.now())
    received = AmountRecord(2, Nir(FARMER.nir), today.isoformat(), 7_777, "Aide", 0)
    import_members(house.database, house.pepper, house.vault, house.clock, Records((), (received,), (), ()))
    assert reached(light, "77,77") == "envoi"


def test_without_an_invoice_in_the_window_there_is_no_question_and_a_letter_leaves(
    light: Running, browser: Browser
) -> None:
    enroll_to(browser, "documents", UNBILLED)
    assert says(browser, "enrollment.documents.none")
    browser.submit()
    browser.submit({"email": MAIL, "phone": PHONE})
    assert says(browser, "enrollment.letter.no_question")
    assert len(light.letters()) == 1


def test_a_particulier_is_never_asked_for_an_invoice(light: Running, browser: Browser) -> None:
    bill(light, 7_777, paris_date(light.clock.now()), person=CARD)
    enroll_to(browser, "verification", CARD)
    assert says(browser, "enrollment.proof.vitale.label")


def at(text: str) -> int:
    """Return the instant of a UTC time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("now", "first"),
    [
        ("2027-10-14T12:00", date(2026, 10, 14)),
        ("2028-02-29T12:00", date(2027, 2, 28)),
        ("2029-02-28T12:00", date(2028, 2, 28)),
        ("2029-03-01T12:00", date(2028, 3, 1)),
        ("2027-12-31T23:30", date(2027, 1, 1)),
    ],
    ids=["any day", "a leap day", "the year after it", "the day after that", "already the new year in Paris"],
)
def test_the_same_day_twelve_months_ago_still_counts_and_the_day_before_does_not(
    light: Running, now: str, first: date
) -> None:
    light.clock.instant = at(now)
    bill(light, 123_456, first)
    bill(light, 123_457, first - timedelta(days=1))
    assert reached(light, "1 234,56") == "messagerie"
    assert reached(light, "1 234,57") == "envoi"
