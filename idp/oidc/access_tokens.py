"""Making access tokens: opaque ones, or JWTs (RFC 9068) where the operator says so. Both are kept as a digest.

Since both are kept, userinfo, introspection and revocation treat them alike and the gate holds (law 1). A resource
server may read a JWT without asking us: that is why it lives five minutes at most.
"""

from __future__ import annotations

from typing import Any, Final

from idp.kernel.clock import MINUTE, Instant, seconds
from idp.kernel.ids import digest, new_id, new_secret
from idp.oidc.audience import audience
from idp.oidc.exchange import Alone, Exchange, Ready
from idp.oidc.ports import AccessToken, ClientToken

ACCESS_LIFE: Final = 10 * MINUTE
JWT_LIFE: Final = 5 * MINUTE
JWT: Final = "jwt"
TYPE: Final = "at+jwt"
"""RFC 9068 2.1: never taken for an ID token."""

Holder = Ready | Alone


def access_token(exchange: Exchange, holder: Holder, scope: str) -> str:
    """Return a new access token."""
    if exchange.client.metadata.idp_access_token != JWT:
        return new_secret()
    claims = _claims(exchange, holder, scope)
    return exchange.keys.sign(claims, exchange.client.metadata.id_token_signed_response_alg, exchange.now, typ=TYPE)


def keep_access(exchange: Exchange, holder: Holder, token: str, scope: str) -> int:
    """Keep an access token; returns the seconds it is worth anything."""
    now, until = exchange.now, _expiry(exchange, holder)
    if isinstance(holder, Alone):
        kept = ClientToken(digest(token), exchange.client.id, scope, holder.resource, now, until)
        exchange.unit.client_tokens.add(kept)
        return seconds(until - now)
    exchange.unit.grants.add_access(
        AccessToken(
            digest=digest(token),
            grant_id=holder.standing.grant,
            client_id=holder.grant.client_id,
            account_id=holder.standing.account,
            epoch=holder.standing.epoch,
            scope=scope,
            created_at=now,
            expires_at=until,
            resource=holder.resource,
        )
    )
    return seconds(until - now)


def _expiry(exchange: Exchange, holder: Holder) -> Instant:
    """Return the end of a token, never after the end of its grant."""
    life = JWT_LIFE if exchange.client.metadata.idp_access_token == JWT else ACCESS_LIFE
    until = exchange.now + life
    return until if isinstance(holder, Alone) else min(until, holder.grant.expires_at)


def _claims(exchange: Exchange, holder: Holder, scope: str) -> dict[str, Any]:
    """Return the claims of RFC 9068 2.2: nothing about the person but who, when and how."""
    claims: dict[str, Any] = {
        "iss": exchange.issuer,
        "exp": seconds(_expiry(exchange, holder)),
        "aud": audience(exchange.issuer, holder.resource, of_member=isinstance(holder, Ready)),
        "client_id": exchange.client.id,
        "iat": seconds(exchange.now),
        "jti": new_id(),
    }
    if scope:
        claims["scope"] = scope
    if isinstance(holder, Alone):
        return {**claims, "sub": exchange.client.id}
    grant = holder.grant
    how = {"auth_time": seconds(grant.auth_time), "acr": grant.acr, "amr": list(grant.amr)}
    return {**claims, "sub": grant.sub, **how}
