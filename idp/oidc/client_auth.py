"""Who calls an endpoint of clients: reading credentials before the protocol kernel sees them (RFC 6749 2.3).

Authlib takes the first method that fits, decodes Basic without care and answers 500 to bytes that are not UTF-8; here
exactly one method is presented, read strictly, and it must be the one the client registered.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from idp.kernel.errors import IdpError
from idp.kernel.log import get_logger
from idp.oidc.client_assertions import TYPE, AssertionRefused, Judged, named_client
from idp.oidc.clients import BASIC, POST, PUBLIC, Client
from idp.oidc.ports import ClientStore


class ClientRefused(IdpError):
    """Nobody is authenticated. ``error`` is ``invalid_client`` or ``invalid_request``, the text ASCII English.

    ``reason`` is for the log where it says more than the caller hears, ``client`` the id of a client that exists.
    """

    def __init__(self, error: str, description: str, *, client: str | None = None, reason: str | None = None) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.client = client
        self.reason = reason or description

    def log(self) -> None:
        """Write the one line that the operator looks for when a portal says that it cannot get in."""
        named = {} if self.client is None else {"client": self.client}
        get_logger().info("client_refused", error=self.error, reason=self.reason, **named)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What was presented, by one method."""

    client_id: str
    secret: str | None
    method: str


@dataclass(frozen=True, slots=True)
class Asserted:
    """A client assertion that was presented; ``client_id`` is whom it names, nothing of it is judged yet."""

    client_id: str
    assertion: str


Presented = Credentials | Judged
"""What a unit of work authenticates."""


def read_credentials(authorization: str | None, form: Mapping[str, str]) -> Credentials | Asserted:
    """Return the credentials of a header or a form. Raises ``ClientRefused``: two methods, none, or unreadable."""
    client_id, secret = form.get("client_id"), form.get("client_secret")
    asserted = "client_assertion" in form or "client_assertion_type" in form
    if (authorization is not None) + (secret is not None) + asserted > 1:
        raise ClientRefused("invalid_request", "two client authentication methods were used")
    if asserted:
        return _asserted(client_id, form)
    if authorization is not None:
        credentials = _basic(authorization)
        if client_id is not None and client_id != credentials.client_id:
            raise ClientRefused("invalid_request", "client_id is not the one of the Authorization header")
        return credentials
    if client_id is None:
        raise ClientRefused("invalid_client", "no client authentication was sent")
    return Credentials(client_id, secret, PUBLIC if secret is None else POST)


def authenticate(clients: ClientStore, presented: Presented) -> Client:
    """Return the client the credentials are right for; an assertion is used up. Raises ``ClientRefused``, always with
    the same words."""
    if isinstance(presented, Judged):
        return _used_up(clients, presented)
    client = clients.get(presented.client_id)
    if client is None or not _is_right(client, presented):
        raise failed()
    return client


def failed(reason: str | None = None, client: str | None = None) -> ClientRefused:
    """Return the refusal that tells the caller nothing more."""
    return ClientRefused("invalid_client", "client authentication failed", client=client, reason=reason)


def _asserted(client_id: str | None, form: Mapping[str, str]) -> Asserted:
    assertion = form.get("client_assertion")
    if form.get("client_assertion_type") != TYPE or assertion is None:
        raise ClientRefused("invalid_client", f"client_assertion_type must be {TYPE}, with a client_assertion")
    try:
        named = named_client(assertion)
    except AssertionRefused as error:
        raise failed(str(error)) from error
    if client_id is not None and client_id != named:  # RFC 7521 4.2
        raise failed("client_id is not whom the assertion names")
    return Asserted(named, assertion)


def _used_up(clients: ClientStore, judged: Judged) -> Client:
    """Return the client of an assertion that was judged, if it is still the client it was judged for."""
    client = clients.get(judged.client.id)
    if client is None or client != judged.client:
        raise failed("the client was changed meanwhile", judged.client.id)
    if not clients.use_assertion(client.id, judged.jti, judged.forget_at):
        raise failed("the assertion was used before: jti", client.id)
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
