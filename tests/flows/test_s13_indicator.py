"""S13: *1. Validation du mail · 2. Acceptation des conditions générales · 3. Envoi du mdp*, on three pages."""

from __future__ import annotations

import re

from idp.kernel.clock import MINUTE
from tests.flows.story import WRONG, enroll_to, plain, says, shown
from tests.support.browser import Browser
from tests.support.house import Running

PARTS = ("Validation du mail", "Acceptation des conditions générales", "Envoi du mot de passe")


def indicator(browser: Browser) -> list[tuple[str, str]]:
    """Return (part, state) in the order shown, with the one marked for screen readers as current."""
    lists = re.findall(r'<ol class="parts".*?</ol>', shown(browser).response.text, re.DOTALL)
    assert len(lists) == 1
    parts = re.findall(r"<li (.*?)>(.*?)</li>", lists[0], re.DOTALL)
    read = [plain(re.sub(r"<[^>]+>", " ", inner)) for _, inner in parts]
    told = [next(state for state in ("terminé", "en cours", "à venir") if words.endswith(state)) for words in read]
    marked = ["aria-current" in attributes for attributes, _ in parts]
    assert marked == [state == "en cours" for state in told]
    return [(next(part for part in PARTS if part in words), state) for words, state in zip(read, told, strict=True)]


def test_each_of_the_three_pages_says_where_the_member_is(browser: Browser) -> None:
    states = {
        "messagerie": ("en cours", "à venir", "à venir"),
        "conditions": ("terminé", "en cours", "à venir"),
        "envoi": ("terminé", "terminé", "en cours"),
    }
    for slug, expected in states.items():
        enroll_to(browser, slug)
        assert indicator(browser) == list(zip(PARTS, expected, strict=True)), slug
        browser.client.cookies.clear()


def test_it_stays_at_its_end_while_a_copy_is_sent_again_or_the_address_corrected(
    light: Running, browser: Browser
) -> None:
    enroll_to(browser, "envoi")
    ended = indicator(browser)
    light.clock.advance(MINUTE)
    browser.submit({"action": "resend"})
    assert indicator(browser) == ended
    light.clock.advance(MINUTE)
    browser.submit({"action": "correct"})
    browser.submit({"email": "camille.vasseur@autre.example"})
    assert indicator(browser) == ended


def test_a_password_that_goes_by_post_has_no_mail_to_validate_and_no_indicator(browser: Browser) -> None:
    enroll_to(browser, "verification")
    browser.submit({"answer": WRONG})
    assert says(browser, "enrollment.letter.title")
    assert 'class="parts"' not in shown(browser).response.text


def test_the_pages_before_have_no_such_indicator(browser: Browser) -> None:
    enroll_to(browser, "verification")
    assert 'class="parts"' not in shown(browser).response.text
