"""What a token is worth to whoever asks (RFC 7662 2.2): the gate's answer at this very moment, or *inactive*.

A client sees its own tokens. A resource server, which is a client that takes no members by any of its grant types, also
sees the access tokens that are for one of its ``idp_resources``. A portal that may name
an API is not that API: it learns nothing of other portals' tokens. Whatever else is asked is *inactive* alike, so that
nobody can tell a foreign token from an invented one. Nothing is told about the person but the subject.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from idp.kernel.clock import Instant, seconds
from idp.kernel.ids import digest
from idp.oidc.audience import audience
from idp.oidc.clients import Client
from idp.oidc.ports import AccessToken, ClientToken, Grant, OidcUnit, RefreshToken
from idp.signin.policy import standing

INACTIVE: Final[Mapping[str, Any]] = {"active": False}


def introspect(unit: OidcUnit, caller: Client, token: str, issuer: str, now: Instant) -> Mapping[str, Any]:
    """Return the answer for a token of any kind; nobody's hint is needed to find it."""
    name = digest(token)
    if access := unit.grants.find_access(name, now):
        return _member_token(unit, caller, access, issuer, now)
    if alone := unit.client_tokens.find(name, now):
        return _client_token(caller, alone, issuer)
    return _refresh_token(unit, caller, name, issuer, now)


def _member_token(unit: OidcUnit, caller: Client, access: AccessToken, issuer: str, now: Instant) -> Mapping[str, Any]:
    grant = _honoured(unit, access.grant_id, access.epoch, now)
    if grant is None or not _may_see(caller, access):
        return INACTIVE
    aud = audience(issuer, access.resource)
    return {**_about(grant, issuer), **_times(access), "token_type": "Bearer", "scope": access.scope, "aud": aud}


def _client_token(caller: Client, token: ClientToken, issuer: str) -> Mapping[str, Any]:
    if not _may_see(caller, token):
        return INACTIVE
    return {
        "active": True,
        "iss": issuer,
        "client_id": token.client_id,
        "sub": token.client_id,
        "token_type": "Bearer",
        **({"scope": token.scope} if token.scope else {}),
        "aud": audience(issuer, token.resource, of_member=False),
        **_times(token),
    }


def _refresh_token(unit: OidcUnit, caller: Client, name: str, issuer: str, now: Instant) -> Mapping[str, Any]:
    """A refresh token is its own client's affair; one that was used is inactive, be it in its grace or not."""
    token = unit.grants.find_refresh(name)
    if token is None or token.first_used_at is not None or token.dead_at is not None or token.expires_at <= now:
        return INACTIVE
    family = unit.grants.living(token.family, now)
    if family is None or family.client_id != caller.id or not _honoured(unit, family.id, family.epoch, now):
        return INACTIVE
    return {**_about(family, issuer), **_times(token), "scope": family.scope}


def _honoured(unit: OidcUnit, grant_id: str, epoch: int, now: Instant) -> Grant | None:
    """Return a grant for which there is a receipt (law 1)."""
    grant = unit.grants.living(grant_id, now)
    if grant is None or standing(unit.accounts.get(grant.account_id), epoch, grant_id) is None:
        return None
    return grant


def _may_see(caller: Client, token: AccessToken | ClientToken) -> bool:
    if token.client_id == caller.id:
        return True
    named = set((token.resource or "").split())
    return not caller.takes_members and not named.isdisjoint(caller.metadata.idp_resources)


def _times(token: AccessToken | ClientToken | RefreshToken) -> dict[str, Any]:
    return {"iat": seconds(token.created_at), "exp": seconds(token.expires_at)}


def _about(grant: Grant, issuer: str) -> dict[str, Any]:
    return {
        "active": True,
        "iss": issuer,
        "client_id": grant.client_id,
        "sub": grant.sub,
        "auth_time": seconds(grant.auth_time),
        "acr": grant.acr,
    }
