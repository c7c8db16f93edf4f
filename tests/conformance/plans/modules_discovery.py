"""The module about the discovery document and the keys it names (certification 2.5, 2.6)."""

from __future__ import annotations

from tests.conformance.plans import checks, metadata
from tests.conformance.plans.suite import Suite


def test_oidcc_discovery_endpoint_verification(suite: Suite) -> None:
    """Asked without anything known beforehand, and again in the other ways that clients ask."""
    http = suite.browser.client
    found = http.get(f"{suite.issuer}/.well-known/openid-configuration")
    told = metadata.document(found, suite.issuer, dynamic=suite.registers, warn=suite.warn)
    checks.jwks(http.get(told["jwks_uri"]).json())
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint"):
        assert http.get(told[name]).status_code != 404, name
