"""S7: e-mail and phone, both required; the address on record is not shown before the proof."""

from __future__ import annotations

import pytest

from tests.flows.story import PHONE, enroll_to, path, rows, says, shown
from tests.support.browser import Browser
from tests.support.house import CARD, MAIL, Running

EMAILS = {
    "": ("missing", {}),
    "camille": ("format", {}),
    "camille@": ("format", {}),
    "@courriel.example": ("format", {}),
    "camille@courriel": ("format", {}),
    "camille @courriel.example": ("format", {}),
    "a@b.example\r\nbcc: c@d.example": ("format", {}),
    "camille@-courriel.example": ("domain", {"domain": "-courriel.example"}),
    "c" * 250 + "@courriel.example": ("long", {}),
}
PHONES = {"": "missing", "06 39": "format", "appelez-moi": "format", "0" * 50: "format"}
NUMBERS = {
    "06 39 98 12 34": "+33639981234",
    "0639981234": "+33639981234",
    "+32 2 555 12 12": "+3225551212",
    "+33 (0)3 53 01 24 60": "+33353012460",
}


@pytest.fixture
def at_contact(browser: Browser) -> Browser:
    enroll_to(browser, "coordonnees")
    return browser


def test_each_wrong_address_has_its_message_and_keeps_what_was_typed(at_contact: Browser) -> None:
    for typed, (problem, values) in EMAILS.items():
        at_contact.submit({"email": typed, "phone": PHONE})
        assert shown(at_contact).status == 422, typed
        assert says(at_contact, f"enrollment.contact.email.error.{problem}", **values), typed
        assert shown(at_contact).form().fields["phone"] == PHONE


def test_each_wrong_phone_has_its_message_and_keeps_what_was_typed(at_contact: Browser) -> None:
    for typed, problem in PHONES.items():
        at_contact.submit({"email": MAIL, "phone": typed})
        assert shown(at_contact).status == 422, typed
        assert says(at_contact, f"enrollment.contact.phone.error.{problem}"), typed
        assert shown(at_contact).form().fields["email"] == MAIL


def test_two_wrong_fields_are_told_at_once(at_contact: Browser) -> None:
    at_contact.submit({"email": "", "phone": ""})
    assert says(at_contact, "common.error_summary.many", count=2)


def test_phones_of_any_country_are_kept_in_one_form(light: Running, at_contact: Browser) -> None:
    for typed, kept in NUMBERS.items():
        at_contact.get("/inscription/coordonnees")
        at_contact.submit({"email": MAIL, "phone": typed})
        assert path(at_contact) == "/inscription/verification", typed
        assert rows(light, "SELECT phone FROM enrollments") == [(kept,)]


def test_nothing_on_record_is_shown_before_the_proof(browser: Browser) -> None:
    for slug in ("identifiant", "documents", "coordonnees", "verification"):
        enroll_to(browser, slug)
        body = shown(browser).response.text
        personal = (*CARD.address[:3], CARD.birth_name, CARD.given_names.split()[0], CARD.serial)
        assert [word for word in personal if word and word in body] == [], slug
        browser.client.cookies.clear()
