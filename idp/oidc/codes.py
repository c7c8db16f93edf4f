"""Making an authorization code: from a ``Cleared``, and from nothing else (law 1)."""

from __future__ import annotations

from idp.kernel.clock import SECOND
from idp.kernel.ids import digest, new_id, new_secret
from idp.oidc.devices import LIFE as DEVICE_LIFE
from idp.oidc.exchange import Exchange
from idp.oidc.ports import Code
from idp.oidc.requests import AuthorizationRequest
from idp.signin.policy import Cleared
from idp.signin.session import Session

LIFE = 60 * SECOND


def issue_code(
    exchange: Exchange, cleared: Cleared, session: Session, asked: AuthorizationRequest, acr: str
) -> str:
    """Keep a new code for a cleared member and return it: 256 random bits, readable here and never again.

    ``acr`` is how the receipt's level is told to this client. A device fetches its code at its next poll.

    Raises ``ValueError`` when the receipt was made out to another audience: a fault of ours.
    """
    unit, client, now = exchange.unit, exchange.client, exchange.now
    if cleared.audience != client.id or client.id != asked.client_id:
        raise ValueError("the receipt is for another audience")
    code = new_secret()
    unit.grants.add_code(
        Code(
            digest=digest(code),
            grant_id=new_id(),
            client_id=client.id,
            account_id=cleared.account,
            epoch=cleared.epoch,
            session_id=session.id,
            sub=unit.grants.ensure_subject(cleared.account, client.sector, now),
            sid=unit.grants.ensure_sid(session.id, client.id, now),
            request=asked.to_json(),
            auth_time=cleared.auth_time,
            amr=cleared.amr,
            acr=acr,
            created_at=now,
            expires_at=now + (LIFE if asked.device is None else DEVICE_LIFE),
        )
    )
    return code
