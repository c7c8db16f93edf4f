"""RP-initiated logout (``oidcc-rp-initiated-logout-certification-test-plan``), by every provider of ours."""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import RSAKey

from tests.conformance.plans.leaving import came_back, leave, nobody_is_in, stayed
from tests.conformance.plans.metadata import is_safe
from tests.conformance.plans.parties import AFTER_LOGOUT, Outcome
from tests.conformance.plans.suite import Suite
from tests.conformance.plans.variant import BOTH

VARIANTS = BOTH
DONE = {"post_logout_redirect_uri": AFTER_LOGOUT}


@pytest.fixture
def outcome(suite: Suite) -> Outcome:
    """The user is signed in, and the relying party has an ID token."""
    return suite.flow()


@pytest.fixture
def state() -> dict[str, str]:
    return {"state": secrets.token_hex(64)}


def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(suite: Suite) -> None:
    assert is_safe(suite.metadata["end_session_endpoint"])


def test_oidcc_rp_initiated_logout(suite: Suite, outcome: Outcome, state: dict[str, str]) -> None:
    leave(suite, id_token_hint=outcome.id_token, **DONE, **state)
    assert came_back(suite.browser.trail[-1]) == state
    nobody_is_in(suite)


def test_oidcc_rp_initiated_logout_no_state(suite: Suite, outcome: Outcome) -> None:
    leave(suite, id_token_hint=outcome.id_token, **DONE)
    assert came_back(suite.browser.trail[-1]) == {}, "no state is invented"
    nobody_is_in(suite)


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(
    suite: Suite, outcome: Outcome, state: dict[str, str]
) -> None:
    stayed(suite, leave(suite, id_token_hint=outcome.id_token, **state))
    nobody_is_in(suite)


def test_oidcc_rp_initiated_logout_no_params(suite: Suite, outcome: Outcome) -> None:
    stayed(suite, leave(suite))
    nobody_is_in(suite)


def test_oidcc_rp_initiated_logout_only_state(suite: Suite, outcome: Outcome, state: dict[str, str]) -> None:
    stayed(suite, leave(suite, **state))
    nobody_is_in(suite)


def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(
    suite: Suite, outcome: Outcome, state: dict[str, str]
) -> None:
    uri = f"{AFTER_LOGOUT}/{secrets.token_hex(4)}"
    stayed(suite, leave(suite, id_token_hint=outcome.id_token, post_logout_redirect_uri=uri, **state))


def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(
    suite: Suite, outcome: Outcome, state: dict[str, str]
) -> None:
    uri = f"{AFTER_LOGOUT}?foo=bar"
    stayed(suite, leave(suite, id_token_hint=outcome.id_token, post_logout_redirect_uri=uri, **state))


def test_oidcc_rp_initiated_logout_modified_id_token_hint(
    suite: Suite, outcome: Outcome, state: dict[str, str]
) -> None:
    """``alg`` becomes none and the signature goes; the claims are ours."""
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    hint = f"{header}.{outcome.id_token.split('.')[1]}."
    stayed(suite, leave(suite, id_token_hint=hint, **DONE, **state))


def test_oidcc_rp_initiated_logout_bad_id_token_hint(suite: Suite, outcome: Outcome, state: dict[str, str]) -> None:
    """Signed by a key that is not the provider's, under a name that is."""
    header: dict[str, Any] = dict(jws.extract_compact(outcome.id_token.encode()).headers())
    hint = jwt.encode(header, outcome.claims, RSAKey.generate_key(2048), ["RS256"])
    stayed(suite, leave(suite, id_token_hint=hint, **DONE, **state))


def test_oidcc_rp_initiated_logout_no_id_token_hint(suite: Suite, outcome: Outcome, state: dict[str, str]) -> None:
    """Nobody says who asks, so nobody's address can be trusted."""
    stayed(suite, leave(suite, **DONE, **state))
