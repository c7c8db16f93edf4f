"""S19, S20: Mon compte, first form. Documents by e-mail or by post: kept and audited."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection

from idp.kernel.clock import HOUR, MINUTE
from idp.storage.freezing import SqlFreezing
from tests.flows.story import path, publish_terms, rows, says, sentence, shown
from tests.support.browser import Browser
from tests.support.house import CARD, MAIL, PASSWORD, Running, enroll, open_account, sign_in

CHOICE = "SELECT documents_by_email_at IS NOT NULL FROM accounts"
CHOSEN = "SELECT details FROM audit_events WHERE tag = 'member:documents:chosen' ORDER BY at, id"
KEPT_WAITING = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
LOOKS = 20_000


@pytest.fixture
def member(light: Running) -> Iterator[Browser]:
    with _at_the_page(light) as browser:
        yield browser


@contextmanager
def _at_the_page(running: Running) -> Iterator[Browser]:
    open_account(running)
    with running.browser() as browser:
        sign_in(browser, PASSWORD)
        browser.get("/mon-compte")
        yield browser


def choose(browser: Browser, word: str) -> None:
    browser.submit({"documents": word}, action="/mon-compte")


def test_documents_go_by_mail_once_chosen_and_by_post_again(running: Running) -> None:
    with _at_the_page(running) as member:
        assert not rows(running, CHOICE)[0][0]
        choose(member, "email")
        assert says(member, "space.account.documents.done.email")
        assert rows(running, CHOICE)[0][0]
        running.clock.advance(MINUTE)
        choose(member, "post")
        assert says(member, "space.account.documents.done.post")
        assert not rows(running, CHOICE)[0][0]
        assert rows(running, CHOSEN) == [('{"by_email":true}',), ('{"by_email":false}',)]


def test_choosing_the_same_again_keeps_since_when(light: Running, member: Browser) -> None:
    choose(member, "email")
    since = rows(light, "SELECT documents_by_email_at FROM accounts")
    light.clock.advance(MINUTE)
    choose(member, "email")
    assert says(member, "space.account.documents.done.email")
    assert rows(light, "SELECT documents_by_email_at FROM accounts") == since
    assert len(rows(light, CHOSEN)) == 1


@pytest.mark.parametrize("word", ["", "pigeon", "email\x00"])
def test_a_choice_that_is_none_is_refused(light: Running, member: Browser, word: str) -> None:
    choose(member, word)
    assert shown(member).status == 422
    assert says(member, "space.account.documents.error.missing")
    assert rows(light, CHOSEN) == []


def test_by_mail_needs_a_verified_address(light: Running, member: Browser) -> None:
    with light.house.database.begin() as connection:
        connection.exec_driver_sql("UPDATE accounts SET email_verified_at = NULL")
    choose(member, "email")
    assert shown(member).status == 422
    assert says(member, "space.account.documents.error.no_email")
    assert rows(light, CHOSEN) == []


def test_the_page_tells_what_is_known_and_never_the_number(member: Browser) -> None:
    text = shown(member).text
    assert MAIL in text.replace(" ", "")
    assert sentence("space.account.email.verified") in text
    assert CARD.address[2] in text
    assert CARD.address[0] not in text
    assert CARD.nir not in shown(member).response.text


def test_without_an_upstream_provider_there_is_no_card(member: Browser) -> None:
    assert "FranceConnect" not in shown(member).text


def test_nobody_is_led_to_sign_in_and_back_to_the_page(light: Running) -> None:
    open_account(light)
    with light.browser() as browser:
        browser.get("/mon-compte")
        assert path(browser) == "/connexion"
        browser.submit({"identifier": CARD.nir, "password": PASSWORD}, action="/connexion")
        assert path(browser) == "/mon-compte"


def test_who_owes_the_change_or_the_terms_settles_it_first(light: Running) -> None:
    with light.browser() as browser:
        enroll(browser)
        sign_in(browser, light.deliver()[-1])
        browser.get("/mon-compte")
        assert path(browser) == "/mot-de-passe"


def test_new_terms_come_before_the_page(light: Running) -> None:
    open_account(light)
    publish_terms(light, 2)
    with light.browser() as browser:
        sign_in(browser, PASSWORD)
        browser.get("/mon-compte")
        assert path(browser) == "/conditions"


def test_a_session_that_ended_in_another_tab_changes_nothing(light: Running) -> None:
    open_account(light)
    with light.browser() as browser:
        sign_in(browser, PASSWORD)
        page = browser.get("/mon-compte")
        browser.submit(action="/deconnexion")
        browser.submit({"documents": "email"}, action="/mon-compte", page=page)
        assert path(browser) == "/connexion"
        assert rows(light, CHOSEN) == []


def until_somebody_waits(connection: Connection) -> None:
    """Go on once another transaction waits for this one. SQLite's writers wait before they read anything."""
    if connection.dialect.name == "postgresql":
        assert any(connection.exec_driver_sql(KEPT_WAITING).first() for _ in range(LOOKS)), "nobody waits"


def test_a_choice_that_waited_for_a_freeze_is_not_kept(running: Running) -> None:
    with _at_the_page(running) as member, ThreadPoolExecutor(1) as pool:
        ((account,),) = rows(running, "SELECT id FROM accounts")
        with running.house.database.begin() as connection:
            assert SqlFreezing(connection).freeze(account, running.clock.now())
            answer = pool.submit(choose, member, "email")
            until_somebody_waits(connection)
        answer.result(60)
        assert path(member) == "/connexion"
        assert not rows(running, CHOICE)[0][0]
        assert rows(running, CHOSEN) == []


def test_by_mail_is_refused_when_the_address_went_while_the_choice_waited(running: Running) -> None:
    with _at_the_page(running) as member, ThreadPoolExecutor(1) as pool:
        with running.house.database.begin() as connection:
            connection.exec_driver_sql("UPDATE accounts SET email_verified_at = NULL")
            answer = pool.submit(choose, member, "email")
            until_somebody_waits(connection)
        answer.result(60)
        assert shown(member).status == 422
        assert rows(running, CHOSEN) == []


def test_looking_at_the_page_counts_as_being_here(light: Running, member: Browser) -> None:
    for _ in range(3):
        light.clock.advance(HOUR // 3)
        member.get("/mon-compte")
        assert path(member) == "/mon-compte"


def test_a_session_idle_too_long_signs_in_again(light: Running) -> None:
    open_account(light)
    with light.browser() as browser:
        sign_in(browser, PASSWORD)
        light.clock.advance(HOUR)
        browser.get("/mon-compte")
        assert path(browser) == "/connexion"


def test_a_word_of_ours_leads_back_and_nothing_else_does(light: Running) -> None:
    open_account(light)
    for word in ("https://evil.example", "//evil.example", "/espace/../oidc", "franceconnect", "mon-compte\r\nx: y"):
        with light.browser() as browser:
            browser.get("/connexion")
            browser.submit({"identifier": CARD.nir, "password": PASSWORD, "request": word}, action="/connexion")
            assert path(browser) == "/espace", word
