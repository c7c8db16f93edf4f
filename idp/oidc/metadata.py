"""Reading what the operator registers: RFC 7591 metadata with the operator's own ``idp_…`` members beside it.

Readers are small (``metadata_readers``) and named in one table; the first problem is told in one sentence. A member
nobody knows is refused: a typing mistake in a security setting must not pass in silence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.oidc.client_keys import MOST_KEYS
from idp.oidc.clients import (
    ALGORITHMS,
    AUTH_METHODS,
    CLIENT_ALGORITHMS,
    CODE_GRANT,
    GRANT_TYPES,
    IMPLICIT_GRANT,
    PRIVATE_KEY_JWT,
    ClientMetadataError,
    Metadata,
    Tile,
)
from idp.oidc.levels import LEVELS
from idp.oidc.metadata_readers import choice, entries, flag, line, optional, required, seconds, uri, uris, words
from idp.oidc.metadata_rules import check_rules, is_of_an_api, sector
from idp.oidc.offered import CODE, USUAL, Offered, response_type
from idp.oidc.profiles import PORTAL, PROFILES, Profile
from idp.oidc.signed import PRIVATE_MEMBERS, SYMMETRIC

ABOUT = ("contacts", "software_id", "software_version", "application_type")
_ISSUED = ("client_id_issued_at", "client_secret_expires_at")
_OWN = ("client_id", "client_secret", "scope")
_ACCESS_TOKENS = ("opaque", "jwt")
_CLIENT_ID = re.compile(r"[!-~]{1,128}\Z")
_SECRET = re.compile(r"[A-Za-z0-9._~-]{32,256}\Z")
_PROFILES = ("particulier", "exploitant")
_ACR = re.compile(r"[!-~]{1,100}\Z")


@dataclass(frozen=True, slots=True)
class Registration:
    """What was read: the metadata, and the name and secret the operator chose, if any."""

    metadata: Metadata
    client_id: str | None
    client_secret: str | None

    @property
    def sector(self) -> str:
        """The sector of the pairwise subjects (OpenID Connect Core 8.1)."""
        return sector(self.metadata)


def read_metadata(document: object, offered: Offered = USUAL) -> Registration:
    """Read and check one client's document. Raises ``ClientMetadataError``."""
    if not isinstance(document, Mapping):
        raise ClientMetadataError("document", "must be a JSON object")
    known = {*Metadata.__slots__, *ABOUT, *_ISSUED, *_OWN} - {"about"}
    for name in document:
        if name not in known:
            raise ClientMetadataError(str(name)[:60], "is not a member this release knows")
    profile = _profile(document)
    method = choice(document, "token_endpoint_auth_method", AUTH_METHODS, AUTH_METHODS[0])
    types = _response_types(document, offered)
    metadata = Metadata(
        client_name=line(document, "client_name", 100) or required("client_name"),
        client_uri=uri(document, "client_uri"),
        redirect_uris=uris(document, "redirect_uris"),
        post_logout_redirect_uris=uris(document, "post_logout_redirect_uris"),
        initiate_login_uri=uri(document, "initiate_login_uri"),
        grant_types=_grant_types(document, types),
        token_endpoint_auth_method=method,
        id_token_signed_response_alg=choice(document, "id_token_signed_response_alg", ALGORITHMS, ALGORITHMS[0]),
        subject_type=choice(document, "subject_type", ("pairwise", "public"), "pairwise"),
        sector_identifier_uri=uri(document, "sector_identifier_uri"),
        default_max_age=seconds(document, "default_max_age"),
        idp_scopes_allowed=_scopes(document, profile),
        idp_pkce_required=flag(document, "idp_pkce_required", default=profile.pkce),
        idp_tile=_tile(document.get("idp_tile")),
        idp_profile=document.get("idp_profile"),
        idp_acr_map=_acr_map(document.get("idp_acr_map")),
        response_types=types,
        idp_first_party=flag(document, "idp_first_party", default=True),
        idp_access_token=choice(document, "idp_access_token", _ACCESS_TOKENS, _ACCESS_TOKENS[0]),
        idp_resources=uris(document, "idp_resources"),
        jwks=_jwks(document.get("jwks")),
        jwks_uri=uri(document, "jwks_uri"),
        token_endpoint_auth_signing_alg=_assertion_algorithm(document, method),
        request_object_signing_alg=optional(document, "request_object_signing_alg", CLIENT_ALGORITHMS),
        request_uris=uris(document, "request_uris", fragment=True),
        userinfo_signed_response_alg=optional(document, "userinfo_signed_response_alg", ALGORITHMS),
        introspection_signed_response_alg=optional(document, "introspection_signed_response_alg", ALGORITHMS),
        require_auth_time=flag(document, "require_auth_time", default=False),
        default_acr_values=_acr_values(document),
        require_pushed_authorization_requests=flag(document, "require_pushed_authorization_requests", default=False),
        backchannel_logout_uri=uri(document, "backchannel_logout_uri"),
        backchannel_logout_session_required=flag(document, "backchannel_logout_session_required", default=False),
        frontchannel_logout_uri=uri(document, "frontchannel_logout_uri"),
        frontchannel_logout_session_required=flag(document, "frontchannel_logout_session_required", default=False),
        logo_uri=uri(document, "logo_uri"),
        policy_uri=uri(document, "policy_uri"),
        tos_uri=uri(document, "tos_uri"),
        about=tuple((name, document[name]) for name in ABOUT if name in document),
    )
    registration = Registration(metadata, _client_id(document), _client_secret(document))
    check_rules(metadata, registration.client_secret)
    return registration


