"""S2: choose a profile; two of them enroll, two end on a page that says how the fund registers them."""

from __future__ import annotations

import pytest

from tests.flows.story import CONTACT, path, says, sentence, shown
from tests.support.browser import Browser
from tests.support.house import CARD, FARMER

PROFILES = ("individual", "farmer", "company", "other")


def test_the_four_profiles_of_the_guide_are_offered(browser: Browser) -> None:
    browser.get("/inscription")
    assert [message for message in PROFILES if not says(browser, f"enrollment.profile.{message}")] == []


@pytest.mark.parametrize("profile", ["particulier", "exploitant"])
def test_a_member_goes_on_to_the_number(browser: Browser, profile: str) -> None:
    browser.get("/inscription")
    browser.submit({"profile": profile})
    assert path(browser) == "/inscription/identifiant"


@pytest.mark.parametrize(("profile", "kind"), [("entreprise", "company"), ("autre", "other")])
def test_companies_and_others_read_how_they_are_registered_and_can_choose_again(
    browser: Browser, profile: str, kind: str
) -> None:
    browser.get("/inscription")
    browser.submit({"profile": profile})
    assert says(browser, f"enrollment.elsewhere.{kind}.text")
    assert CONTACT in shown(browser).text
    browser.get("/inscription/identifiant")
    assert path(browser) == "/inscription/profil", "there is no way past this page"
    browser.submit(action="/inscription/retour")
    assert says(browser, "enrollment.profile.title")
    browser.submit({"profile": "particulier"})
    assert path(browser) == "/inscription/identifiant"


@pytest.mark.parametrize("fields", [{}, {"profile": ""}, {"profile": "ministre"}])
def test_without_a_profile_of_the_list_the_question_is_asked_again(browser: Browser, fields: dict[str, str]) -> None:
    browser.get("/inscription")
    browser.submit(fields)
    assert shown(browser).status == 422
    assert says(browser, "enrollment.profile.error.missing")
    assert shown(browser).title.startswith(sentence("common.error_prefix"))


def test_going_back_to_the_profile_asks_everything_after_it_again(browser: Browser) -> None:
    browser.get("/inscription")
    browser.submit({"profile": "particulier"})
    browser.get("/inscription/profil")
    browser.submit({"profile": "exploitant"})
    assert path(browser) == "/inscription/identifiant"


def test_the_profile_ticked_is_only_a_way_in_and_the_record_says_who_somebody_is(browser: Browser) -> None:
    for profile in ("particulier", "exploitant"):
        for person, named in ((CARD, "vitale_front"), (FARMER, "invoice")):
            browser.get("/inscription")
            browser.submit({"profile": profile})
            browser.submit({"nir": person.nir})
            assert says(browser, f"enrollment.documents.{named}")
            browser.client.cookies.clear()


def test_who_chooses_another_profile_after_all_goes_on_like_anybody(browser: Browser) -> None:
    browser.get("/inscription")
    for profile in ("entreprise", "autre", "particulier"):
        browser.submit({"profile": profile})
        if profile != "particulier":
            browser.submit(action="/inscription/retour")
    assert path(browser) == "/inscription/identifiant"
