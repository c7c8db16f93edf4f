"""Registration over the network, decided: a client comes, reads itself, replaces itself and goes (RFC 7591, RFC 7592).

Whoever holds the registration access token of a client manages that client and no other; the token is kept as a digest.
An unknown client, one of the operator's, and a token of another client are one and the same answer.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from idp.kernel.audit import Tag
from idp.kernel.clock import Instant, seconds
from idp.kernel.errors import IdpError
from idp.kernel.ids import digest, new_secret
from idp.oidc.clients import Client, ClientMetadataError
from idp.oidc.logos import Logo
from idp.oidc.metadata import Registration
from idp.oidc.metadata_text import document_of
from idp.oidc.ports import OidcUnit
from idp.oidc.registration import Added, By, add_client, remove_client

MOST: Final = 1000
"""Clients that manage themselves, where anybody may register. Several at the same moment may pass it by a few."""


class TokenRefused(IdpError):
    """No token, or one that does not do (RFC 6750 3.1). ``is_absent``: there was none at all."""

    def __init__(self, *, is_absent: bool) -> None:
        super().__init__("no token" if is_absent else "a token that does not do")
        self.is_absent = is_absent


class NoRoom(IdpError):
    """``MOST`` clients have registered themselves already."""


def register(
    unit: OidcUnit, registration: Registration, initial: str | None, logo: Logo | None, source: str, now: Instant
) -> tuple[Added, str]:
    """Register a client; return it with its registration access token, readable here and never again.

    ``initial`` is the digest of the initial access token, which this uses up; None where anybody may register. Raises
    ``TokenRefused`` or ``NoRoom``.
    """
    if initial is None and unit.clients.registered() >= MOST:
        raise NoRoom
    if initial is not None and not unit.initial_tokens.spend(initial, now):
        raise TokenRefused(is_absent=False)
    token = new_secret()
    unnamed = replace(registration, client_id=None, client_secret=None)
    return add_client(unit, unnamed, now, logo, _by(digest(token), source)), token


def managed(unit: OidcUnit, client_id: str, token: str, *, hold: bool = False) -> Client:
    """Return the client that a token manages; ``hold`` it for a change. Raises ``TokenRefused``."""
    client = unit.clients.hold(client_id) if hold else unit.clients.get(client_id)
    kept = client.registration_token if client is not None else None
    if client is None or kept is None or not hmac.compare_digest(kept, digest(token)):
        raise TokenRefused(is_absent=False)
    return client


def replace_registration(
    unit: OidcUnit,
    client_id: str,
    token: str,
    document: Mapping[str, Any],
    registration: Registration,
    logo: Logo | None,
    source: str,
    now: Instant,
) -> Added:
    """Replace all that a client registered (RFC 7592 2.2). Raises ``TokenRefused`` or ``ClientMetadataError``."""
    client = managed(unit, client_id, token, hold=True)
    _names_itself(unit, client, document)
    same = replace(registration, client_id=client.id, client_secret=None)
    return add_client(unit, same, now, logo, _by(client.registration_token, source))


def unregister(unit: OidcUnit, client_id: str, token: str, source: str) -> None:
    """Remove a client with all that it was given (RFC 7592 2.3). Raises ``TokenRefused``."""
    client = managed(unit, client_id, token, hold=True)
    remove_client(unit, client.id, _by(None, source))


def information(client: Client, secret: str | None, token: str, place: str) -> dict[str, Any]:
    """Return what a client is told of its registration (RFC 7591 3.2.1, RFC 7592 3): nothing of the operator's.

    ``secret`` is told when it is new: we know no other. ``place`` is the client's own address here.
    """
    document = {name: value for name, value in document_of(client).items() if not name.startswith("idp_")}
    secrets = {} if secret is None else {"client_secret": secret, "client_secret_expires_at": 0}
    return {
        **document,
        "scope": " ".join(client.metadata.idp_scopes_allowed),
        "client_id_issued_at": seconds(client.created_at),
        **secrets,
        "registration_client_uri": place,
        "registration_access_token": token,
    }


def _names_itself(unit: OidcUnit, client: Client, document: Mapping[str, Any]) -> None:
    """RFC 7592 2.2: a client names itself, and neither name nor secret are its to choose."""
    if document.get("client_id") != client.id:
        raise ClientMetadataError("client_id", "must be the client's own")
    told = document.get("client_secret")
    if told is None:
        return
    kept = client.secret
    if kept is None and (readable := unit.clients.readable_secret(client)) is not None:
        kept = digest(readable)
    if kept is None or not isinstance(told, str) or not hmac.compare_digest(kept, digest(told)):
        raise ClientMetadataError("client_secret", "must be the one that the client has, or be left out")


def _by(management: str | None, source: str) -> By:
    return By(Tag.CLIENT_REGISTERED, Tag.CLIENT_UNREGISTERED, management, source)
