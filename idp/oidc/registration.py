"""What is done with clients: add (again and again with the same result), list, show, remove.

By the operator, or by a client itself over the network (``registering``): whose it is, ``By`` says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import Instant
from idp.kernel.errors import OperatorError
from idp.kernel.ids import digest, new_id, new_secret
from idp.oidc.clients import SECRET_JWT, SECRETLESS, Client, ClientMetadataError
from idp.oidc.logos import Logo
from idp.oidc.metadata import Registration
from idp.oidc.ports import OidcUnit


class Outcome(StrEnum):
    """What an addition came to."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class By:
    """Who adds or removes a client, as the audit tells it. ``management`` is the digest of the token that manages the
    client from then on (RFC 7592); None: the operator alone, who may so take over what came from the network."""

    added: Tag
    removed: Tag
    management: str | None = None
    source: str | None = None


OPERATOR = By(Tag.CLIENT_ADDED, Tag.CLIENT_REMOVED)


@dataclass(frozen=True, slots=True)
class Added:
    """A client as it stands now. ``secret`` is readable here and never again; None when it did not change."""

    client: Client
    secret: str | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _Secret:
    """What is kept of a secret: a digest, or for ``client_secret_jwt`` alone the secret sealed, because an HMAC cannot
    be judged by a digest (law 3). ``told`` is the readable secret when it is new."""

    digest: str | None = None
    sealed: bytes | None = None
    told: str | None = None


def add_client(
    unit: OidcUnit, registration: Registration, now: Instant, logo: Logo | None = None, by: By = OPERATOR
) -> Added:
    """Add a client, or bring the one of the same id up to date; ``logo`` is one just fetched.

    Raises ``ClientMetadataError``.
    """
    known = unit.clients.hold(registration.client_id) if registration.client_id else None
    if known is not None:
        return _update(unit, known, registration, now, logo, by)
    if registration.client_id is not None and unit.grants.is_subject(registration.client_id):
        # RFC 9068 5: a client's own token has its id as subject, which must never be a member's.
        raise ClientMetadataError("client_id", "is taken")
    client_id = registration.client_id or new_id()
    secret = _secret(unit, client_id, registration, None)
    client = Client(
        id=client_id,
        secret=secret.digest,
        sector=registration.sector,
        metadata=registration.metadata,
        created_at=now,
        version=1,
        sealed_secret=secret.sealed,
        registration_token=by.management,
        logo_at=None if logo is None else now,
    )
    unit.clients.add(client)
    if logo is not None:
        unit.clients.keep_logo(client.id, logo)
    unit.audit.add(AuditEvent(by.added, client=client.id, source=by.source))
    return Added(client, secret.told, Outcome.ADDED)


def _update(
    unit: OidcUnit, known: Client, registration: Registration, now: Instant, logo: Logo | None, by: By
) -> Added:
    if registration.sector != known.sector:
        raise ClientMetadataError("sector_identifier_uri", "a client's sector never changes: its subjects hang on it")
    secret = _secret(unit, known.id, registration, known)
    keeps_logo = registration.metadata.logo_uri == known.metadata.logo_uri
    client = replace(
        known,
        secret=secret.digest,
        sealed_secret=secret.sealed,
        metadata=registration.metadata,
        registration_token=by.management,
        logo_at=now if logo is not None else known.logo_at if keeps_logo else None,
    )
    if client == known:
        return Added(known, None, Outcome.UNCHANGED)
    client = replace(client, version=known.version + 1)
    unit.clients.update(client)
    if client.logo_at != known.logo_at:
        unit.clients.keep_logo(client.id, logo)
    unit.audit.add(AuditEvent(by.added, client=client.id, source=by.source, details={"version": client.version}))
    return Added(client, secret.told, Outcome.UPDATED)


def _secret(unit: OidcUnit, client_id: str, registration: Registration, known: Client | None) -> _Secret:
    """Return what is kept for the method registered now: the secret chosen, else the one there was, else a new one."""
    method, chosen = registration.metadata.token_endpoint_auth_method, registration.client_secret
    if method in SECRETLESS:
        return _Secret()
    before = unit.clients.readable_secret(known) if known is not None else None
    kept = known.secret if known is not None else None
    if chosen is None and before is None and kept is not None and method != SECRET_JWT:
        return _Secret(kept)
    readable = chosen or before or new_secret()
    told = None if readable == before or digest(readable) == kept else readable
    if method != SECRET_JWT:
        return _Secret(digest(readable), told=told)
    same = known is not None and readable == before
    return _Secret(None, known.sealed_secret if known and same else unit.clients.seal(client_id, readable), told)


def list_clients(unit: OidcUnit) -> tuple[Client, ...]:
    """Return every client, by name."""
    return tuple(sorted(unit.clients.all(), key=lambda client: (client.name, client.id)))


def show_client(unit: OidcUnit, client_id: str) -> Client:
    """Return one client. Raises ``OperatorError`` when there is none."""
    client = unit.clients.get(client_id)
    if client is None:
        raise _unknown(client_id)
    return client


def _unknown(client_id: str) -> OperatorError:
    return OperatorError(f"there is no client {client_id[:128]!r}")


def remove_client(unit: OidcUnit, client_id: str, by: By = OPERATOR) -> Client:
    """Remove a client with its codes, grants, tokens and waiting requests, in this unit of work.

    Its sector's subjects stay, so that a portal added again knows its members. Raises ``OperatorError``.
    """
    client = unit.clients.hold(client_id)
    if client is None:
        raise _unknown(client_id)
    unit.clients.remove(client.id)
    unit.audit.add(AuditEvent(by.removed, client=client.id, source=by.source))
    return client
