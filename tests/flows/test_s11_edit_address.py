"""S11: "recevoir votre mot de passe" shows the e-mail address; a pencil changes it, before and after."""

from __future__ import annotations

from idp.kernel.clock import MINUTE
from tests.flows.story import enroll_to, path, says, sentence, shown
from tests.support.browser import Browser
from tests.support.house import MAIL, Running, sign_in

OTHER = "camille.vasseur@autre.example"


def reads(browser: Browser, address: str) -> bool:
    """Tell whether the page shows an address; it may break before its @."""
    return address in shown(browser).text.replace(" @", "@")


def pencil(browser: Browser) -> None:
    browser.get(next(href for href, word in shown(browser).links if sentence("enrollment.mailbox.pencil") in word))


def recipients(running: Running) -> list[str]:
    running.post.run_once()
    return [str(message["to"]) for message in running.smtp.messages]


def test_the_address_is_shown_and_the_pencil_changes_it_in_place(light: Running, browser: Browser) -> None:
    enroll_to(browser, "messagerie")
    assert reads(browser, MAIL)
    pencil(browser)
    assert shown(browser).form().fields["email"] == MAIL
    browser.submit({"email": OTHER})
    assert path(browser) == "/inscription/messagerie"
    assert reads(browser, OTHER), "the new address is shown once more before anything leaves"
    browser.submit()
    browser.submit({"accept": "yes"})
    assert recipients(light) == [OTHER]


def test_a_wrong_address_stays_in_the_field_with_its_message(browser: Browser) -> None:
    enroll_to(browser, "messagerie")
    pencil(browser)
    for typed, problem in (("camille", "format"), ("", "missing")):
        browser.submit({"email": typed})
        assert shown(browser).status == 422
        assert says(browser, f"enrollment.contact.email.error.{problem}")
        assert shown(browser).form().fields["email"] == typed
    browser.get("/inscription/messagerie")
    assert reads(browser, MAIL), "what was confirmed before stands"


def test_an_address_corrected_after_the_sending_gets_one_and_the_word_already_sent_still_works(
    light: Running, browser: Browser
) -> None:
    enroll_to(browser, "envoi")
    assert recipients(light) == [MAIL]
    light.clock.advance(MINUTE)
    browser.submit({"action": "correct"})
    assert path(browser) == "/inscription/messagerie"
    browser.submit({"email": OTHER})
    assert path(browser) == "/inscription/envoi"
    assert reads(browser, OTHER)
    assert recipients(light) == [MAIL, OTHER]
    for word in light.deliver():
        with light.browser() as member:
            sign_in(member, word)
            assert path(member) == "/mot-de-passe"


def test_a_copy_that_had_not_left_yet_goes_to_the_corrected_address_alone(light: Running, browser: Browser) -> None:
    enroll_to(browser, "envoi")
    light.clock.advance(MINUTE)
    browser.submit({"action": "correct"})
    browser.submit({"email": OTHER})
    assert recipients(light) == [OTHER]


def test_correcting_waits_a_minute_like_any_other_sending(light: Running, browser: Browser) -> None:
    enroll_to(browser, "envoi")
    browser.submit({"action": "correct"})
    browser.submit({"email": OTHER})
    assert shown(browser).status == 429
    assert recipients(light) == [MAIL]


def test_the_page_of_the_sending_shows_the_address_but_takes_no_step_back(browser: Browser) -> None:
    enroll_to(browser, "envoi")
    for earlier in ("profil", "identifiant", "documents", "coordonnees", "verification", "conditions"):
        browser.get(f"/inscription/{earlier}")
        assert path(browser) == "/inscription/envoi", earlier
