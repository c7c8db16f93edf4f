"""Clients as members meet them: the portal somebody is on the way to, and the tiles of the private space."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import Instant
from idp.oidc.clients import Client
from idp.oidc.logos import logo_path
from idp.oidc.ports import ClientStore, OidcUnit
from idp.oidc.profiles import FRANCECONNECT
from idp.oidc.requests import AuthorizationRequest
from idp.signin.needs import Portal
from idp.signin.parked import Parked
from idp.web.links import origin, with_params


def withdraw(unit: OidcUnit, account_id: str, client_id: str, now: Instant) -> bool:
    """Forget what a member allowed a client, and end what it holds in the same unit of work. False when nothing was
    ever allowed.

    The client is read first, which keeps it (``ClientStore``): whoever removes it waits for us, or we for them.
    """
    if unit.clients.get(client_id) is None or not unit.consents.withdraw(account_id, client_id):
        return False
    unit.grants.end_of_client(account_id, client_id, now)
    unit.audit.add(AuditEvent(Tag.CONSENT_WITHDRAWN, account=account_id, client=client_id))
    return True


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the private space (S18); ``url`` starts the sign-in at the portal (OpenID Connect Core 4)."""

    title: str
    text: str | None
    url: str


def portal_of(clients: ClientStore, parked: Parked) -> Portal | None:
    """Return the portal a parked request comes from."""
    client = clients.get(parked.client_id)
    if client is None:
        return None
    return portal(client, AuthorizationRequest.from_json(parked.request).redirect_uri)


def portal(client: Client, redirect_uri: str | None = None) -> Portal:
    """Return how pages name a client, and where the answer to ``redirect_uri`` goes.

    Its address is the registered one, never one sent to us; a client without any has none.
    """
    answers = (redirect_uri,) if redirect_uri else client.metadata.redirect_uris
    back = origin(answers[0]) if answers else ""
    home = client.metadata.client_uri or back
    # RFC 7591 5: a client that registered itself may name anybody's site as its home; where its answers go is certain.
    certain = home if client.registration_token is None else back
    return Portal(
        client.name,
        urlsplit(certain).netloc,
        home,
        back,
        client.metadata.idp_profile == FRANCECONNECT,
        client.metadata.policy_uri,
        client.metadata.tos_uri,
        logo_path(client),
    )


def services(clients: ClientStore, issuer: str, profile: str) -> tuple[Service, ...]:
    """Return the tiles for a member of this profile (``particulier``, ``exploitant``), in the operator's order.

    A tile starts the sign-in at the portal and names the issuer, which lets the portal sign in with one click.
    """
    shown = []
    for client in clients.all():
        tile, start = client.metadata.idp_tile, client.metadata.initiate_login_uri
        if tile is not None and start is not None and (not tile.profiles or profile in tile.profiles):
            service = Service(tile.title, tile.text, with_params(start, {"iss": issuer}))
            shown.append((tile.order, tile.title, client.id, service))
    return tuple(service for _order, _title, _id, service in sorted(shown, key=lambda entry: entry[:3]))
