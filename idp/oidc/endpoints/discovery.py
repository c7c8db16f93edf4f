"""The discovery document (OpenID Connect Discovery 3, RFC 8414 2): exactly what this release does for any portal.

What the operator opens to one client of a profile (the scope ``birth``, the level ``eidas1``) is not promised to all.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from idp.oidc.checks import PROMPTS
from idp.oidc.claims import CLAIMS
from idp.oidc.clients import (
    ALGORITHMS,
    AUTH_METHODS,
    CLIENT_ALGORITHMS,
    GRANT_TYPES,
    IMPLICIT_GRANT,
    PUBLIC,
)
from idp.oidc.endpoints.published import Published
from idp.oidc.offered import IMPLICIT, RESPONSE_MODES, USUAL, Offered
from idp.oidc.profiles import PORTAL
from idp.oidc.signed import SYMMETRIC
from idp.signin.policy import ACR_PASSWORD
from idp.web.issuer import Issuer

_REQUEST_OBJECTS: Final = {
    "request_object_signing_alg_values_supported": list(CLIENT_ALGORITHMS),
    "require_request_uri_registration": False,
}


def document(
    issuer: Issuer,
    url: Callable[[str], str],
    levels: tuple[str, ...] = (),
    offered: Offered = USUAL,
    *,
    registers: bool = False,
) -> dict[str, Any]:
    """Return the metadata; ``url`` gives the path of a route, ``levels`` are those of an upstream provider."""
    grants = list(GRANT_TYPES)
    signing = [*CLIENT_ALGORITHMS, SYMMETRIC]
    if set(IMPLICIT) & set(offered.response_types):
        grants.append(IMPLICIT_GRANT)
    logout: dict[str, Any] = {"backchannel_logout_supported": True, "backchannel_logout_session_supported": True}
    if offered.frontchannel_logout:
        logout |= {"frontchannel_logout_supported": True, "frontchannel_logout_session_supported": True}
    if offered.session_management:
        logout["check_session_iframe"] = issuer.link(url("oidc:session"))
    return {
        "issuer": issuer.url,
        "authorization_endpoint": issuer.link(url("oidc:authorize")),
        "token_endpoint": issuer.link(url("oidc:token")),
        "userinfo_endpoint": issuer.link(url("oidc:userinfo")),
        "jwks_uri": issuer.link(url("oidc:jwks")),
        "end_session_endpoint": issuer.link(url("oidc:logout")),
        **logout,
        **({"registration_endpoint": issuer.link(url("oidc:register"))} if registers else {}),
        "scopes_supported": list(PORTAL.scopes),
        "pushed_authorization_request_endpoint": issuer.link(url("oidc:par")),
        "device_authorization_endpoint": issuer.link(url("oidc:device")),
        "response_types_supported": list(offered.response_types),
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": grants,
        "subject_types_supported": ["pairwise", "public"],
        "id_token_signing_alg_values_supported": list(ALGORITHMS),
        "userinfo_signing_alg_values_supported": list(ALGORITHMS),
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "token_endpoint_auth_signing_alg_values_supported": signing,
        "introspection_endpoint": issuer.link(url("oidc:introspect")),
        "introspection_endpoint_auth_methods_supported": [each for each in AUTH_METHODS if each != PUBLIC],
        "introspection_endpoint_auth_signing_alg_values_supported": signing,
        "introspection_signing_alg_values_supported": list(ALGORITHMS),
        "revocation_endpoint": issuer.link(url("oidc:revoke")),
        "revocation_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "revocation_endpoint_auth_signing_alg_values_supported": signing,
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": [ACR_PASSWORD, *levels],
        "prompt_values_supported": sorted(PROMPTS),
        "claim_types_supported": ["normal"],
        "claims_supported": list(CLAIMS),
        "ui_locales_supported": ["fr"],
        "claims_parameter_supported": True,
        "request_parameter_supported": offered.request_objects,
        "request_uri_parameter_supported": offered.request_objects,
        **(_REQUEST_OBJECTS if offered.request_objects else {}),
        "authorization_response_iss_parameter_supported": True,
    }


def discovery(
    issuer: Issuer, url: Callable[[str], str], levels: tuple[str, ...], offered: Offered, *, registers: bool
) -> Published:
    """Return the endpoint of both well-known addresses."""
    told = document(issuer, url, levels, offered, registers=registers)
    return Published(json.dumps(told, separators=(",", ":")).encode())
