"""Reading what the operator registers: RFC 7591 metadata with the operator's own ``idp_…`` members beside it.

Readers are small and named in one table; the first problem is told in one sentence. A member nobody knows is refused:
a typing mistake in a security setting must not pass in silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from idp.oidc.clients import (
    ALGORITHMS,
    AUTH_METHODS,
    CODE_GRANT,
    PUBLIC,
    PUBLIC_SECTOR,
    REFRESH_GRANT,
    Client,
    ClientMetadataError,
    Metadata,
    Tile,
)
from idp.oidc.levels import LEVELS
from idp.oidc.profiles import PORTAL, PROFILES, Profile, profile_of
from idp.oidc.uris import problem

_ABOUT = ("contacts", "logo_uri", "policy_uri", "tos_uri", "software_id", "software_version", "application_type")
_ISSUED = ("client_id_issued_at", "client_secret_expires_at")
_OWN = ("client_id", "client_secret", "response_types", "scope", "idp_first_party")
_CLIENT_ID = re.compile(r"[!-~]{1,128}\Z")
_SECRET = re.compile(r"[A-Za-z0-9._~-]{32,256}\Z")
_PROFILES = ("particulier", "exploitant")
_ACR = re.compile(r"[!-~]{1,100}\Z")
_MOST = 50


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


def read_metadata(document: object) -> Registration:
    """Read and check one client's document. Raises ``ClientMetadataError``."""
    if not isinstance(document, Mapping):
        raise ClientMetadataError("document", "must be a JSON object")
    known = {*Metadata.__slots__, *_ABOUT, *_ISSUED, *_OWN} - {"about"}
    for name in document:
        if name not in known:
            raise ClientMetadataError(str(name)[:60], "is not a member this release knows")
    _first_party(document)
    _response_types(document)
    profile = _profile(document)
    metadata = Metadata(
        client_name=_text(document, "client_name", 100) or _required("client_name"),
        client_uri=_uri(document, "client_uri"),
        redirect_uris=_uris(document, "redirect_uris") or _required("redirect_uris"),
        post_logout_redirect_uris=_uris(document, "post_logout_redirect_uris"),
        initiate_login_uri=_uri(document, "initiate_login_uri"),
        grant_types=_words(document, "grant_types", (CODE_GRANT, REFRESH_GRANT), (CODE_GRANT,)),
        token_endpoint_auth_method=_choice(document, "token_endpoint_auth_method", AUTH_METHODS, AUTH_METHODS[0]),
        id_token_signed_response_alg=_choice(document, "id_token_signed_response_alg", ALGORITHMS, ALGORITHMS[0]),
        subject_type=_choice(document, "subject_type", ("pairwise", "public"), "pairwise"),
        sector_identifier_uri=_uri(document, "sector_identifier_uri"),
        default_max_age=_seconds(document, "default_max_age"),
        idp_scopes_allowed=_scopes(document, profile),
        idp_pkce_required=_flag(document, "idp_pkce_required", default=profile.pkce),
        idp_tile=_tile(document.get("idp_tile")),
        idp_profile=document.get("idp_profile"),
        idp_acr_map=_acr_map(document.get("idp_acr_map")),
        about=tuple((name, document[name]) for name in _ABOUT if name in document),
    )
    registration = Registration(metadata, _client_id(document), _client_secret(document))
    _fits(registration)
    return registration


def sector(metadata: Metadata) -> str:
    """Return the sector. Raises ``ClientMetadataError`` when the hosts leave it open."""
    if metadata.subject_type == "public":
        return PUBLIC_SECTOR
    if metadata.sector_identifier_uri is not None:
        return urlsplit(metadata.sector_identifier_uri).hostname or ""
    hosts = {urlsplit(uri).hostname or "" for uri in metadata.redirect_uris}
    if len(hosts) > 1:
        raise ClientMetadataError("sector_identifier_uri", "is needed when the redirect URIs have several hosts")
    return hosts.pop()


def to_json(metadata: Metadata) -> str:
    """Return the text the store keeps."""
    return json.dumps(asdict(metadata), separators=(",", ":"), sort_keys=True)


def from_json(text: str) -> Metadata:
    """Return the metadata of a kept text."""
    values = json.loads(text)
    tile = values["idp_tile"]
    frozen: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
    frozen["about"] = tuple((name, value) for name, value in values["about"])
    if tile is not None:
        frozen["idp_tile"] = Tile(**{**tile, "profiles": tuple(tile["profiles"])})
    return Metadata(**frozen)


