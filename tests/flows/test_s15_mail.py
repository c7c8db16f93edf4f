"""S15: the provisional password arrives by mail at once and is valid 7 days; day 8 refuses it, and says so."""

from __future__ import annotations

from idp.kernel.clock import DAY, MINUTE
from idp.web.french import clock_time, long_date
from tests.flows.story import path, plain, rows, says, sentence, shown
from tests.support.browser import Browser
from tests.support.house import MAIL, Running, change_password, enroll, sign_in
from tests.support.smtp import part


def test_the_worker_s_next_turn_brings_it_to_the_address_typed(running: Running) -> None:
    with running.browser() as browser:
        enroll(browser)
        assert says(browser, "enrollment.sending.valid")
    running.post.run_once()
    (mail,) = running.smtp.messages
    (envelope,) = running.smtp.envelopes
    assert envelope.rcpt_tos == [MAIL]
    assert str(mail["to"]) == MAIL
    assert str(mail["subject"]) == sentence("mail.provisional.subject")
    assert "Camille Vasseur" in part(mail, "plain")
    assert rows(running, "SELECT outcome FROM outbox WHERE lane = 'mail'") == [("sent",)]


def test_the_mail_says_until_when_it_is_valid(light: Running, browser: Browser) -> None:
    enroll(browser)
    light.post.run_once()
    until = light.clock.now() + 7 * DAY
    said = sentence("mail.provisional.valid", date=long_date(until), time=clock_time(until))
    (mail,) = light.smtp.messages
    assert said in plain(part(mail, "plain"))
    assert said in plain(part(mail, "html"))


def test_it_works_until_the_last_minute_of_the_seventh_day(light: Running, browser: Browser) -> None:
    enroll(browser)
    (word,) = light.deliver()
    light.clock.advance(7 * DAY - MINUTE)
    with light.browser() as member:
        sign_in(member, word)
        change_password(member)
        assert path(member) == "/espace"


def test_the_eighth_day_refuses_it_with_a_message_of_its_own(light: Running, browser: Browser) -> None:
    enroll(browser)
    (word,) = light.deliver()
    for wait in (7 * DAY, DAY):
        light.clock.advance(wait)
        with light.browser() as member:
            sign_in(member, word)
            assert path(member) == "/connexion"
            assert shown(member).status == 422
            assert says(member, "signin.error.provisional_expired")


def test_its_seven_days_begin_when_it_leaves_the_house(light: Running, browser: Browser) -> None:
    enroll(browser)
    light.clock.advance(2 * DAY)
    (word,) = light.deliver()
    light.clock.advance(7 * DAY - MINUTE)
    with light.browser() as member:
        sign_in(member, word)
        assert path(member) == "/mot-de-passe"


def test_an_expired_one_is_replaced_by_enrolling_again(light: Running, browser: Browser) -> None:
    enroll(browser)
    light.deliver()
    light.clock.advance(8 * DAY)
    with light.browser() as again:
        enroll(again)
        sign_in(again, light.deliver()[-1])
        assert path(again) == "/mot-de-passe"
