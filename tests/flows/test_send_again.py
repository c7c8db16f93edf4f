"""*Send again*: three times, a minute apart, then no more; every copy works."""

from __future__ import annotations

from idp.kernel.clock import MINUTE, SECOND
from tests.flows.story import enroll_to, path, says, shown
from tests.support.browser import Browser
from tests.support.house import MAIL, Running, sign_in


def again(browser: Browser) -> None:
    browser.submit({"action": "resend"})


def test_three_more_leave_and_then_the_button_is_gone(light: Running, browser: Browser) -> None:
    enroll_to(browser, "envoi")
    spare = shown(browser)
    light.deliver()
    for copies in (2, 3, 4):
        light.clock.advance(MINUTE)
        again(browser)
        assert says(browser, "enrollment.sending.resent")
        assert len(light.deliver()) == copies
    assert not says(browser, "enrollment.sending.resend")
    light.clock.advance(MINUTE)
    version = shown(browser).form().fields["version"]
    spare.form().fields["version"] = version
    browser.submit({"action": "resend"}, page=spare)
    assert shown(browser).status == 429
    browser.get("/inscription/messagerie")
    browser.submit({"email": "autre@courriel.example"})
    assert shown(browser).status == 429, "correcting is a sending too"
    assert len(light.deliver()) == 4
    assert {str(message["to"]) for message in light.smtp.messages} == {MAIL}


def test_within_a_minute_the_page_says_to_wait(light: Running, browser: Browser) -> None:
    enroll_to(browser, "envoi")
    light.clock.advance(59 * SECOND)
    again(browser)
    assert shown(browser).status == 429
    assert says(browser, "enrollment.sending.resend_limit", minutes=1)
    assert len(light.deliver()) == 1
    light.clock.advance(SECOND)
    again(browser)
    assert len(light.deliver()) == 2


def test_every_copy_works(light: Running, browser: Browser) -> None:
    enroll_to(browser, "envoi")
    for _ in range(2):
        light.deliver()
        light.clock.advance(MINUTE)
        again(browser)
    words = light.deliver()
    assert len(set(words)) == 3
    for word in words:
        with light.browser() as member:
            sign_in(member, word)
            assert path(member) == "/mot-de-passe"


def test_nothing_is_sent_again_once_the_change_is_made_elsewhere(light: Running, browser: Browser) -> None:
    enroll_to(browser, "envoi")
    waiting = shown(browser)
    with light.browser() as phone:
        sign_in(phone, light.deliver()[-1])
        phone.submit({"new_password": "Tracteur-bleu-42", "new_password_again": "Tracteur-bleu-42"})
    light.clock.advance(MINUTE)
    browser.submit({"action": "resend"}, page=waiting)
    assert says(browser, "enrollment.existing.text")
    assert len(light.deliver()) == 1
