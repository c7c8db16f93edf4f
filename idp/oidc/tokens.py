"""Making tokens: refresh tokens kept as digests, and the ID token. A ``Ready`` is needed for both."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from idp.kernel.clock import DAY, HOUR, MINUTE, Instant, seconds
from idp.kernel.ids import digest
from idp.kernel.strict import encoded
from idp.oidc.access_tokens import keep_access
from idp.oidc.clients import Client
from idp.oidc.exchange import Exchange, Ready
from idp.oidc.ports import RefreshToken
from idp.oidc.told import told
from idp.oidc.wanted_claims import wanted_claims

ID_TOKEN_LIFE = 5 * MINUTE
REFRESH_IDLE = 30 * DAY
GRANT_LIFE = 180 * DAY
PUBLIC_GRANT_LIFE = 24 * HOUR


def grant_expiry(client: Client, now: Instant) -> Instant:
    """Return the end of a new grant, which nothing prolongs (design section 4)."""
    return now + (PUBLIC_GRANT_LIFE if client.is_public else GRANT_LIFE)


def keep_tokens(exchange: Exchange, ready: Ready, token: dict[str, Any]) -> None:
    """Keep the digests of the tokens in a token response, which then says how long the access token lives.

    The scope may be narrower than the grant's (RFC 6749 6).
    """
    now, grant = exchange.now, ready.grant
    token["expires_in"] = keep_access(exchange, ready, token["access_token"], token["scope"])
    if "refresh_token" in token:
        exchange.unit.grants.add_refresh(
            RefreshToken(
                digest=digest(token["refresh_token"]),
                family=ready.standing.grant,
                parent=ready.spent,
                created_at=now,
                expires_at=min(now + REFRESH_IDLE, grant.expires_at),
            )
        )


def id_token(
    exchange: Exchange, ready: Ready, access_token: str | None, code: str | None = None, scopes: Iterable[str] = ()
) -> str:
    """Return the ID token (OpenID Connect Core 2, 3.1.3.6, 3.3.2.11, 12.2): who, when and how.

    Of the person it holds what ``claims`` asked to be put there, and the claims of ``scopes``: those of a response
    without any access token (5.4). A refreshed one differs from the first in ``iat``, ``exp`` and ``at_hash``, and has
    no nonce.
    """
    grant, issued = ready.grant, seconds(exchange.now)
    wanted = wanted_claims(grant.claims).id_token
    about = told(exchange.unit, exchange.client, ready.standing, scopes, wanted) if wanted or scopes else None
    claims: dict[str, Any] = {
        **(about or {}),
        "iss": exchange.issuer,
        "sub": grant.sub,
        "aud": grant.client_id,
        "iat": issued,
        "exp": issued + seconds(ID_TOKEN_LIFE),
        "auth_time": seconds(grant.auth_time),
        "acr": grant.acr,
        "amr": list(grant.amr),
        "sid": grant.sid,
    }
    halves = {"at_hash": access_token, "c_hash": code}
    claims |= {name: half_hash(whole) for name, whole in halves.items() if whole is not None}
    if ready.nonce is not None:
        claims["nonce"] = ready.nonce
    return exchange.keys.sign(claims, exchange.client.metadata.id_token_signed_response_alg, exchange.now)


def half_hash(token: str) -> str:
    """Return the ``at_hash`` or ``c_hash`` of RS256 and ES256 (OpenID Connect Core 3.1.3.6, 3.3.2.11)."""
    return encoded(hashlib.sha256(token.encode("ascii")).digest()[:16])
