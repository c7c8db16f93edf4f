"""Telling a portal that a session has ended (OpenID Connect Back-Channel Logout 1.0): one try, a token of its own.

The post asks for it as often as its pace says; nobody's page waits for it.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from idp.kernel.clock import MINUTE, Instant, seconds
from idp.kernel.errors import IdpError
from idp.kernel.ids import new_id
from idp.oidc.clients import Client
from idp.oidc.keys import SigningKeys
from idp.oidc.needs import FORM_TYPE
from idp.oidc.ports import Begin
from idp.outbound.client import Outbound
from idp.outbound.errors import OutboundError

LIFE = 2 * MINUTE
"""Of a logout token (Back-Channel Logout 2.4 recommends two minutes at most)."""
TYPE: Final = "logout+jwt"
"""Its explicit type (Back-Channel Logout 2.4): no other token of ours passes for it, nor it for another."""
EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
SECONDS = 5.0
"""The longest try."""
_DONE = frozenset({200, 204})
"""Back-Channel Logout 2.8: 200, and 204 of web frameworks that answer so; 400 for a logout that failed."""


class NotTold(IdpError):
    """The portal did not take it. The reason is stored and logged: no address, no byte of an answer."""


def logout_token(keys: SigningKeys, issuer: str, client: Client, sub: str, sid: str, now: Instant) -> str:
    """Return a new logout token (Back-Channel Logout 2.4), signed as the client's ID tokens are."""
    issued = seconds(now)
    claims = {
        "iss": issuer,
        "sub": sub,
        "aud": client.id,
        "iat": issued,
        "exp": issued + seconds(LIFE),
        "jti": new_id(),
        "events": {EVENT: {}},
        "sid": sid,
    }
    return keys.sign(claims, client.metadata.id_token_signed_response_alg, now, typ=TYPE)


class BackChannel:
    """Tells portals, on an event loop."""

    def __init__(self, begin: Begin, keys: SigningKeys, issuer: str, outbound: Outbound) -> None:
        self._begin = begin
        self._keys = keys
        self._issuer = issuer
        self._outbound = outbound

    async def tell(self, client_id: str, sub: str, sid: str, ended_at: Instant, now: Instant) -> bool:
        """Tell a portal of a session that ended at an instant. Raises ``NotTold``.

        False when it is gone, or wants to be told no more. One added later under its id is another: not its members.
        """
        self._keys.keep_fresh(now)  # a process that does nothing but post has nobody else who looks
        with self._begin(write=False) as unit:
            client = unit.clients.get(client_id)
        address = client.metadata.backchannel_logout_uri if client is not None else None
        if client is None or address is None or client.created_at > ended_at:
            return False
        form = {"logout_token": logout_token(self._keys, self._issuer, client, sub, sid, now)}
        try:
            answered = await self._outbound.ask(
                "POST",
                address,
                headers={"content-type": FORM_TYPE},
                content=urlencode(form).encode("ascii"),
                seconds=SECONDS,
            )
        except OutboundError as error:
            raise NotTold(str(error)) from error
        if answered.status not in _DONE:
            raise NotTold(f"it answered {answered.status}")
        return True
