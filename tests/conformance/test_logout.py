"""RP-initiated logout: at once for a hint of this very session, otherwise it asks (law 7)."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.house import CARD
from tests.support.portal import Portal, Refused, Tokens

DONE = "http://127.0.0.1:9/fini"


@pytest.fixture
def tokens(world: World, member: Browser, portal: Portal) -> Tokens:
    found = world.tokens(portal, member)
    member.trail.clear()
    return found


def is_in(browser: Browser) -> bool:
    """Ask the private space, leaving the browser where it is."""
    return browser.client.get("/espace").status_code == 200


def confirm(browser: Browser) -> None:
    """Press the button of the page itself; the red block above may have one of its own."""
    assert browser.page is not None
    form = [form for form in browser.page.forms if form.action.endswith("/deconnexion")][-1]
    browser.post(form.action, form.fields)


def asks(browser: Browser) -> bool:
    """The page that asks first is shown, and nothing was ended."""
    assert browser.page is not None
    return any(form.action.endswith("/deconnexion") for form in browser.page.forms)


def test_a_hint_of_this_session_ends_it_at_once_and_goes_back(member: Browser, portal: Portal, tokens: Tokens) -> None:
    member.get(portal.logout_url(tokens.id_token, post_logout_redirect_uri=DONE, state="é &"))
    assert member.trail[-1] == f"{DONE}?{urlencode({'state': 'é &'})}"
    assert not is_in(member)


def test_a_hint_may_be_as_old_as_it_likes(world: World, member: Browser, portal: Portal, tokens: Tokens) -> None:
    world.later(3600)
    member.get(portal.logout_url(tokens.id_token, post_logout_redirect_uri=DONE))
    assert member.trail[-1] == DONE
    assert not is_in(member)


def test_without_an_address_a_page_says_so(member: Browser, portal: Portal, tokens: Tokens) -> None:
    page = member.get(portal.logout_url(tokens.id_token))
    assert page.status == 200
    assert not is_in(member)


@pytest.mark.parametrize(
    "wanted", ["http://voleur.example/", f"{DONE}/", f"{DONE}?a=b", "javascript:alert(1)", "//voleur.example", "http://127.0.0.1:9/retour"]
)
@pytest.mark.parametrize("hinted", [True, False])
def test_an_address_that_is_not_registered_is_never_gone_to(
    member: Browser, portal: Portal, tokens: Tokens, wanted: str, hinted: bool
) -> None:
    hint = tokens.id_token if hinted else None
    page = member.get(portal.logout_url(hint, client_id=portal.client_id, post_logout_redirect_uri=wanted))
    assert page.status == 200
    if not hinted:
        assert asks(member)
        confirm(member)
    assert all(url.startswith(member.base) for url in member.trail), member.trail
    assert not is_in(member)


def test_another_clients_address_is_never_gone_to(
    world: World, member: Browser, portal: Portal, tokens: Tokens
) -> None:
    other = "http://127.0.0.1:9/autre"
    world.portal(post_logout_redirect_uris=[other])
    member.get(portal.logout_url(tokens.id_token, post_logout_redirect_uri=other))
    assert all(url.startswith(member.base) for url in member.trail)


@pytest.mark.parametrize("hint", [None, "", "nonsense", "a.b.c", "x" * 9000])
def test_without_a_good_hint_it_asks_first(member: Browser, portal: Portal, hint: str | None) -> None:
    member.get(portal.logout_url(hint, client_id=portal.client_id, post_logout_redirect_uri=DONE))
    assert asks(member)
    assert is_in(member), "no GET without proof ends anything"


def test_what_was_asked_is_done_once_confirmed(member: Browser, portal: Portal) -> None:
    member.get(portal.logout_url(None, client_id=portal.client_id, post_logout_redirect_uri=DONE, state="s"))
    confirm(member)
    assert member.trail[-1] == f"{DONE}?state=s"
    assert not is_in(member)


def test_a_forged_hint_asks_first(member: Browser, portal: Portal, tokens: Tokens) -> None:
    head, body, signature = tokens.id_token.split(".")
    for forged in (f"{head}.{body}.{signature[:-8]}AAAAAAAA", f"eyJhbGciOiJub25lIn0.{body}."):
        page = member.get(portal.logout_url(forged, post_logout_redirect_uri=DONE))
        assert page.status == 200
        assert is_in(member)


def test_a_hint_of_another_session_asks_first(world: World, member: Browser, portal: Portal, tokens: Tokens) -> None:
    other = world.signed_in()
    other.get(portal.logout_url(tokens.id_token, post_logout_redirect_uri=DONE))
    assert asks(other)
    assert is_in(other)
    assert is_in(member)


def test_a_hint_that_belongs_to_another_client_asks_first(
    world: World, member: Browser, portal: Portal, tokens: Tokens
) -> None:
    member.get(portal.logout_url(tokens.id_token, client_id=world.portal().client_id, post_logout_redirect_uri=DONE))
    assert asks(member)
    assert is_in(member)


def test_with_nobody_signed_in_it_goes_back_for_a_good_hint_alone(
    world: World, nobody: Browser, portal: Portal, tokens: Tokens
) -> None:
    nobody.get(portal.logout_url(tokens.id_token, post_logout_redirect_uri=DONE, state="s"))
    assert nobody.trail[-1] == f"{DONE}?state=s"
    stranger = world.browser()
    page = stranger.get(portal.logout_url(None, client_id=portal.client_id, post_logout_redirect_uri=DONE))
    assert page.status == 200
    assert all(url.startswith(stranger.base) for url in stranger.trail)


def test_it_may_be_posted(member: Browser, portal: Portal, tokens: Tokens) -> None:
    form = {"id_token_hint": tokens.id_token, "post_logout_redirect_uri": DONE, "state": "s"}
    member.post(portal.metadata["end_session_endpoint"], form, {"origin": "https://portail.example"})
    assert member.trail[-1] == f"{DONE}?state=s"
    assert not is_in(member)


def test_a_posted_logout_hint_never_reaches_an_address_of_ours(member: Browser, portal: Portal) -> None:
    """A portal may put the number it knows a member by there; no URL of ours repeats it (law 5)."""
    form = {"client_id": portal.client_id, "logout_hint": CARD.nir, "ui_locales": "fr"}
    member.post(portal.metadata["end_session_endpoint"], form)
    assert asks(member)
    assert not [url for url in member.trail if CARD.nir in url]


def test_the_tokens_of_the_session_die_and_offline_ones_live(world: World, member: Browser, portal: Portal) -> None:
    online = world.tokens(portal, member, scope="openid profile")
    offline = world.tokens(portal, member, scope="openid profile offline_access")
    other = world.tokens(world.portal(), member, scope="openid")
    member.get(portal.logout_url(online.id_token))
    assert not portal.is_honoured(online.access)
    assert not portal.is_honoured(other.access), "of every portal"
    with pytest.raises(Refused):
        portal.refresh(str(online.refresh))
    assert portal.is_honoured(offline.access)
    assert portal.refresh(str(offline.refresh)).access


def test_another_session_of_the_member_goes_on(world: World, member: Browser, portal: Portal, tokens: Tokens) -> None:
    elsewhere = world.signed_in()
    there = world.tokens(portal, elsewhere)
    member.get(portal.logout_url(tokens.id_token))
    assert is_in(elsewhere)
    assert portal.is_honoured(there.access)


def test_a_sid_names_one_session_at_one_client(world: World, member: Browser, portal: Portal, tokens: Tokens) -> None:
    again = world.tokens(portal, member)
    elsewhere = world.tokens(portal, world.signed_in())
    other = world.tokens(world.portal(), member)
    assert again.claims["sid"] == tokens.claims["sid"]
    assert len({tokens.claims["sid"], elsewhere.claims["sid"], other.claims["sid"]}) == 3
