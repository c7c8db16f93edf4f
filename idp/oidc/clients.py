"""Clients: the portals we know, as frozen views. Metadata names are those of RFC 7591 and OpenID Connect."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.kernel.clock import Instant
from idp.kernel.errors import OperatorError
from idp.kernel.ids import digest

CODE_GRANT = "authorization_code"
REFRESH_GRANT = "refresh_token"
IMPLICIT_GRANT = "implicit"
CLIENT_GRANT = "client_credentials"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
GRANT_TYPES = (CODE_GRANT, REFRESH_GRANT, CLIENT_GRANT, DEVICE_GRANT)
"""Those of the token endpoint."""
OFFLINE_ACCESS = "offline_access"
PUBLIC = "none"
BASIC = "client_secret_basic"
POST = "client_secret_post"
SECRET_JWT = "client_secret_jwt"  # noqa: S105 (a method)
PRIVATE_KEY_JWT = "private_key_jwt"
SECRETLESS = (PUBLIC, PRIVATE_KEY_JWT)
"""The methods without a secret."""
AUTH_METHODS = (BASIC, POST, SECRET_JWT, PRIVATE_KEY_JWT, PUBLIC)
ALGORITHMS = ("RS256", "ES256")
CLIENT_ALGORITHMS = ("RS256", "ES256", "PS256")
"""With what clients sign: assertions by ``private_key_jwt`` and request objects."""
PUBLIC_SECTOR = "*"
"""The one sector of all clients with ``subject_type`` public; no host has this name."""


class ClientMetadataError(OperatorError):
    """The client's metadata cannot be taken. ``str()`` is one sentence for the operator and names the field."""

    def __init__(self, field: str, sentence: str, value: str | None = None) -> None:
        super().__init__(f"{field}: {sentence}" if value is None else f"{field}: {value!r} {sentence}")
        self.field = field
        self.sentence = sentence
        """Without the value: what may be told to strangers."""


@dataclass(frozen=True, slots=True)
class Tile:
    """How the portal stands among the services of the private space; ``profiles`` empty means everybody."""

    title: str
    text: str | None
    order: int
    profiles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a client registered (RFC 7591, OpenID Connect Registration 2) and what the operator set beside it."""

    client_name: str
    client_uri: str | None
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    initiate_login_uri: str | None
    grant_types: tuple[str, ...]
    token_endpoint_auth_method: str
    id_token_signed_response_alg: str
    subject_type: str
    sector_identifier_uri: str | None
    default_max_age: int | None
    idp_scopes_allowed: tuple[str, ...]
    idp_pkce_required: bool
    idp_tile: Tile | None
    idp_profile: str | None = None
    """What kind of client it is (``profiles``); None for a usual portal."""
    idp_acr_map: Mapping[str, str] = field(default_factory=dict)
    """The operator's declaration: a level of ours to its name for this client (``levels``)."""
    response_types: tuple[str, ...] = ("code",)
    """Written as ``offered.response_type`` does."""
    idp_first_party: bool = True
    """The fund's own portal, or its partner's by contract: the member is not asked for consent."""
    idp_access_token: str = "opaque"  # noqa: S105 (a kind of token)
    """``opaque`` or ``jwt`` (RFC 9068)."""
    idp_resources: tuple[str, ...] = ()
    """Resource indicators (RFC 8707) that this client may name."""
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str | None = None
    token_endpoint_auth_signing_alg: str | None = None
    request_object_signing_alg: str | None = None
    request_uris: tuple[str, ...] = ()
    userinfo_signed_response_alg: str | None = None
    introspection_signed_response_alg: str | None = None
    require_auth_time: bool = False
    default_acr_values: tuple[str, ...] = ()
    require_pushed_authorization_requests: bool = False
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool = False
    logo_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    about: tuple[tuple[str, Any], ...] = ()
    """Descriptive members (contacts, software_id, …): kept and shown, read by nothing."""


@dataclass(frozen=True, slots=True)
class Client:
    """One portal. ``secret`` is a digest, None for a method that keeps none; ``sector`` never changes (design
    section 4)."""

    id: str
    secret: str | None
    sector: str
    metadata: Metadata
    created_at: Instant
    version: int
    sealed_secret: bytes | None = None
    """The secret encrypted, for ``client_secret_jwt`` alone: an HMAC cannot be judged by a digest."""
    registration_token: str | None = None
    """Digest of the token that manages a client registered over the network (RFC 7592); None: the operator's own."""
    logo_at: Instant | None = None
    """When its logo was fetched; None when there is none to show."""

    @property
    def is_public(self) -> bool:
        """Without a secret: a code must be bound by PKCE and refresh tokens get no grace."""
        return self.metadata.token_endpoint_auth_method == PUBLIC

    @property
    def takes_members(self) -> bool:
        """Tell whether members sign in to it, by whichever grant."""
        return any(map(self.may_use, (CODE_GRANT, IMPLICIT_GRANT, DEVICE_GRANT)))

    @property
    def name(self) -> str:
        """What pages call it."""
        return self.metadata.client_name

    def secret_is(self, presented: str) -> bool:
        """Compare a presented secret in constant time."""
        return self.secret is not None and hmac.compare_digest(self.secret, digest(presented))

    def may_use(self, grant_type: str) -> bool:
        """Tell whether the client registered this grant type."""
        return grant_type in self.metadata.grant_types

    def granted(self, asked: tuple[str, ...]) -> tuple[str, ...]:
        """Return the scopes granted of those asked, in the order asked; unknown and foreign ones are ignored.

        ``offline_access`` means nothing to a client that takes no refresh tokens (OpenID Connect Core 11).
        """
        allowed = set(self.metadata.idp_scopes_allowed)
        if not self.may_use(REFRESH_GRANT):
            allowed.discard(OFFLINE_ACCESS)
        return tuple(dict.fromkeys(scope for scope in asked if scope in allowed))
