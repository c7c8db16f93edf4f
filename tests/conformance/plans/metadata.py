"""What the suite checks of a discovery document (certification 2.6; OpenID Connect Discovery 3, RFC 8414 2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx2

Warn = Callable[[str], None]

_ENDPOINTS = (
    "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "registration_endpoint",
    "end_session_endpoint", "check_session_iframe", "introspection_endpoint", "revocation_endpoint",
    "device_authorization_endpoint", "pushed_authorization_request_endpoint",
)  # fmt: skip
_ADDRESSES = (*_ENDPOINTS, "issuer", "service_documentation", "op_policy_uri", "op_tos_uri")
_LISTS = (
    "scopes_supported", "response_types_supported", "response_modes_supported", "grant_types_supported",
    "acr_values_supported", "subject_types_supported", "id_token_signing_alg_values_supported",
    "id_token_encryption_alg_values_supported", "id_token_encryption_enc_values_supported",
    "userinfo_signing_alg_values_supported", "userinfo_encryption_alg_values_supported",
    "userinfo_encryption_enc_values_supported", "request_object_signing_alg_values_supported",
    "request_object_encryption_alg_values_supported", "request_object_encryption_enc_values_supported",
    "token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported",
    "display_values_supported", "claim_types_supported", "claims_supported", "claims_locales_supported",
    "ui_locales_supported", "code_challenge_methods_supported", "prompt_values_supported",
    "revocation_endpoint_auth_methods_supported", "revocation_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint_auth_methods_supported", "introspection_endpoint_auth_signing_alg_values_supported",
    "introspection_signing_alg_values_supported", "introspection_encryption_alg_values_supported",
    "introspection_encryption_enc_values_supported", "authorization_details_types_supported",
    "dpop_signing_alg_values_supported",
)  # fmt: skip
_FLAGS = (
    "claims_parameter_supported", "request_parameter_supported", "request_uri_parameter_supported",
    "require_request_uri_registration", "require_signed_request_object", "require_pushed_authorization_requests",
    "authorization_response_iss_parameter_supported", "frontchannel_logout_supported",
    "frontchannel_logout_session_supported", "backchannel_logout_supported", "backchannel_logout_session_supported",
    "tls_client_certificate_bound_access_tokens",
)  # fmt: skip
_KNOWN = {*_ADDRESSES, *_LISTS, *_FLAGS, "signed_metadata", "protected_resources"}
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2}|-[0-9]{3})?\Z")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def document(response: httpx2.Response, issuer: str, *, dynamic: bool, warn: Warn) -> dict[str, Any]:
    """Return a discovery document once all of it holds; ``dynamic`` asks what clients that register need."""
    assert response.status_code == 200
    assert response.headers["content-type"].partition(";")[0] == "application/json"
    told: dict[str, Any] = response.json()
    assert told["issuer"] == issuer, "exactly, no slash more"
    _shapes(told)
    assert "RS256" in told["id_token_signing_alg_values_supported"]
    assert set(told["subject_types_supported"]) <= {"pairwise", "public"}
    assert told["subject_types_supported"]
    assert told["response_types_supported"]
    assert "openid" in told["scopes_supported"]
    methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    assert {"client_secret_basic", "client_secret_post"} <= set(methods)
    for name in ("ui_locales_supported", "claims_locales_supported"):
        assert all(_LOCALE.match(locale) for locale in told.get(name, [])), f"{name} in canonical case (RFC 5646 2.1.1)"
    assert not [name for name, value in told.items() if value in ("", [], {}, None)], "nothing is told empty"
    if "claims_supported" not in told:
        warn("no claims_supported")
    for name in sorted(set(told) - _KNOWN):
        warn(f"unexpected metadata {name}")
    _defaults(told)
    if dynamic:
        _dynamic(told)
    return told


def _shapes(told: dict[str, Any]) -> None:
    for name in (*_ENDPOINTS[:2], "jwks_uri", "response_types_supported"):
        assert name in told, name
    for name in _ADDRESSES:
        assert name not in told or is_safe(told[name]), f"{name} is an https address"
    for name in _LISTS:
        assert name not in told or _is_list_of_text(told[name]), f"{name} is a list of text"
    for name in _FLAGS:
        assert name not in told or isinstance(told[name], bool), f"{name} is a JSON boolean"


def _defaults(told: dict[str, Any]) -> None:
    """Members whose silence would promise something."""
    assert "request_uri_parameter_supported" in told, "silence says true (Discovery 3)"
    assert "grant_types_supported" in told, "silence says authorization_code and implicit"
    refreshes = "offline_access" in told["scopes_supported"]
    assert not refreshes or "refresh_token" in told["grant_types_supported"]
    modes = told.get("response_modes_supported", ["query", "fragment"])
    assert "query" in modes
    if set(told["response_types_supported"]) != {"code"}:
        assert "fragment" in modes


def _dynamic(told: dict[str, Any]) -> None:
    kinds = [set(kind.split()) for kind in told["response_types_supported"]]
    for needed in ({"code"}, {"id_token"}, {"id_token", "token"}):
        assert needed in kinds, f"{needed} (Core 15.2)"
    assert {"authorization_code", "implicit"} <= set(told["grant_types_supported"])
    assert is_safe(told["registration_endpoint"])


def is_safe(url: object) -> bool:
    """Tell whether an address is https, or this machine's own, where these tests run."""
    if not isinstance(url, str):
        return False
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)
