"""A mail that cannot arrive, or not yet: the member reads it where they look, and corrects the address or waits."""

from __future__ import annotations

import pytest

from idp.kernel.clock import HOUR, MINUTE, SECOND
from tests.flows.story import PHONE, enroll_to, path, rows, says, shown
from tests.support.browser import Browser
from tests.support.house import CARD, MAIL, Running, change_password, sign_in

MISTYPED, OTHER = "camile@courriel.example", "camille.vasseur@autre.example"
NO_SUCH_USER = "550 5.1.1 no such user"


def refuse(running: Running) -> None:
    """Let the post meet a server that knows nobody of this address, and from then on everybody."""
    running.smtp.behaviour.at_recipient = NO_SUCH_USER
    running.post.run_once()
    running.smtp.behaviour.at_recipient = None


def correct(browser: Browser, address: str) -> None:
    browser.submit({"action": "correct"})
    assert path(browser) == "/inscription/messagerie"
    browser.submit({"email": address})


def recipients(running: Running) -> list[str]:
    running.post.run_once()
    return [str(message["to"]) for message in running.smtp.messages]


@pytest.fixture
def refused(light: Running, browser: Browser) -> Browser:
    """A visitor whose address was refused as soon as a mail was sent to it."""
    enroll_to(browser, "envoi", mail=MISTYPED)
    refuse(light)
    browser.get("/inscription/envoi")
    return browser


def test_the_page_of_the_sending_says_that_the_address_refuses_and_offers_to_correct_it_alone(
    refused: Browser,
) -> None:
    assert says(refused, "enrollment.sending.refused")
    assert MISTYPED in shown(refused).text.replace(" @", "@")
    assert says(refused, "enrollment.mailbox.pencil")
    for message in ("title", "valid", "next.title", "resend", "resent", "delayed"):
        assert not says(refused, f"enrollment.sending.{message}"), message


def test_the_corrected_address_gets_the_mail_and_its_word_opens_the_space(light: Running, refused: Browser) -> None:
    correct(refused, OTHER)
    assert path(refused) == "/inscription/envoi"
    assert not says(refused, "enrollment.sending.refused")
    assert recipients(light) == [OTHER]
    sign_in(refused, light.deliver()[-1])
    change_password(refused)
    assert path(refused) == "/espace"
    assert rows(light, "SELECT email FROM accounts") == [(OTHER,)]


def test_a_second_refused_address_is_told_and_corrected_like_the_first(light: Running, browser: Browser) -> None:
    enroll_to(browser, "envoi", mail=MISTYPED)
    for address in ("camille@courriel.exemple.example", OTHER):
        refuse(light)
        browser.get("/inscription/envoi")
        assert says(browser, "enrollment.sending.refused")
        correct(browser, address)
    assert recipients(light) == [OTHER]


def test_who_comes_back_in_another_browser_reads_it_beside_the_second_door(light: Running, browser: Browser) -> None:
    enroll_to(browser, "envoi", mail=MISTYPED)
    refuse(light)
    with light.browser() as later:
        enroll_to(later, "identifiant")
        later.submit({"nir": CARD.nir})
        assert says(later, "enrollment.existing.title")
        assert says(later, "enrollment.existing.refused")
        assert not says(later, "enrollment.existing.waiting")
        assert MISTYPED not in shown(later).response.text
        assert MISTYPED.partition("@")[0] not in shown(later).response.text
        later.submit({"action": "not_received"})
        for fields in ({}, {"email": OTHER, "phone": PHONE}, {"answer": CARD.serial}, {}, {"accept": "yes"}):
            later.submit(fields)
        assert path(later) == "/inscription/envoi"
        assert not says(later, "enrollment.sending.refused")
        assert recipients(light) == [OTHER]
        sign_in(later, light.deliver()[-1])
        change_password(later)
        assert path(later) == "/espace"


def test_while_the_mail_server_is_away_the_page_says_after_a_minute_that_it_takes_longer(
    light: Running, browser: Browser
) -> None:
    light.smtp.stop()
    enroll_to(browser, "envoi")
    light.post.run_once()
    light.clock.advance(59 * SECOND)
    browser.get("/inscription/envoi")
    assert not says(browser, "enrollment.sending.delayed")
    light.clock.advance(SECOND)
    browser.get("/inscription/envoi")
    assert says(browser, "enrollment.sending.delayed")
    assert not says(browser, "enrollment.sending.refused")
    browser.submit({"action": "resend"})
    assert says(browser, "enrollment.sending.delayed")
    assert rows(light, "SELECT count(*) FROM outbox WHERE lane = 'mail'") == [(1,)], "what is late is not asked twice"


def test_once_the_mail_server_takes_it_the_page_no_longer_says_so_and_the_word_works(
    light: Running, browser: Browser
) -> None:
    light.smtp.behaviour.at_recipient = "451 4.7.1 greylisted, come back"
    enroll_to(browser, "envoi")
    light.post.run_once()
    light.clock.advance(MINUTE)
    browser.get("/inscription/envoi")
    assert says(browser, "enrollment.sending.delayed")
    light.smtp.behaviour.at_recipient = None
    assert recipients(light) == [MAIL]
    browser.get("/inscription/envoi")
    assert not says(browser, "enrollment.sending.delayed")
    sign_in(browser, light.deliver()[-1])
    assert path(browser) == "/mot-de-passe"


def test_a_refused_address_of_somebody_who_is_in_already_is_no_news(light: Running, browser: Browser) -> None:
    """A second copy is refused; the first one has opened the space."""
    enroll_to(browser, "envoi")
    (word,) = light.deliver()
    light.clock.advance(MINUTE)
    browser.submit({"action": "resend"})
    refuse(light)
    with light.browser() as member:
        sign_in(member, word)
        change_password(member)
        assert path(member) == "/espace"
    light.clock.advance(HOUR - 2 * MINUTE)
    browser.get("/inscription/envoi")
    assert says(browser, "enrollment.existing.title")
    assert not says(browser, "enrollment.existing.refused")
