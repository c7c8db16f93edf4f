"""What a portal's logout request comes to (OpenID Connect RP-Initiated Logout 2 and 3), in one unit of work.

    hint of this very session          → it ends at once, back to the portal
    hint of ours, nobody signed in     → back to the portal
    anything else, somebody signed in  → the page that asks first (law 7)
    anything else, nobody signed in    → the page that says so

A redirect goes to an exactly registered URI of a client we are sure of, or nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import Instant
from idp.oidc.checks import Hint
from idp.oidc.clients import Client
from idp.oidc.portals import portal
from idp.oidc.ports import OidcUnit
from idp.oidc.requests import Pairs, Parameters
from idp.signin.gate import look
from idp.signin.needs import SPACE, Portal
from idp.signin.opening import end_session
from idp.signin.ports import PortalSession

PARAMETERS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint", "ui_locales")


@dataclass(frozen=True, slots=True)
class Target:
    """Where the browser goes afterwards: a registered URI and the portal's state."""

    client_id: str
    uri: str
    state: str | None


@dataclass(frozen=True, slots=True)
class Ended:
    """Nobody is signed in here any more. ``session``: the one that ended just now, if one did."""

    target: Target | None
    portal: Portal | None
    session: str | None
    portals: tuple[PortalSession, ...] = ()
    """Who got tokens in it."""


@dataclass(frozen=True, slots=True)
class AskFirst:
    """Somebody is signed in and this request does not prove who wants it."""

    target: Target | None


@dataclass(frozen=True, slots=True)
class _Wanted:
    client: Client | None
    target: Target | None
    sid: str | None
    is_proven: bool


def end(
    unit: OidcUnit, pairs: Pairs, cookie: str | None, issuer: str, hint: Hint, now: Instant
) -> Ended | AskFirst:
    """Decide one logout request, and end the session when it is proven to be meant."""
    wanted = _read(unit, Parameters(pairs, PARAMETERS), issuer, hint)
    facts = look(unit, cookie, SPACE, now)
    session = facts.session if facts.session is not None and facts.session.is_live(now) else None
    shown = portal(wanted.client) if wanted.client is not None and wanted.is_proven else None
    if session is None:
        return Ended(wanted.target if wanted.is_proven else None, shown, session=None)
    if wanted.client is None or wanted.sid is None or not wanted.is_proven:
        return AskFirst(wanted.target)
    if not unit.grants.sid_is_of(wanted.sid, session.id, wanted.client.id):
        return AskFirst(wanted.target)
    portals = end_session(unit, session.id, now)
    unit.audit.add(AuditEvent(Tag.SIGNED_OUT, account=session.account_id, client=wanted.client.id))
    return Ended(wanted.target, shown, session.id, portals)


_NOTHING = _Wanted(None, None, None, is_proven=False)


def _read(unit: OidcUnit, parameters: Parameters, issuer: str, hint: Hint) -> _Wanted:
    if parameters.repeated:  # RFC 6749 3.1: two readers could take one each
        return _NOTHING
    token = parameters.good("id_token_hint")
    claims = hint(token) if token is not None else None
    hinted = _text(claims, "aud") if claims is not None and claims.get("iss") == issuer else None
    named = parameters.good("client_id")
    if token is not None and (hinted is None or named not in (None, hinted)):
        return _NOTHING  # section 2: a hint that does not fit counts for nothing
    client_id = hinted or named
    client = unit.clients.get(client_id) if client_id is not None else None
    return _Wanted(client, _target(client, parameters), _text(claims, "sid"), hinted is not None)


def _target(client: Client | None, parameters: Parameters) -> Target | None:
    uri = parameters.good("post_logout_redirect_uri")
    if client is None or uri is None or uri not in client.metadata.post_logout_redirect_uris:
        return None
    return Target(client.id, uri, parameters.good("state"))


def _text(claims: Mapping[str, Any] | None, name: str) -> str | None:
    value = claims.get(name) if claims is not None else None
    return value if isinstance(value, str) else None
