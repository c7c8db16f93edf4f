"""What a client may say of itself when it registers over the network (RFC 7591 2, OpenID Connect Registration 2).

A stranger gets what a stranger may have, whatever the document says: members that begin with ``idp_`` are the
operator's and are ignored like all that nobody knows (RFC 7591 2), a name and a secret are chosen by us. Such a client

* is never first party: each member is asked for consent;
* has the usual scopes alone, fewer when ``scope`` names fewer;
* signs members in, in a browser. A token of its own says nothing without an API's scope, which the operator gives; and
  a device's code, passed on, is how strangers have members sign in for them (RFC 8628 5.4): neither grant is had here;
* must send PKCE (RFC 9700 2.1.1), unless it has a secret or a key of its own *and* certification is under way: the
  suite's clients register themselves and its plans send no ``code_challenge``. A public client must send it, always.

The rest is read like the operator's own documents (``metadata``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from idp.oidc.clients import (
    AUTH_METHODS,
    CODE_GRANT,
    IMPLICIT_GRANT,
    OFFLINE_ACCESS,
    PUBLIC,
    REFRESH_GRANT,
    ClientMetadataError,
    Metadata,
)
from idp.oidc.metadata import ABOUT, Registration, read_metadata
from idp.oidc.metadata_readers import choice, entries, line, required, uris, words
from idp.oidc.offered import CERTIFICATION, Offered

SCOPES: Final = ("openid", "profile", "email", "address", "phone", OFFLINE_ACCESS)
_GRANTS: Final = (CODE_GRANT, REFRESH_GRANT, IMPLICIT_GRANT)
_TAKEN: Final = frozenset({name for name in (*Metadata.__slots__, *ABOUT) if not name.startswith("idp_")} - {"about"})
_UNHEARD: Final = (
    "id_token_encrypted_response_alg",
    "userinfo_encrypted_response_alg",
    "introspection_encrypted_response_alg",
    "authorization_signed_response_alg",
    "authorization_encrypted_response_alg",
    "tls_client_certificate_bound_access_tokens",
    "dpop_bound_access_tokens",
    "require_signed_request_object",
)
"""What protects a client that asks for it: we have none of these, and silence would promise it."""
_DEEPEST: Final = 8
"""Levels of JSON within JSON; a key with its certificates has five."""


def read_network_metadata(document: Mapping[str, Any], offered: Offered) -> Registration:
    """Read the document of a stranger. Raises ``ClientMetadataError``, whose ``sentence`` may be told to them."""
    if not _is_plain(document, _DEEPEST):
        raise ClientMetadataError("document", "is nested too deep, or has characters or numbers that no member has")
    for name in _UNHEARD:
        if document.get(name) not in (None, False):
            raise ClientMetadataError(name, "is not supported")
    told = {name: value for name, value in document.items() if name in _TAKEN and value is not None}
    redirect_uris = uris(told, "redirect_uris") or required("redirect_uris")
    words(told, "grant_types", _GRANTS, ())
    _about(told)
    starts = told.get("initiate_login_uri")
    if isinstance(starts, str) and not starts.startswith("https://"):
        # OpenID Connect Registration 2: the scheme must be https, on a loopback too.
        raise ClientMetadataError("initiate_login_uri", "must use https")
    told.setdefault("client_name", (urlsplit(redirect_uris[0]).hostname or "")[:100])
    registration = read_metadata({**told, **_operators(told, document, offered)}, offered)
    if not registration.metadata.response_types:
        raise ClientMetadataError("response_types", "must hold something, and grant_types what belongs to it")
    return registration


def _operators(told: Mapping[str, Any], document: Mapping[str, Any], offered: Offered) -> dict[str, Any]:
    """Return what the operator decides for every stranger."""
    method = choice(told, "token_endpoint_auth_method", AUTH_METHODS, AUTH_METHODS[0])
    asked = line(document, "scope", 500)
    wanted = SCOPES if asked is None else ("openid", *asked.split())
    return {
        "idp_first_party": False,
        "idp_pkce_required": method == PUBLIC or offered != CERTIFICATION,
        "idp_scopes_allowed": [scope for scope in SCOPES if scope in wanted],
    }


def _about(told: Mapping[str, Any]) -> None:
    """Check what is kept and read by nothing: an operator reads it."""
    choice(told, "application_type", ("web", "native"), "web")
    for name in ("software_id", "software_version"):
        line(told, name, 200)
    for contact in entries(told, "contacts") or ():
        line({"contacts": contact}, "contacts", 200) or required("contacts")


def _is_plain(value: object, levels: int) -> bool:
    """Tell whether a value can be kept and told again as it is: no half character, no infinite number, not too deep."""
    match value:
        case str():
            return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)
        case float():
            return math.isfinite(value)
        case Mapping():
            inner = [*value.keys(), *value.values()]
        case list():
            inner = value
        case _:
            return True
    return levels > 0 and all(_is_plain(each, levels - 1) for each in inner)
