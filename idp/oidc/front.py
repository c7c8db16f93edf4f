"""Tokens that come by the browser: implicit and hybrid (OpenID Connect Core 3.2, 3.3), for certification alone.

They hang on a grant of their own, opened with a receipt like every other (law 1), which ends with the session.
"""

from __future__ import annotations

from typing import Any

from idp.kernel.ids import new_id
from idp.oidc.access_tokens import access_token
from idp.oidc.exchange import Exchange, Ready
from idp.oidc.offered import CODE
from idp.oidc.ports import Grant
from idp.oidc.requests import AuthorizationRequest
from idp.oidc.tokens import grant_expiry, id_token, keep_tokens
from idp.signin.policy import Cleared, standing
from idp.signin.session import Session


def front_tokens(
    exchange: Exchange, cleared: Cleared, session: Session, asked: AuthorizationRequest, acr: str, code: str | None
) -> dict[str, str]:
    """Return what the response types of a request add to its code. Raises ``ValueError`` for a receipt of another
    audience: a fault of ours."""
    kinds = asked.response_type.split()
    if kinds == [CODE]:
        return {}
    unit, client, now = exchange.unit, exchange.client, exchange.now
    receipt = standing(unit.accounts.get(cleared.account), cleared.epoch, new_id())
    if receipt is None or cleared.audience != client.id:
        raise ValueError("the receipt is for another audience")
    grant = Grant(
        id=receipt.grant,
        client_id=client.id,
        account_id=receipt.account,
        epoch=receipt.epoch,
        session_id=session.id,
        sub=unit.grants.ensure_subject(receipt.account, client.sector, now),
        sid=unit.grants.ensure_sid(session.id, client.id, now),
        scope=" ".join(asked.scopes),
        offline=False,
        auth_time=cleared.auth_time,
        amr=cleared.amr,
        acr=acr,
        created_at=now,
        expires_at=grant_expiry(client, now),
        claims=asked.claims,
        resource=" ".join(asked.resource) or None,
    )
    unit.grants.open(grant)
    ready = Ready(receipt, grant, nonce=asked.nonce, resource=grant.resource)
    params: dict[str, str] = {}
    if "token" in kinds:
        token: dict[str, Any] = {"access_token": access_token(exchange, ready, grant.scope), "scope": grant.scope}
        keep_tokens(exchange, ready, token)
        params = {**token, "token_type": "Bearer", "expires_in": str(token["expires_in"])}
    if "id_token" in kinds:
        scopes = asked.scopes if kinds == ["id_token"] else ()
        params["id_token"] = id_token(exchange, ready, params.get("access_token"), code, scopes)
    return params
