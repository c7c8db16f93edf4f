"""One function makes every authorization response: query, fragment, form; state and registered URI to the letter."""

from __future__ import annotations

import base64
import hashlib
import re
from urllib.parse import parse_qsl, urlsplit

import httpx2
from hypothesis import given
from hypothesis import strategies as st

from idp.app import make_pages
from idp.oidc.requests import Address
from idp.oidc.responses import authorization_response
from idp.settings import Settings
from tests.support.browser import Page

ISSUER = "http://localhost:8000"
PAGES = make_pages(Settings(), lambda name, **_params: f"/{name}")
STATES = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
"""A request with a control character is refused before."""


@given(STATES, st.sampled_from(["", "?", "?a=b", "?a=b&", "?x=%20y"]))
def test_a_query_keeps_the_registered_uri_and_the_exact_state(state: str, query: str) -> None:
    uri = f"https://portail.example/retour{query}"
    response = authorization_response(Address(uri, "query", state), ISSUER, {"code": "c"}, PAGES)
    assert response.status_code == 303
    location = response.headers["location"]
    assert location.startswith(uri)
    pairs = parse_qsl(urlsplit(location).query, keep_blank_values=True)
    assert pairs[-3:] == [("code", "c"), ("state", state), ("iss", ISSUER)]


@given(STATES, st.sampled_from(["", "?a=b"]))
def test_a_fragment_keeps_both_and_leaks_nothing_into_the_query(state: str, query: str) -> None:
    to = Address(f"https://portail.example/retour{query}", "fragment", state)
    response = authorization_response(to, ISSUER, {"code": "c"}, PAGES)
    assert response.status_code == 303
    uri, _, fragment = response.headers["location"].partition("#")
    assert uri == to.redirect_uri
    assert parse_qsl(fragment, keep_blank_values=True) == [("code", "c"), ("state", state), ("iss", ISSUER)]


@given(STATES)
def test_a_form_brings_both_under_a_policy_that_knows_its_one_script(state: str) -> None:
    to = Address("https://portail.example/retour?a=b&c=%20", "form_post", state)
    response = authorization_response(to, ISSUER, {"code": "c"}, PAGES)
    text = bytes(response.body).decode()
    shown = Page(httpx2.Response(200, html=text, request=httpx2.Request("GET", ISSUER)))
    (form,) = shown.forms
    assert (form.method, form.action) == ("post", to.redirect_uri)
    assert form.fields == {"code": "c", "state": state, "iss": ISSUER}
    (script,) = re.findall("<script>(.*?)</script>", text)
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = response.headers["content-security-policy"]
    assert f"script-src 'sha256-{hashed}';" in policy
    assert policy.startswith("default-src 'none'")
    assert response.headers["cache-control"] == "no-store"


def test_no_state_is_sent_when_none_came() -> None:
    to = Address("https://portail.example/retour", "query", None)
    location = authorization_response(to, ISSUER, {"code": "c"}, PAGES).headers["location"]
    assert "state" not in location
