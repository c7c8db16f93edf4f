"""Modules about the plain way and its ends: tokens, userinfo, the redirect URI (certification 2.2, 2.4)."""

from __future__ import annotations

import pytest
from joserfc import jws

from tests.conformance.plans import checks
from tests.conformance.plans.parties import CALLBACK
from tests.conformance.plans.suite import Suite
from tests.conformance.plans.variant import applies


def test_oidcc_server(suite: Suite) -> None:
    """The plain way. An ID token that comes beside an access token tells nothing that was not asked (Core 5.4)."""
    outcome = suite.flow(scope="openid profile email")
    assert suite.offers("token_endpoint_auth_methods_supported", outcome.client.portal.method)
    assert suite.offers("response_types_supported", suite.variant.response_type)
    assert suite.offers("response_modes_supported", suite.variant.mode)
    for claims in filter(None, (outcome.front, outcome.back)):
        if suite.variant.has_access_token:
            assert checks.unasked(claims) == set()
    if suite.variant.has_access_token:
        suite.userinfo(outcome)


def test_oidcc_response_type_missing(suite: Suite) -> None:
    """The client is told in the query, or by the mode it asked, or the person by a page."""
    mode = "form_post" if suite.variant.form_post else "query"
    request = suite.request(response_type=None)
    suite.error_page_or(request, "invalid_request", "unsupported_response_type", mode=mode)


def test_oidcc_idtoken_signature(suite: Suite) -> None:
    """Whoever registers no algorithm gets RS256, with a key id of the JWK set (checked of every ID token)."""
    outcome = suite.flow()
    header = jws.extract_compact(outcome.id_token.encode()).headers()
    assert header["alg"] == "RS256"
    assert header["kid"]


@applies(lambda variant: not variant.gives_id_token)
def test_oidcc_idtoken_unsigned(suite: Suite) -> None:
    """The suite skips it where ``none`` is not offered. It never is, and nobody gets an unsigned token."""
    assert not suite.offers("id_token_signing_alg_values_supported", "none")
    outcome = suite.flow()
    assert jws.extract_compact(outcome.id_token.encode()).headers()["alg"] != "none"


@applies(lambda variant: variant.has_access_token)
def test_oidcc_userinfo_get(suite: Suite) -> None:
    suite.userinfo(suite.flow(scope="openid profile email address phone"))


@applies(lambda variant: variant.has_access_token)
def test_oidcc_userinfo_post_header(suite: Suite) -> None:
    outcome = suite.flow()
    headers = {"authorization": f"Bearer {outcome.access}"}
    response = outcome.client.portal.http.post(suite.metadata["userinfo_endpoint"], headers=headers)
    checks.userinfo(response, outcome.claims["sub"])


@applies(lambda variant: variant.has_access_token)
def test_oidcc_userinfo_post_body(suite: Suite) -> None:
    outcome = suite.flow()
    form = {"access_token": outcome.access}
    response = outcome.client.portal.http.post(suite.metadata["userinfo_endpoint"], data=form)
    checks.userinfo(response, outcome.claims["sub"])


@applies(lambda variant: not variant.gives_id_token)
def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(suite: Suite) -> None:
    """A nonce is wanted only where an ID token travels through the browser (Core 3.1.2.1, 3.3.2.1)."""
    assert "nonce" not in suite.flow(nonce=None).claims


@applies(lambda variant: variant.gives_id_token)
def test_oidcc_ensure_request_without_nonce_fails(suite: Suite) -> None:
    """Core 3.2.2.1, 3.3.2.11."""
    suite.error_page_or(suite.request(nonce=None), "invalid_request")


def test_oidcc_ensure_registered_redirect_uri(suite: Suite) -> None:
    """An address that is not registered is never gone to, not even to tell an error (RFC 6749 4.1.2.4)."""
    wanted = f"{CALLBACK}/unregistered-{suite.client.id}"
    params = dict(suite.request(redirect_uri=wanted).params)
    suite.error_page(suite.as_request(params, wanted))


@applies(lambda variant: variant.gives_code)
def test_oidcc_server_client_secret_post(suite: Suite) -> None:
    assert suite.offers("token_endpoint_auth_methods_supported", "client_secret_post")
    suite.flow(client=suite.register(token_endpoint_auth_method="client_secret_post"))


@pytest.mark.parametrize("warm", [False, True], ids=["signs-in", "signed-in"])
def test_oidcc_ensure_post_request_succeeds(suite: Suite, warm: bool) -> None:
    """Posted from another site, so that no cookie comes along: the way is the same (Core 3.1.2.1)."""
    if warm:
        suite.flow()
    suite.flow(post=True)
