"""Modules about what comes of a code: its second use, and refresh tokens (certification 2.2)."""

from __future__ import annotations

from tests.conformance.plans import checks
from tests.conformance.plans.parties import Client, Outcome
from tests.conformance.plans.suite import Suite
from tests.conformance.plans.variant import applies

REFRESHED = ("iss", "sub", "aud", "auth_time", "azp")


@applies(lambda variant: variant.gives_code)
def test_oidcc_codereuse(suite: Suite) -> None:
    """RFC 6749 4.1.2, at once."""
    outcome = suite.flow()
    checks.token_error(outcome.client.redeem(outcome.request, outcome.answer["code"]), "invalid_grant")


@applies(lambda variant: variant.gives_code)
def test_oidcc_codereuse_30seconds(suite: Suite) -> None:
    """And what the code gave dies with its second use (RFC 6749 4.1.2)."""
    outcome = suite.flow()
    assert outcome.client.portal.is_honoured(outcome.access)
    suite.world.later(30)
    checks.token_error(outcome.client.redeem(outcome.request, outcome.answer["code"]), "invalid_grant")
    assert 400 <= outcome.client.portal.ask_userinfo(outcome.access).status_code < 500


def offline(suite: Suite, client: Client) -> Outcome:
    """Go the way that gives a refresh token (Core 11)."""
    if not suite.offers("scopes_supported", "offline_access"):
        return suite.flow(client=client)
    return suite.flow(client=client, scope="openid offline_access", prompt="consent")


def refreshed(outcome: Outcome, suite: Suite) -> checks.JsonObject:
    """Use the refresh token, a second later, and judge what comes (Core 12.2)."""
    suite.world.later(1)
    client, token = outcome.client, outcome.tokens["refresh_token"]
    checks.unguessable(token)
    scope = str(outcome.tokens.get("scope", outcome.request.params["scope"]))
    tokens = checks.token_response(client.ask(grant_type="refresh_token", refresh_token=token, scope=scope))
    checks.unguessable(tokens["access_token"])
    assert tokens["access_token"] != outcome.access
    if "id_token" in tokens:
        validate = suite.validator(client, suite.request(client, nonce=None))
        claims = validate(tokens["id_token"])
        first = outcome.claims
        assert {name: claims.get(name) for name in REFRESHED} == {name: first.get(name) for name in REFRESHED}
        assert claims["iat"] > first["iat"]
    assert client.portal.is_honoured(tokens["access_token"])
    return tokens


@applies(lambda variant: variant.gives_code)
def test_oidcc_refresh_token(suite: Suite) -> None:
    """Two clients: each refreshes its own, neither the other's."""
    assert suite.offers("grant_types_supported", "refresh_token")
    first = offline(suite, suite.client)
    refreshed(first, suite)
    second = offline(suite, suite.client2)
    stolen = second.tokens["refresh_token"]
    checks.token_error(suite.client.ask(grant_type="refresh_token", refresh_token=stolen), "invalid_grant")
