"""A session that signed in provisionally owes the change, whatever it was before (law 1: both receipts refuse)."""

from __future__ import annotations

import pytest

from tests.conformance.world import World
from tests.races.scene import owe_again
from tests.support.browser import Browser
from tests.support.house import CARD, PASSWORD, sign_in
from tests.support.portal import Portal, Refused


def test_what_a_session_held_sleeps_while_it_owes_the_change(world: World, member: Browser, portal: Portal) -> None:
    tokens = world.tokens(portal, member)
    attempt, code = world.code(portal, member)
    word = owe_again(world.running)
    assert portal.is_honoured(tokens.access), "asking for a reset changes nothing"
    world.later(1)
    post_sign_in(member, word)
    asked = portal.start(prompt="none")
    member.get(asked.url)
    assert portal.error(member.trail, asked) == "interaction_required"
    assert not portal.is_honoured(tokens.access)
    with pytest.raises(Refused):
        portal.refresh(str(tokens.refresh))
    assert portal.redeem(attempt, code).json()["error"] == "invalid_grant"
    post_sign_in(member, PASSWORD)
    assert portal.is_honoured(tokens.access), "the own password still stands"


def test_a_provisional_session_elsewhere_touches_nothing(world: World, member: Browser, portal: Portal) -> None:
    tokens = world.tokens(portal, member)
    other = world.browser()
    sign_in(other, owe_again(world.running))
    assert other.page is not None
    assert other.page.path == "/mot-de-passe"
    assert portal.is_honoured(tokens.access)
    assert portal.refresh(str(tokens.refresh)).access


def post_sign_in(browser: Browser, word: str) -> None:
    """Send the sign-in form of an old tab: the page itself sends on who is signed in already."""
    stranger = Browser(browser.base)
    stranger.client.cookies.set("idp_browser", browser.client.cookies["idp_browser"])
    token = stranger.get("/connexion").form("/connexion").fields["form_token"]
    stranger.close()
    browser.post("/connexion", {"form_token": token, "identifier": CARD.nir, "password": word})
