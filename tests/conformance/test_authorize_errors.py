"""Authorization requests that cannot be met: shown before the redirect URI is certain, returned after (law 8)."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest

from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.portal import Portal

REGISTERED = "http://127.0.0.1:9/retour"
HUGE = "x" * 3000

SHOWN: dict[str, dict[str, str | None]] = {
    "unknown client": {"client_id": "personne"},
    "no client": {"client_id": None},
    "empty client": {"client_id": ""},
    "client with a NUL": {"client_id": "a\x00b"},
    "no redirect URI, even when one is registered": {"redirect_uri": None},
    "empty redirect URI": {"redirect_uri": ""},
    "another host": {"redirect_uri": "http://voleur.example/retour"},
    "another port": {"redirect_uri": "http://127.0.0.1:10/retour"},
    "another path": {"redirect_uri": f"{REGISTERED}/"},
    "path in other case": {"redirect_uri": "http://127.0.0.1:9/Retour"},
    "scheme in other case": {"redirect_uri": "HTTP://127.0.0.1:9/retour"},
    "a query added": {"redirect_uri": f"{REGISTERED}?a=b"},
    "a fragment added": {"redirect_uri": f"{REGISTERED}#a"},
    "a user added": {"redirect_uri": "http://127.0.0.1:9@voleur.example/retour"},
    "dots": {"redirect_uri": "http://127.0.0.1:9/x/../retour"},
    "percent-encoding": {"redirect_uri": "http://127.0.0.1:9/%72etour"},
    "a line break": {"redirect_uri": f"{REGISTERED}\r\nset-cookie: a=b"},
    "another name of this machine": {"redirect_uri": "http://localhost:9/retour"},
    "script": {"redirect_uri": "javascript:alert(1)"},
}

RETURNED: dict[str, tuple[dict[str, str | None], str]] = {
    "no response type": ({"response_type": None}, "invalid_request"),
    "implicit": ({"response_type": "id_token"}, "unsupported_response_type"),
    "hybrid": ({"response_type": "code id_token"}, "unsupported_response_type"),
    "token": ({"response_type": "token"}, "unsupported_response_type"),
    "nonsense response type": ({"response_type": "nonsense"}, "unsupported_response_type"),
    "a mode nobody knows": ({"response_mode": "web_message"}, "invalid_request"),
    "a prompt of another kind of space": ({"prompt": "\u2028"}, "invalid_request"),
    "scopes between other spaces": ({"scope": "openid\u2028profile"}, "invalid_scope"),
    "claims that are no object": ({"claims": "[]"}, "invalid_request"),
    "claims that are no JSON": ({"claims": "{"}, "invalid_request"),
    "claims of a bad wish": ({"claims": '{"userinfo":{"name":1}}'}, "invalid_request"),
    "claims nested without end": ({"claims": '{"userinfo":' + "[" * 2000 + "]" * 2000 + "}"}, "invalid_request"),
    "a demanded sub that is a number": ({"claims": '{"id_token":{"sub":{"value":1}}}'}, "invalid_request"),
    "a resource of nobody": ({"resource": "https://api.example/"}, "invalid_target"),
    "no scope": ({"scope": None}, "invalid_scope"),
    "scope without openid": ({"scope": "profile email"}, "invalid_scope"),
    "unknown prompt": ({"prompt": "dance"}, "invalid_request"),
    "none with login": ({"prompt": "none login"}, "invalid_request"),
    "negative max_age": ({"max_age": "-1"}, "invalid_request"),
    "max_age in words": ({"max_age": "soon"}, "invalid_request"),
    "max_age beyond time": ({"max_age": "9" * 30}, "invalid_request"),
    "max_age in other digits": ({"max_age": "٣"}, "invalid_request"),
    "request object": ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
    "request by reference": ({"request_uri": "https://a.example/r"}, "request_uri_not_supported"),
    "registration": ({"registration": "{}"}, "registration_not_supported"),
    "no challenge": ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    "method without challenge": ({"code_challenge": None}, "invalid_request"),
    "plain challenge": ({"code_challenge_method": "plain"}, "invalid_request"),
    "challenge without method, which means plain": ({"code_challenge_method": None}, "invalid_request"),
    "unknown challenge method": ({"code_challenge_method": "S512"}, "invalid_request"),
    "short challenge": ({"code_challenge": "abc"}, "invalid_request"),
    "challenge with a line break": ({"code_challenge": "A" * 43 + "\n"}, "invalid_request"),
    "hint of nobody": ({"id_token_hint": "a.b.c"}, "invalid_request"),
    "a control character in the nonce": ({"nonce": "a\x00b"}, "invalid_request"),
    "a nonce too long": ({"nonce": HUGE}, "invalid_request"),
}


@pytest.fixture(params=["GET", "POST"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def send(browser: Browser, portal: Portal, params: dict[str, str], way: str) -> None:
    browser.trail.clear()
    endpoint = portal.metadata["authorization_endpoint"]
    if way == "GET":
        browser.get(f"{endpoint}?{urlencode(params)}")
    else:
        browser.post(endpoint, params, {"origin": "https://portail.example", "sec-fetch-site": "cross-site"})


@pytest.mark.parametrize("fault", SHOWN)
def test_before_client_and_redirect_uri_are_certain_a_page_is_shown(
    member: Browser, portal: Portal, fault: str, way: str
) -> None:
    attempt = portal.start(**SHOWN[fault])
    send(member, portal, attempt.params, way)
    assert member.page is not None
    assert member.page.status == 400
    assert "location" not in member.page.response.headers, "never a redirect"
    assert "html" in member.page.response.headers["content-type"]
    assert all(url.startswith(member.base) for url in member.trail)
    assert "voleur" not in member.page.response.text, "the page offers no link to an address that was sent"


@pytest.mark.parametrize("fault", RETURNED)
def test_after_that_the_client_is_told(member: Browser, portal: Portal, fault: str, way: str) -> None:
    change, error = RETURNED[fault]
    attempt = portal.start(**change)
    send(member, portal, attempt.params, way)
    answer = portal.answer(member.trail, attempt)
    assert answer["error"] == error
    assert answer["error_description"].isascii()
    assert answer["error_description"].isprintable()


@pytest.mark.parametrize("name", ["state", "nonce", "scope", "response_type", "code_challenge", "prompt"])
def test_a_parameter_twice_is_refused(member: Browser, portal: Portal, name: str) -> None:
    attempt = portal.start(prompt="login")
    member.get(f"{attempt.url}&{name}=encore")
    assert member.trail[-1].startswith(f"{REGISTERED}?error=invalid_request&")
    assert ("state=" in member.trail[-1]) == (name != "state"), "a state that came twice is nobody's state"


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_a_client_or_redirect_uri_twice_is_shown(member: Browser, portal: Portal, name: str) -> None:
    attempt = portal.start()
    page = member.get(f"{attempt.url}&{name}={quote(attempt.params[name])}")
    assert page.status == 400
    assert all(url.startswith(member.base) for url in member.trail)


def test_a_client_of_other_redirect_uris_cannot_use_ours(world: World, member: Browser) -> None:
    ours = world.portal()
    theirs = world.portal(redirect_uris=["http://127.0.0.1:9/ailleurs"])
    page = member.get(theirs.start(redirect_uri=ours.redirect_uri).url)
    assert page.status == 400


@pytest.mark.parametrize("wish", ["display=popup", "ui_locales=en fr", "claims={}", "acr_values=a b", "inconnu=1"])
def test_wishes_and_unknown_parameters_are_ignored(member: Browser, portal: Portal, wish: str) -> None:
    name, _, value = wish.partition("=")
    attempt = portal.start(**{name: value})
    member.get(attempt.url)
    assert portal.code(member.trail, attempt)


def test_an_unknown_scope_is_left_out(world: World, member: Browser, portal: Portal) -> None:
    tokens = world.tokens(portal, member, scope="openid email inventé address")
    assert tokens.scope == ("openid", "email"), "address was not registered, the other does not exist"


def test_a_request_that_is_too_long_is_shown(member: Browser, portal: Portal) -> None:
    assert member.get(portal.start(inconnu="x" * 20_000).url).status == 413


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=a", "text/plain", ""])
def test_a_posted_request_is_a_form(portal: Portal, kind: str) -> None:
    answer = portal.http.post(
        portal.metadata["authorization_endpoint"], content=b"{}", headers={"content-type": kind}
    )
    assert answer.status_code == 415
