"""What the members of a client's document must say together, and the sector that follows from them."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from idp.oidc.clients import (
    CLIENT_GRANT,
    DEVICE_GRANT,
    PRIVATE_KEY_JWT,
    PUBLIC,
    PUBLIC_SECTOR,
    SECRETLESS,
    ClientMetadataError,
    Metadata,
)
from idp.oidc.metadata_readers import required
from idp.oidc.profiles import profile_of
from idp.oidc.signed import has_usable_key
from idp.oidc.uris import answered_twice
from idp.web.links import origin

_API_SCOPE: Final = re.compile(r"[!#-\[\]-~]{3,100}\Z")
"""RFC 6749 3.3."""


def sector(metadata: Metadata) -> str:
    """Return the sector; a client without redirect URIs has one of its own, empty. Raises ``ClientMetadataError`` when
    the hosts leave it open."""
    if metadata.subject_type == "public":
        return PUBLIC_SECTOR
    if metadata.sector_identifier_uri is not None:
        return urlsplit(metadata.sector_identifier_uri).hostname or ""
    hosts = {urlsplit(uri).hostname or "" for uri in metadata.redirect_uris}
    if len(hosts) > 1:
        raise ClientMetadataError("sector_identifier_uri", "is needed when the redirect URIs have several hosts")
    if not hosts and DEVICE_GRANT in metadata.grant_types:
        raise ClientMetadataError("sector_identifier_uri", "is needed without redirect URIs")
    return hosts.pop() if hosts else ""


def is_of_an_api(scope: object) -> bool:
    """Tell whether a scope is one of an API's own: a colon sets it apart from ours, and from ours mistyped."""
    return isinstance(scope, str) and ":" in scope and _API_SCOPE.match(scope) is not None


def check_rules(metadata: Metadata, chosen_secret: str | None) -> None:
    """Check what several members say together; ``chosen_secret`` is the operator's. Raises ``ClientMetadataError``."""
    public = metadata.token_endpoint_auth_method == PUBLIC
    if metadata.response_types and not metadata.redirect_uris:
        required("redirect_uris")
    if twice := next(filter(None, map(answered_twice, metadata.redirect_uris)), None):
        raise ClientMetadataError("redirect_uris", f"must not have {twice} in a query: the answer brings it")
    method = metadata.token_endpoint_auth_method
    if method in SECRETLESS and chosen_secret is not None:
        raise ClientMetadataError("client_secret", f"has no place with token_endpoint_auth_method {method}")
    if public and profile_of(metadata).secret:
        raise ClientMetadataError("idp_profile", f"{metadata.idp_profile} is no public client: it needs a secret")
    if public and not metadata.idp_pkce_required:
        raise ClientMetadataError("idp_pkce_required", "must stay true for a public client (RFC 9700 2.1.1)")
    if public and CLIENT_GRANT in metadata.grant_types:
        raise ClientMetadataError("grant_types", f"a public client cannot use {CLIENT_GRANT} (RFC 6749 4.4)")
    if metadata.idp_tile is not None and metadata.initiate_login_uri is None:
        raise ClientMetadataError("initiate_login_uri", "is needed for a tile: it is where the tile leads")
    if not metadata.idp_first_party and any(map(is_of_an_api, metadata.idp_scopes_allowed)):
        raise ClientMetadataError("idp_scopes_allowed", "a scope of an API needs idp_first_party: no page asks for it")
    _keys_fit(metadata)
    told = metadata.frontchannel_logout_uri
    if told is not None and origin(told) not in map(origin, metadata.redirect_uris):
        raise ClientMetadataError(
            "frontchannel_logout_uri", "needs the origin of a redirect URI (OpenID Connect Front-Channel Logout 2)"
        )
    sector(metadata)


def _keys_fit(metadata: Metadata) -> None:
    if metadata.jwks is not None and metadata.jwks_uri is not None:
        raise ClientMetadataError("jwks", "must not stand beside jwks_uri (RFC 7591 2)")
    if metadata.token_endpoint_auth_method != PRIVATE_KEY_JWT or metadata.jwks_uri is not None:
        return
    if metadata.jwks is None:
        raise ClientMetadataError("jwks", "or jwks_uri is needed for private_key_jwt")
    if not has_usable_key(metadata.jwks["keys"]):
        raise ClientMetadataError("jwks", "holds no key to verify by: RSA of 2048 to 4096 bits, or EC P-256")