def document_of(client: Client) -> dict[str, Any]:
    """Return a client as the document it could be registered with again; the secret is never known."""
    values = asdict(replace(client.metadata, about=()))
    del values["about"]
    shown = {name: value for name, value in values.items() if value not in (None, (), [], {})}
    return {
        "client_id": client.id,
        **shown,
        **dict(client.metadata.about),
        "response_types": ["code"],
        "idp_first_party": True,
    }


def _required(field: str) -> Any:
    raise ClientMetadataError(field, "is required")


def _text(document: Mapping[str, Any], field: str, longest: int) -> str | None:
    value = document.get(field)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > longest or not value.isprintable():
        raise ClientMetadataError(field, f"must be a line of 1 to {longest} characters")
    return value.strip()


def _uri(document: Mapping[str, Any], field: str) -> str | None:
    value = document.get(field)
    if value is None:
        return None
    if wrong := problem(value):
        raise ClientMetadataError(field, wrong)
    return str(value)


def _list(document: Mapping[str, Any], field: str) -> list[Any] | None:
    value = document.get(field)
    if value is None:
        return None
    if not isinstance(value, list | tuple) or len(value) > _MOST:
        raise ClientMetadataError(field, f"must be a list of at most {_MOST}")
    return list(value)


def _uris(document: Mapping[str, Any], field: str) -> tuple[str, ...]:
    uris = _list(document, field) or []
    for uri in uris:
        if wrong := problem(uri):
            raise ClientMetadataError(field, f"{str(uri)[:80]!r} {wrong}")
    return tuple(dict.fromkeys(uris))


def _words(
    document: Mapping[str, Any], field: str, allowed: tuple[str, ...], default: tuple[str, ...]
) -> tuple[str, ...]:
    words = _list(document, field)
    if words is None:
        return default
    for word in words:
        if word not in allowed:
            raise ClientMetadataError(field, f"may only hold {', '.join(allowed)}")
    return tuple(dict.fromkeys(words))


def _choice(document: Mapping[str, Any], field: str, allowed: tuple[str, ...], default: str) -> str:
    value = document.get(field, default)
    if value not in allowed:
        raise ClientMetadataError(field, f"must be one of {', '.join(allowed)}")
    return str(value)


def _flag(document: Mapping[str, Any], field: str, *, default: bool) -> bool:
    value = document.get(field, default)
    if not isinstance(value, bool):
        raise ClientMetadataError(field, "must be true or false")
    return value


def _seconds(document: Mapping[str, Any], field: str) -> int | None:
    value = document.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**9:
        raise ClientMetadataError(field, "must be a whole number of seconds")
    return value


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
        scopes = _words(document, "idp_scopes_allowed", profile.scopes, ())
    else:
        asked = _text(document, "scope", 500)
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
    title = _text(value, "title", 60)
    if title is None:
        raise ClientMetadataError("idp_tile", "needs a title")
    return Tile(title, _text(value, "text", 200), order, _words(value, "profiles", _PROFILES, ()))


def _first_party(document: Mapping[str, Any]) -> None:
    if not _flag(document, "idp_first_party", default=True):
        raise ClientMetadataError("idp_first_party", "must be true: this release has no consent screen yet")


def _response_types(document: Mapping[str, Any]) -> None:
    if _list(document, "response_types") not in (None, ["code"]):
        raise ClientMetadataError("response_types", 'must be ["code"]')


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


def _fits(registration: Registration) -> None:
    """Check what several members say together."""
    metadata = registration.metadata
    public = metadata.token_endpoint_auth_method == PUBLIC
    if CODE_GRANT not in metadata.grant_types:
        raise ClientMetadataError("grant_types", f"must hold {CODE_GRANT}")
    if public and registration.client_secret is not None:
        raise ClientMetadataError("client_secret", "has no place with token_endpoint_auth_method none")
    if public and profile_of(metadata).secret:
        raise ClientMetadataError("idp_profile", f"{metadata.idp_profile} is no public client: it needs a secret")
    if public and not metadata.idp_pkce_required:
        raise ClientMetadataError("idp_pkce_required", "must stay true for a public client (RFC 9700 2.1.1)")
    if metadata.idp_tile is not None and metadata.initiate_login_uri is None:
        raise ClientMetadataError("initiate_login_uri", "is needed for a tile: it is where the tile leads")
    sector(metadata)
