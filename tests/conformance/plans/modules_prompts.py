"""Modules about when the user is asked again, and when not (certification 2.2; OpenID Connect Core 3.1.2.1)."""

from __future__ import annotations

import secrets

from tests.conformance.plans.parties import Outcome
from tests.conformance.plans.suite import Suite


def same_sign_in(first: Outcome, second: Outcome) -> None:
    """The second authorization tells of the first one's authentication."""
    assert second.claims["sub"] == first.claims["sub"]
    assert second.claims.get("auth_time") == first.claims.get("auth_time")


def test_oidcc_prompt_login(suite: Suite) -> None:
    first = suite.flow()
    suite.world.later(2)
    second = suite.flow(prompt="login")
    assert suite.screens[0] == "login", "really asked"
    assert second.claims["sub"] == first.claims["sub"]
    assert ("auth_time" in first.claims) == ("auth_time" in second.claims)
    if "auth_time" in first.claims:
        assert second.claims["auth_time"] > first.claims["auth_time"]


def test_oidcc_prompt_none_not_logged_in(suite: Suite) -> None:
    state = secrets.token_hex(64)
    assert len(state) == 128
    request = suite.request(prompt="none", state=state)
    suite.error(
        request, "login_required", "interaction_required", "account_selection_required", "consent_required"
    )
    assert suite.screens == []


def test_oidcc_prompt_none_logged_in(suite: Suite) -> None:
    """Silent: also the consent of the first time is remembered."""
    first = suite.flow()
    suite.world.later(2)
    second = suite.flow(prompt="none")
    assert suite.screens == []
    same_sign_in(first, second)


def test_oidcc_max_age_1(suite: Suite) -> None:
    first = suite.flow()
    suite.world.later(2)
    second = suite.flow(max_age="1")
    assert "login" in suite.screens
    assert second.claims["sub"] == first.claims["sub"]
    assert second.claims["auth_time"] > first.claims.get("auth_time", 0)
    assert suite.world.seconds() - second.claims["auth_time"] <= 60


def test_oidcc_max_age_10000(suite: Suite) -> None:
    first = suite.flow(max_age="15000")
    suite.world.later(2)
    second = suite.flow(max_age="10000")
    assert suite.screens == []
    assert "auth_time" in first.claims
    same_sign_in(first, second)


def test_oidcc_id_token_hint(suite: Suite) -> None:
    first = suite.flow()
    second = suite.flow(prompt="none", id_token_hint=first.id_token)
    assert suite.screens == []
    same_sign_in(first, second)


def test_oidcc_login_hint(suite: Suite) -> None:
    """An account that does not exist."""
    suite.flow(login_hint="buffy@127.0.0.1")
