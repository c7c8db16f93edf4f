"""No module of the certification plans is forgotten: each is a test of its name in the file of its plan."""

from __future__ import annotations

import ast
from typing import Final

import pytest

from tests.architecture.source import ROOT

PLANS: Final = ROOT / "tests" / "conformance" / "plans"

_EVERYWHERE: Final = (
    "oidcc-server",
    "oidcc-response-type-missing",
    "oidcc-idtoken-signature",
    "oidcc-userinfo-get",
    "oidcc-userinfo-post-header",
    "oidcc-userinfo-post-body",
    "oidcc-scope-profile",
    "oidcc-scope-email",
    "oidcc-scope-address",
    "oidcc-scope-phone",
    "oidcc-scope-all",
    "oidcc-alternate-happy-flow",
    "oidcc-display-page",
    "oidcc-display-popup",
    "oidcc-prompt-login",
    "oidcc-prompt-none-not-logged-in",
    "oidcc-prompt-none-logged-in",
    "oidcc-max-age-1",
    "oidcc-max-age-10000",
    "oidcc-ensure-request-with-unknown-parameter-succeeds",
    "oidcc-id-token-hint",
    "oidcc-login-hint",
    "oidcc-ui-locales",
    "oidcc-claims-locales",
    "oidcc-ensure-request-with-acr-values-succeeds",
    "oidcc-ensure-registered-redirect-uri",
    "oidcc-ensure-post-request-succeeds",
    "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
    "oidcc-claims-essential",
    "oidcc-ensure-request-object-with-redirect-uri",
)
_OF_CODES: Final = (
    "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
    "oidcc-codereuse",
    "oidcc-codereuse-30seconds",
    "oidcc-server-client-secret-post",
    "oidcc-refresh-token",
    "oidcc-ensure-request-with-valid-pkce-succeeds",
)
_UNSIGNED: Final = ("oidcc-idtoken-unsigned",)
"""Only where no ID token comes from the authorization endpoint."""
_NONCE: Final = ("oidcc-ensure-request-without-nonce-fails",)
"""Only where one does."""

MODULES: Final = {
    "test_basic": (*_EVERYWHERE, *_OF_CODES, *_UNSIGNED),
    "test_basic_registered": (*_EVERYWHERE, *_OF_CODES, *_UNSIGNED),
    "test_config": ("oidcc-discovery-endpoint-verification",),
    "test_formpost": (*_EVERYWHERE, *_OF_CODES, *_UNSIGNED, *_NONCE),
    "test_implicit": (*_EVERYWHERE, *_NONCE),
    "test_hybrid": (*_EVERYWHERE, *_OF_CODES, *_NONCE),
    "test_dynamic": (
        "oidcc-server",
        "oidcc-idtoken-unsigned",
        "oidcc-ensure-request-object-with-redirect-uri",
        "oidcc-refresh-token",
        "oidcc-idtoken-rs256",
        "oidcc-userinfo-rs256",
        "oidcc-ensure-redirect-uri-in-authorization-request",
        "oidcc-redirect-uri-query-OK",
        "oidcc-redirect-uri-query-mismatch",
        "oidcc-redirect-uri-query-added",
        "oidcc-redirect-uri-regfrag",
        "oidcc-discovery-endpoint-verification",
        "oidcc-registration-logo-uri",
        "oidcc-registration-policy-uri",
        "oidcc-registration-tos-uri",
        "oidcc-registration-jwks-uri",
        "oidcc-registration-sector-uri",
        "oidcc-registration-sector-bad",
        "oidcc-server-rotate-keys",
        "oidcc-refresh-token-rp-key-rotation",
        "oidcc-request-uri-unsigned",
        "oidcc-request-uri-signed-rs256",
        "oidcc-ensure-client-assertion-with-iss-aud-succeeds",
    ),
    "test_third_party": ("oidcc-3rd_party-init-login", "oidcc-3rd_party-init-login-nohttps"),
    "test_rp_initiated_logout": (
        "oidcc-rp-initiated-logout-discovery-endpoint-verification",
        "oidcc-rp-initiated-logout",
        "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
        "oidcc-rp-initiated-logout-modified-id-token-hint",
        "oidcc-rp-initiated-logout-no-id-token-hint",
        "oidcc-rp-initiated-logout-no-params",
        "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
        "oidcc-rp-initiated-logout-no-state",
        "oidcc-rp-initiated-logout-only-state",
        "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
        "oidcc-rp-initiated-logout-bad-id-token-hint",
    ),
    "test_backchannel": (
        "oidcc-backchannel-logout-discovery-endpoint-verification",
        "oidcc-backchannel-rp-initiated-logout",
    ),
    "test_frontchannel": (
        "oidcc-frontchannel-logout-discovery-endpoint-verification",
        "oidcc-frontchannel-rp-initiated-logout",
    ),
    "test_session_management": (
        "oidcc-session-management-discovery-endpoint-verification",
        "oidcc-session-management-rp-initiated-logout",
    ),
}


def collected_from(file: str) -> set[str]:
    """Return the tests that pytest collects from a plan's file: its own, and those it imports."""
    names = set()
    for node in ast.parse((PLANS / f"{file}.py").read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
    return {name for name in names if name.startswith("test_")}


@pytest.mark.parametrize("file", MODULES)
def test_every_module_of_a_plan_is_a_test_there_and_nothing_else_is(file: str) -> None:
    assert collected_from(file) == {f"test_{name.replace('-', '_')}" for name in MODULES[file]}


def test_every_file_of_a_plan_is_in_the_table() -> None:
    assert {path.stem for path in PLANS.glob("test_*.py")} == set(MODULES)
