"""Who calls the token endpoint: reading client credentials before the protocol kernel sees them (RFC 6749 2.3).

Authlib takes the first method that fits, decodes Basic without care and answers 500 to bytes that are not UTF-8; here
exactly one method is presented, read strictly, and it must be the one the client registered.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from idp.kernel.errors import IdpError
from idp.oidc.clients import PUBLIC, Client
from idp.oidc.ports import ClientStore

BASIC = "client_secret_basic"
POST = "client_secret_post"


class ClientRefused(IdpError):
    """Nobody is authenticated. ``error`` is ``invalid_client`` or ``invalid_request``, the text ASCII English."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True)
class Credentials:
    """What was presented, by one method."""

    client_id: str
    secret: str | None
    method: str


def read_credentials(authorization: str | None, form: Mapping[str, str]) -> Credentials:
    """Return the credentials of a header or a form. Raises ``ClientRefused``: two methods, none, or unreadable."""
    client_id, secret = form.get("client_id"), form.get("client_secret")
    if "client_assertion" in form or "client_assertion_type" in form:
        raise ClientRefused("invalid_client", "client assertions are not supported")
    if authorization is not None:
        if secret is not None:
            raise ClientRefused("invalid_request", "two client authentication methods were used")
        credentials = _basic(authorization)
        if client_id is not None and client_id != credentials.client_id:
            raise ClientRefused("invalid_request", "client_id is not the one of the Authorization header")
        return credentials
    if client_id is None:
        raise ClientRefused("invalid_client", "no client authentication was sent")
    return Credentials(client_id, secret, PUBLIC if secret is None else POST)


def authenticate(clients: ClientStore, credentials: Credentials) -> Client:
    """Return the client the credentials are right for. Raises ``ClientRefused``, always with the same words."""
    client = clients.get(credentials.client_id)
    if client is None or not _is_right(client, credentials):
        raise ClientRefused("invalid_client", "client authentication failed")
    return client


def _is_right(client: Client, credentials: Credentials) -> bool:
    if client.metadata.token_endpoint_auth_method != credentials.method:
        return False
    return client.is_public if credentials.secret is None else client.secret_is(credentials.secret)


def _basic(authorization: str) -> Credentials:
    """Read RFC 7617 with the form encoding of RFC 6749 2.3.1: ``+`` is a space there."""
    scheme, _, encoded = authorization.strip().partition(" ")
    if scheme.lower() != "basic":
        raise ClientRefused("invalid_client", "the Authorization header must be Basic")
    try:
        decoded = base64.b64decode(encoded.strip().encode("ascii"), validate=True).decode("utf-8")
        client_id, colon, secret = decoded.partition(":")
        client_id, secret = (unquote_plus(part, errors="strict") for part in (client_id, secret))
    except ValueError:  # not ASCII, not base64, not UTF-8
        raise ClientRefused("invalid_client", "the Authorization header cannot be read") from None
    if not colon or not client_id or not secret:
        raise ClientRefused("invalid_client", "the Authorization header lacks a name or a secret")
    return Credentials(client_id, secret, BASIC)
