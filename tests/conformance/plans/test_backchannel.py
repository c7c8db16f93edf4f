"""Back-channel logout (``oidcc-backchannel-rp-initiated-logout-certification-test-plan``): every provider of ours."""

from __future__ import annotations

import secrets

from joserfc import jws, jwt

from tests.conformance.plans import checks
from tests.conformance.plans.leaving import came_back, leave, nobody_is_in
from tests.conformance.plans.parties import AFTER_LOGOUT, Client, Outcome
from tests.conformance.plans.suite import Suite
from tests.conformance.plans.variant import BOTH

VARIANTS = BOTH
EVENT = "http://schemas.openid.net/event/backchannel-logout"
CLAIMS = {"iss", "sub", "aud", "iat", "exp", "jti", "events", "sid"}


def test_oidcc_backchannel_logout_discovery_endpoint_verification(suite: Suite) -> None:
    assert suite.metadata["backchannel_logout_supported"] is True
    assert suite.metadata["backchannel_logout_session_supported"] is True
    assert "end_session_endpoint" in suite.metadata


def test_oidcc_backchannel_rp_initiated_logout(suite: Suite) -> None:
    """The relying party is told by a logout token (Back-Channel Logout 2.4 to 2.6), and the user goes back."""
    where = suite.site.serve("/backchannel_logout", b"", "text/plain")
    suite.client = suite.register(backchannel_logout_uri=where, backchannel_logout_session_required=True)
    outcome = suite.flow()
    assert outcome.claims["sid"]
    state = secrets.token_hex(64)
    leave(suite, id_token_hint=outcome.id_token, post_logout_redirect_uri=AFTER_LOGOUT, state=state)
    assert came_back(suite.browser.trail[-1]) == {"state": state}
    suite.world.running.post.run_once()
    told = suite.site.of("/backchannel_logout")
    assert [each.method for each in told] == ["POST"], "told once"
    assert told[0].headers["content-type"].partition(";")[0] == "application/x-www-form-urlencoded"
    assert [name for name, _ in told[0].form] == ["logout_token"], "and nothing else"
    judge(suite, suite.client, outcome, told[0].form[0][1])
    nobody_is_in(suite)


def judge(suite: Suite, client: Client, outcome: Outcome, token: str) -> None:
    """A logout token is no ID token, and tells which session of whom."""
    keys = checks.jwks(client.portal.http.get(suite.metadata["jwks_uri"]).json())
    header = jws.extract_compact(token.encode()).headers()
    assert header["alg"] == "RS256", "as the ID tokens of this client"
    assert header["kid"] in {key.kid for key in keys.keys}
    assert header.get("typ") in (None, "JWT", "logout+jwt")
    claims = jwt.decode(token, keys, ["RS256"]).claims
    assert set(claims) <= CLAIMS, "no nonce, and nothing of the person"
    assert claims["iss"] == suite.issuer
    assert claims["aud"] in (client.id, [client.id])
    now = suite.world.seconds()
    assert abs(now - claims["iat"]) <= checks.SKEW
    assert now < claims["exp"] <= now + 600
    assert claims["jti"]
    assert claims["events"] == {EVENT: {}}
    assert claims["sid"] == outcome.claims["sid"]
    assert claims.get("sub") in (None, outcome.claims["sub"])
