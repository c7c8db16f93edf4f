"""RP-initiated logout, module by module of the certification plan: a good case may ask first, a bad one never leads
away, and what was ended is ended (OpenID Connect RP-Initiated Logout 1.0)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from idp.oidc.keys import SigningKeys
from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.portal import Portal, Tokens

DONE = "http://127.0.0.1:9/fini"
STATE = "s" * 128


@pytest.fixture
def tokens(world: World, member: Browser, portal: Portal) -> Tokens:
    found = world.tokens(portal, member)
    member.trail.clear()
    return found


def sent_back(browser: Browser) -> list[str]:
    return [url for url in browser.trail if not url.startswith(browser.base)]


def is_gone(browser: Browser, portal: Portal) -> bool:
    attempt = portal.start(prompt="none")
    browser.get(attempt.url)
    return portal.answer(browser.trail, attempt).get("error") == "login_required"


def confirm(browser: Browser) -> None:
    """Press the button that certification's own browser looks for."""
    assert browser.page is not None
    assert 'id="logout-confirm"' in browser.page.response.text
    form = [form for form in browser.page.forms if form.action == "/deconnexion"][-1]
    browser.post(form.action, form.fields)


def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(portal: Portal) -> None:
    assert portal.metadata["end_session_endpoint"] == f"{portal.issuer}/oidc/logout"


def test_oidcc_rp_initiated_logout(member: Browser, portal: Portal, tokens: Tokens) -> None:
    member.get(portal.logout_url(tokens.id_token, post_logout_redirect_uri=DONE, state=STATE))
    assert sent_back(member) == [f"{DONE}?state={STATE}"]
    assert is_gone(member, portal)


def test_oidcc_rp_initiated_logout_no_state(member: Browser, portal: Portal, tokens: Tokens) -> None:
    member.get(portal.logout_url(tokens.id_token, post_logout_redirect_uri=DONE))
    assert sent_back(member) == [DONE]
    assert is_gone(member, portal)


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(member: Browser, portal: Portal, tokens: Tokens) -> None:
    page = member.get(portal.logout_url(tokens.id_token, state=STATE))
    assert page.status == 200
    assert sent_back(member) == []
    assert is_gone(member, portal)


@pytest.mark.parametrize("params", [{}, {"state": STATE}], ids=["no-params", "only-state"])
def test_oidcc_rp_initiated_logout_no_params_and_only_state(
    member: Browser, portal: Portal, tokens: Tokens, params: dict[str, str]
) -> None:
    """A stranger's link could do this: it asks first (law 7), and the page after the button says that it is done."""
    member.get(portal.logout_url(None, **params))
    confirm(member)
    assert sent_back(member) == []
    assert member.page is not None
    assert member.page.title.startswith("Vous êtes déconnecté")
    assert is_gone(member, portal)


def unsigned(token: str) -> str:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    return f"{head}.{token.split('.')[1]}."


def foreign(token: str) -> str:
    """The same claims under a key of somebody else, called like ours."""
    head, body, _ = (part + "=" * (-len(part) % 4) for part in token.split("."))
    header, claims = (json.loads(base64.urlsafe_b64decode(part)) for part in (head, body))
    return jwt.encode(header, claims, RSAKey.generate_key(2048), ["RS256"])


@pytest.mark.parametrize("spoil", [unsigned, foreign], ids=["modified-id-token-hint", "bad-id-token-hint"])
def test_oidcc_rp_initiated_logout_modified_and_bad_id_token_hint(
    member: Browser, portal: Portal, tokens: Tokens, spoil: Callable[[str], str]
) -> None:
    hint = spoil(tokens.id_token)
    for more in ({}, {"client_id": portal.client_id}):
        page = member.get(portal.logout_url(hint, post_logout_redirect_uri=DONE, state=STATE, **more))
        assert page.status == 200
        assert sent_back(member) == []
    confirm(member)
    assert sent_back(member) == []