def _profile(document: Mapping[str, Any]) -> Profile:
    name = document.get("idp_profile")
    if name is None:
        return PORTAL
    if not isinstance(name, str) or name not in PROFILES:
        raise ClientMetadataError("idp_profile", f"must be one of {', '.join(PROFILES)}")
    return PROFILES[name]


def _acr_map(value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not set(value) <= set(LEVELS):
        raise ClientMetadataError("idp_acr_map", f"must be an object whose members are of {', '.join(LEVELS)}")
    if not all(isinstance(told, str) and _ACR.match(told) for told in value.values()):
        raise ClientMetadataError("idp_acr_map", "a level is called by 1 to 100 printable ASCII characters, no space")
    return dict(value)


def _scopes(document: Mapping[str, Any], profile: Profile) -> tuple[str, ...]:
    """Read the allowed scopes: the operator's list, else those of RFC 7591's ``scope``, else the usual ones."""
    if document.get("idp_scopes_allowed") is not None:
        scopes = tuple(entries(document, "idp_scopes_allowed") or ())
        for scope in scopes:
            if scope not in profile.scopes and not is_of_an_api(scope):
                told = f"may only hold {', '.join(profile.scopes)}, and scopes of APIs, which have a colon"
                raise ClientMetadataError("idp_scopes_allowed", told)
    else:
        asked = line(document, "scope", 500)
        scopes = profile.usual if asked is None else tuple(s for s in asked.split() if s in profile.scopes)
    if "openid" not in scopes:
        raise ClientMetadataError("idp_scopes_allowed", "must hold openid")
    return tuple(dict.fromkeys(scopes))


def _tile(value: object) -> Tile | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or not set(value) <= set(Tile.__slots__):
        raise ClientMetadataError("idp_tile", "must be an object of title, text, order and profiles")
    order = value.get("order", 0)
    if isinstance(order, bool) or not isinstance(order, int) or abs(order) > 10**6:
        raise ClientMetadataError("idp_tile", "order must be a whole number")
    title = line(value, "title", 60)
    if title is None:
        raise ClientMetadataError("idp_tile", "needs a title")
    return Tile(title, line(value, "text", 200), order, words(value, "profiles", _PROFILES, ()))


def _response_types(document: Mapping[str, Any], offered: Offered) -> tuple[str, ...]:
    """Read the response types, their words in any order; none at all for a client without redirect URIs."""
    listed = entries(document, "response_types")
    if listed is None:
        grants = entries(document, "grant_types")
        return (CODE,) if grants is None or CODE_GRANT in grants else ()
    types = tuple(dict.fromkeys(response_type(str(each)) for each in listed))
    if not set(types) <= set(offered.response_types):
        raise ClientMetadataError("response_types", f"may only hold {', '.join(offered.response_types)}")
    return types


def _grant_types(document: Mapping[str, Any], types: tuple[str, ...]) -> tuple[str, ...]:
    """Read the grant types, which go with the response types (RFC 7591 2.1)."""
    needed = dict.fromkeys(
        grant
        for kind in types
        for grant in ((CODE_GRANT,) if kind == CODE else (CODE_GRANT, IMPLICIT_GRANT))
        if grant != CODE_GRANT or CODE in kind.split()
    )
    given = words(document, "grant_types", (*GRANT_TYPES, IMPLICIT_GRANT), tuple(needed))
    for grant in needed:
        if grant not in given:
            raise ClientMetadataError("grant_types", f"must hold {grant} for its response types")
    if not given:
        raise ClientMetadataError("grant_types", "must hold something")
    return given


def _assertion_algorithm(document: Mapping[str, Any], method: str) -> str | None:
    allowed = CLIENT_ALGORITHMS if method == PRIVATE_KEY_JWT else (SYMMETRIC,)
    return optional(document, "token_endpoint_auth_signing_alg", allowed)


def _acr_values(document: Mapping[str, Any]) -> tuple[str, ...]:
    values = entries(document, "default_acr_values") or []
    if not all(isinstance(value, str) and _ACR.match(value) for value in values):
        raise ClientMetadataError("default_acr_values", "must be a list of levels")
    return tuple(values)


def _jwks(value: object) -> Mapping[str, Any] | None:
    """Read a set of public keys; which of them judges a signature is decided there (``signed``)."""
    if value is None:
        return None
    keys = value.get("keys") if isinstance(value, Mapping) else None
    if not isinstance(keys, list) or len(keys) > MOST_KEYS or not all(isinstance(key, Mapping) for key in keys):
        raise ClientMetadataError("jwks", f"must be a JWK set of at most {MOST_KEYS} keys")
    if not all(PRIVATE_MEMBERS.isdisjoint(key) for key in keys):
        raise ClientMetadataError("jwks", "must hold public keys alone")
    return {"keys": [dict(key) for key in keys]}


def _client_id(document: Mapping[str, Any]) -> str | None:
    value = document.get("client_id")
    if value is not None and not (isinstance(value, str) and _CLIENT_ID.match(value)):
        raise ClientMetadataError("client_id", "must be 1 to 128 printable ASCII characters without spaces")
    return value


def _client_secret(document: Mapping[str, Any]) -> str | None:
    value = document.get("client_secret")
    if value is not None and not (isinstance(value, str) and _SECRET.match(value)):
        raise ClientMetadataError("client_secret", "must be 32 to 256 random letters, digits or . _ ~ -")
    return value
