"""S4: *I don't know my identifier* leads to the fund's contacts, to be registered by phone."""

from __future__ import annotations

from tests.flows.story import CONTACT, enroll_to, says, sentence, shown
from tests.support.browser import Browser


def test_who_does_not_know_the_number_finds_the_phone_and_what_to_prepare(browser: Browser) -> None:
    enroll_to(browser, "identifiant")
    links = {word: href for href, word in shown(browser).links}
    browser.get(links[sentence("enrollment.identifier.unknown_link")])
    assert shown(browser).status == 200
    assert CONTACT in shown(browser).text
    assert says(browser, "contact.unknown.text")
    assert says(browser, "contact.unknown.prepare.1")
