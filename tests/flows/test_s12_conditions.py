"""S12: the general conditions; accepting them, and nothing else, activates the sending."""

from __future__ import annotations

from tests.flows.story import enroll_to, path, publish_terms, rows, says, shown
from tests.support.browser import Browser
from tests.support.house import Running


def owed(running: Running) -> int:
    return int(rows(running, "SELECT count(*) FROM outbox WHERE lane = 'mail'")[0][0])


def test_nothing_leaves_before_the_acceptance(light: Running, browser: Browser) -> None:
    enroll_to(browser, "conditions")
    assert light.deliver() == []
    browser.get("/inscription/envoi")
    assert path(browser) == "/inscription/conditions"
    browser.submit()
    assert shown(browser).status == 422
    assert says(browser, "enrollment.terms.error.missing")
    assert owed(light) == 0
    assert rows(light, "SELECT * FROM accounts") == []
    browser.submit({"accept": "yes"})
    assert path(browser) == "/inscription/envoi"
    assert owed(light) == 1
    assert len(light.deliver()) == 1


def test_the_whole_text_is_one_link_away(browser: Browser) -> None:
    enroll_to(browser, "conditions")
    assert "/conditions-generales" in [href for href, word in shown(browser).links if "Lire le texte complet" in word]


def test_a_text_published_meanwhile_is_shown_before_it_is_accepted(light: Running, browser: Browser) -> None:
    enroll_to(browser, "conditions")
    publish_terms(light, 2)
    browser.submit({"accept": "yes"})
    assert path(browser) == "/inscription/conditions"
    assert owed(light) == 0
    browser.submit({"accept": "yes"})
    assert path(browser) == "/inscription/envoi"
    assert rows(light, "SELECT revision FROM terms_acceptances") == [(2,)]


def test_the_acceptance_says_which_text_when_and_by_whom(light: Running, browser: Browser) -> None:
    enroll_to(browser, "envoi")
    accepted = rows(
        light,
        "SELECT a.revision, a.language, a.accepted_at FROM terms_acceptances a"
        " JOIN terms t ON t.revision = a.revision AND t.digest = a.digest JOIN accounts c ON c.id = a.account_id",
    )
    assert accepted == [(1, "fr", light.clock.now())]
