"""Modules about what is told of the person (certification 2.2; OpenID Connect Core 5)."""

from __future__ import annotations

import json

from tests.conformance.plans import checks
from tests.conformance.plans.accepted import WARNINGS
from tests.conformance.plans.suite import Suite

WANTED = {
    "profile": checks.PROFILE,
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
}


def tells(suite: Suite, *scopes: str) -> checks.JsonObject:
    """Ask for scopes and return what is told; the suite warns of each claim of theirs that is missing."""
    assert [scope for scope in scopes if not suite.offers("scopes_supported", scope)] == []
    outcome = suite.flow(scope=" ".join(("openid", *scopes)))
    told = suite.told(outcome)
    for scope in scopes:
        for name in WANTED[scope]:
            if name not in told:
                suite.warn(f"no claim {name}")
    others = {name for scope, names in WANTED.items() if scope not in scopes for name in names}
    assert not others & set(told), "and nothing of the scopes that were not asked"
    return told


def test_oidcc_scope_profile(suite: Suite) -> None:
    assert tells(suite, "profile")["name"]
    assert set(suite.warnings) == set(WARNINGS), "no row of the table has become untrue"


def test_oidcc_scope_email(suite: Suite) -> None:
    assert tells(suite, "email")["email_verified"] is True


def test_oidcc_scope_address(suite: Suite) -> None:
    assert {"formatted", "locality"} <= set(tells(suite, "address")["address"])


def test_oidcc_scope_phone(suite: Suite) -> None:
    assert tells(suite, "phone")["phone_number"].startswith("+"), "E.164 (Core 5.1)"


def test_oidcc_scope_all(suite: Suite) -> None:
    tells(suite, "profile", "email", "address", "phone")


def test_oidcc_claims_essential(suite: Suite) -> None:
    """``name`` asked as essential (Core 5.5) is told where it was asked: in userinfo, else in the ID token."""
    member = "userinfo" if suite.variant.has_access_token else "id_token"
    outcome = suite.flow(claims=json.dumps({member: {"name": {"essential": True}}}))
    if not suite.told(outcome).get("name"):
        suite.warn("no claim name")
    if suite.variant.has_access_token:
        assert all("name" not in claims for claims in (outcome.front, outcome.back) if claims is not None)


def test_oidcc_ensure_request_with_acr_values_succeeds(suite: Suite) -> None:
    """All that discovery lists, or two that nobody knows: a wish, never a reason to refuse (Core 3.1.2.1)."""
    listed = suite.metadata.get("acr_values_supported") or ["1", "2"]
    outcome = suite.flow(acr_values=" ".join(listed))
    if outcome.claims.get("acr") not in listed:
        suite.warn("acr is none of acr_values")
