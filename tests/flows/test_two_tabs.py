"""Two tabs, the back button, the double click: a clear page, nothing lost, and nobody proves one number for another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import anyio.to_thread
import pytest

from idp.members.proof import Verdict
from idp.members.question import Question
from idp.storage.registry import ImportedRegistry
from tests.flows.story import PHONE, WRONG, enroll_to, path, rows, says, shown
from tests.support.browser import Browser, Page
from tests.support.house import BACK, CARD, MAIL, Running, open_account, sign_in


def stays_where_it_was(browser: Browser, slug: str) -> bool:
    """Tell whether the page says that it is out of date and leads back to where the enrollment is."""
    told = shown(browser).status == 409 and says(browser, "enrollment.two_tabs.text")
    browser.get(next(href for href, word in shown(browser).links if word == "Continuer"))
    return told and path(browser) == f"/inscription/{slug}"


def test_a_page_gone_stale_says_so_and_loses_nothing(light: Running, browser: Browser) -> None:
    enroll_to(browser, "coordonnees")
    stale = shown(browser)
    browser.submit({"email": MAIL, "phone": PHONE})
    browser.submit({"email": "autre@courriel.example", "phone": PHONE}, page=stale)
    assert stays_where_it_was(browser, "verification")
    assert rows(light, "SELECT email FROM enrollments") == [(MAIL,)]


@pytest.mark.parametrize("slug", ["documents", "coordonnees", "verification", "messagerie", "conditions"])
def test_a_double_click_counts_once(light: Running, browser: Browser, slug: str) -> None:
    enroll_to(browser, slug)
    page = shown(browser)
    fields = {"email": MAIL, "phone": PHONE} if slug == "coordonnees" else {"answer": CARD.serial, "accept": "yes"}
    browser.submit(fields)
    after = path(browser).rpartition("/")[2]
    browser.submit(fields, page=page)
    assert stays_where_it_was(browser, after)
    assert len(light.deliver()) == (slug == "conditions")


def test_a_double_click_on_by_post_asks_for_one_letter(light: Running, browser: Browser) -> None:
    enroll_to(browser, "verification")
    page = shown(browser)
    browser.submit({"action": "by_post"})
    browser.submit({"action": "by_post"}, page=page)
    assert stays_where_it_was(browser, "envoi")
    assert rows(light, "SELECT kind FROM outbox") == [("letter_asked",)]
    assert len(light.letters()) == 1


def test_the_back_button_swaps_no_number_once_the_question_is_answered(light: Running, browser: Browser) -> None:
    enroll_to(browser, "identifiant")
    number = shown(browser)
    enroll_to_end = {"nir": CARD.nir}
    browser.submit(enroll_to_end)
    browser.submit()
    browser.submit({"email": MAIL, "phone": PHONE})
    browser.submit({"answer": CARD.serial})
    current = shown(browser).form().fields["version"]
    for version in (number.form().fields["version"], current):
        fields = {**number.form().fields, "version": version, "nir": BACK.nir}
        browser.post("/inscription/identifiant", fields)
        assert stays_where_it_was(browser, "messagerie")
    browser.submit()
    browser.submit({"accept": "yes"})
    sign_in(browser, light.deliver()[-1], CARD)
    assert path(browser) == "/mot-de-passe"
    assert rows(light, "SELECT count(*) FROM accounts") == [(1,)]


def test_going_back_before_the_proof_asks_the_later_questions_again(browser: Browser) -> None:
    enroll_to(browser, "verification")
    browser.get("/inscription/identifiant")
    browser.submit({"nir": BACK.nir})
    for slug, fields in (("documents", {}), ("coordonnees", {"email": MAIL, "phone": PHONE}), ("verification", {})):
        assert path(browser) == f"/inscription/{slug}"
        browser.submit(fields)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Callable[[], object]]]:
    """What happens while the registry judges the next answer."""
    todo: list[Callable[[], object]] = []
    judge = ImportedRegistry.verify

    async def slow(
        registry: ImportedRegistry, member_id: str, question: Question, answer: str, attempt: str
    ) -> Verdict:
        while todo:
            # In a thread: the provider answers the other tab on the loop that waits here.
            await anyio.to_thread.run_sync(todo.pop())
        return await judge(registry, member_id, question, answer, attempt)

    monkeypatch.setattr(ImportedRegistry, "verify", slow)
    yield todo
    assert todo == [], "the answer was judged"


def test_a_number_switched_while_the_answer_is_judged_is_not_proven(
    light: Running, browser: Browser, meanwhile: list[Callable[[], object]]
) -> None:
    enroll_to(browser, "verification")
    page = shown(browser)
    with light.browser() as tab:
        tab.client.cookies.update(browser.client.cookies)
        tab.get("/inscription/identifiant")
        meanwhile.append(lambda: tab.submit({"nir": BACK.nir}))
        browser.submit({"answer": CARD.serial}, page=page)
        assert shown(browser).status == 409
        tab.get("/inscription/messagerie")
        assert path(tab) == "/inscription/documents", "the other member's question is still to come"
    assert rows(light, "SELECT answer, email FROM enrollments") == [(None, None)]
    assert light.deliver() == []


def test_the_same_answer_from_a_second_tab_meanwhile_waits_for_the_first(
    light: Running, browser: Browser, meanwhile: list[Callable[[], object]]
) -> None:
    enroll_to(browser, "verification")
    page, seen = shown(browser), list[Page]()
    with light.browser() as tab:
        tab.client.cookies.update(browser.client.cookies)
        meanwhile.append(lambda: seen.append(tab.submit({"answer": WRONG}, page=page)))
        browser.submit({"answer": CARD.serial}, page=page)
    assert [page.status for page in seen] == [409], "it was not judged, and cost nothing"
    assert path(browser) == "/inscription/messagerie"


def test_an_account_opened_meanwhile_gets_no_second_delivery(light: Running, browser: Browser) -> None:
    enroll_to(browser, "conditions")
    page = shown(browser)
    open_account(light)
    browser.submit({"accept": "yes"}, page=page)
    assert says(browser, "enrollment.existing.text")
    assert len(light.deliver()) == 1


def test_another_enrollment_begun_in_a_second_tab_gets_none_of_the_first_tab_s_answers(
    light: Running, browser: Browser
) -> None:
    enroll_to(browser, "verification", CARD)
    first = shown(browser)
    browser.get("/inscription")
    browser.submit({"action": "restart"})
    enroll_to_verification_of_back(browser)
    browser.submit({"answer": CARD.serial}, page=first)
    assert shown(browser).status == 409, "the answer was meant for the other member"
    assert rows(light, "SELECT verdict FROM proof_slots") == []


def enroll_to_verification_of_back(browser: Browser) -> None:
    for fields in ({"profile": "particulier"}, {"nir": BACK.nir}, {}, {"email": MAIL, "phone": PHONE}):
        browser.submit(fields)
    assert path(browser) == "/inscription/verification"


def test_an_inscription_left_in_this_browser_is_offered_without_any_datum(browser: Browser) -> None:
    enroll_to(browser, "messagerie")
    page = browser.get("/inscription")
    assert says(browser, "enrollment.resume.text")
    body = page.response.text
    assert [datum for datum in (CARD.nir, MAIL, MAIL.partition("@")[0], CARD.birth_name) if datum in body] == []
    browser.get("/inscription/reprendre")
    assert path(browser) == "/inscription/messagerie"
    browser.get("/inscription")
    browser.submit({"action": "restart"})
    assert path(browser) == "/inscription/profil"
    browser.get("/inscription/messagerie")
    assert path(browser) == "/inscription/profil", "what was begun is gone"
