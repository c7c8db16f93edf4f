"""Two tabs on one step of the enrollment: one delivery, one mail, one password (design section 5)."""

from __future__ import annotations

from sqlalchemy import func, select

from idp.storage.tables import deliveries, outbox, provisionals
from tests.races.scene import Scene, together
from tests.support.browser import Browser
from tests.support.house import CARD, MAIL, sign_in


def counted(scene: Scene) -> tuple[int, ...]:
    """Count what is owed, the mail with its letter of confirmation, and what was born."""
    with scene.running.house.database.begin(write=False) as connection:
        return tuple(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (deliveries, outbox, provisionals)
        )


def at_the_terms(scene: Scene) -> Browser:
    browser = scene.browser()
    browser.get("/inscription")
    for fields in ({"profile": "particulier"}, {"nir": CARD.nir}, {}, {"email": MAIL, "phone": "0639981234"}):
        browser.submit(fields)
    browser.submit({"answer": CARD.serial})
    browser.submit()
    assert browser.page is not None
    assert browser.page.path == "/inscription/conditions"
    return browser


def test_the_terms_accepted_in_two_tabs_owe_one_password(bare: Scene) -> None:
    browser = at_the_terms(bare)
    tabs = [browser, bare.tab(browser), bare.tab(browser)]
    pages = together(*(lambda tab=tab: tab.submit({"accept": "yes"}) for tab in tabs))
    assert {page.status for page in pages} <= {200, 409}, "a tab that was slower is told so"
    assert [page.path for page in pages if page.status == 200].count("/inscription/envoi") >= 1
    assert {bare.tab(browser).get("/inscription/envoi").status for _ in pages} == {200}, "and goes on where it is"
    words = bare.running.deliver()
    assert len(words) == 1
    assert counted(bare) == (1, 2, 1)
    member = bare.browser()
    sign_in(member, words[0])
    assert member.page is not None
    assert member.page.path == "/mot-de-passe"


def test_the_answer_given_in_two_tabs_is_one_try(bare: Scene) -> None:
    browser = bare.browser()
    browser.get("/inscription")
    for fields in ({"profile": "particulier"}, {"nir": CARD.nir}, {}, {"email": MAIL, "phone": "0639981234"}):
        browser.submit(fields)
    tabs = [browser, bare.tab(browser)]
    pages = together(*(lambda tab=tab: tab.submit({"answer": CARD.serial}) for tab in tabs))
    assert all(page.status < 500 for page in pages)
    browser.get("/inscription/messagerie")
    assert browser.page is not None
    assert browser.page.path == "/inscription/messagerie", "the right answer counted"


def test_send_again_pressed_twice_sends_once(bare: Scene) -> None:
    browser = at_the_terms(bare)
    browser.submit({"accept": "yes"})
    bare.running.deliver()
    bare.running.clock.advance(61_000_000)
    browser.get("/inscription/envoi")
    tabs = [browser, bare.tab(browser)]
    together(*(lambda tab=tab: tab.submit({"action": "resend"}) for tab in tabs))
    assert len(bare.running.deliver()) == 2, "the first and one more"