def test_oidcc_rp_initiated_logout_no_id_token_hint(member: Browser, portal: Portal, tokens: Tokens) -> None:
    member.get(portal.logout_url(None, post_logout_redirect_uri=DONE, state=STATE))
    confirm(member)
    assert sent_back(member) == []


@pytest.mark.parametrize(
    "uri", [f"{DONE}/autre", f"{DONE}?foo=bar"], ids=["bad-post-logout-redirect-uri", "query-added"]
)
def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri_and_query_added(
    member: Browser, portal: Portal, tokens: Tokens, uri: str
) -> None:
    page = member.get(portal.logout_url(tokens.id_token, post_logout_redirect_uri=uri, state=STATE))
    assert page.status == 200
    assert sent_back(member) == []


@pytest.mark.parametrize("more", [{"logout_hint": "quelqu'un"}, {"ui_locales": "se fr-FR"}, {"inconnu": "x"}])
def test_what_does_not_decide_changes_nothing(
    member: Browser, portal: Portal, tokens: Tokens, more: dict[str, str]
) -> None:
    member.get(portal.logout_url(tokens.id_token, post_logout_redirect_uri=DONE, client_id=portal.client_id, **more))
    assert sent_back(member) == [DONE]
    assert is_gone(member, portal)


@pytest.mark.parametrize("name", ["id_token_hint", "post_logout_redirect_uri", "client_id"])
@pytest.mark.parametrize("posted", [False, True], ids=["get", "post"])
def test_what_comes_twice_counts_for_nothing(
    member: Browser, portal: Portal, tokens: Tokens, name: str, posted: bool
) -> None:
    """Two readers of one request could take one each (mistake class 1)."""
    url = portal.logout_url(tokens.id_token, post_logout_redirect_uri=DONE, client_id=portal.client_id)
    other = {"id_token_hint": tokens.id_token, "post_logout_redirect_uri": DONE, "client_id": "autre"}[name]
    address, _, query = url.partition("?")
    twice = f"{name}={other}&{query}"
    if posted:
        form = {"content-type": "application/x-www-form-urlencoded"}
        member.get(member.client.post(address, content=twice, headers=form).headers["location"])
    else:
        member.get(f"{address}?{twice}")
    confirm(member)
    assert sent_back(member) == []


def test_other_tokens_of_ours_are_no_hint(world: World, member: Browser, portal: Portal, tokens: Tokens) -> None:
    """RFC 8725 3.12: what was signed for another use does not pass for an ID token, whatever it claims."""
    keys, now = _signer(world), world.seconds()
    subject = {"iss": portal.issuer, "sub": tokens.claims["sub"], "aud": portal.client_id, "sid": tokens.claims["sid"]}
    timed = {**subject, "iat": now, "exp": now + 120}
    event: dict[str, object] = {"http://schemas.openid.net/event/backchannel-logout": {}}
    others = [
        keys(timed, "at+jwt"), keys(timed, "logout+jwt"), keys(timed, "token-introspection+jwt"),
        keys(subject, None), keys({**timed, "events": event}, None), keys({**timed, "events": None}, None),
    ]  # fmt: skip
    for other in others:
        member.get(portal.logout_url(other, post_logout_redirect_uri=DONE))
        assert sent_back(member) == []
        attempt = portal.start(id_token_hint=other)
        member.get(attempt.url)
        assert portal.error(member.trail, attempt) == "invalid_request"
        member.trail.clear()
    member.get(portal.logout_url(keys(timed, None), post_logout_redirect_uri=DONE))
    assert sent_back(member) == [DONE], "only what an ID token is"


def _signer(world: World) -> Callable[[dict[str, object], str | None], str]:
    keys = SigningKeys(world.running.house.keys, world.running.house.ring)
    return lambda claims, typ: keys.sign(claims, "RS256", world.clock.now(), typ=typ)
