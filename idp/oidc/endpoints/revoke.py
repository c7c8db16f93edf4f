"""The revocation endpoint (RFC 7009): a client gives a token back.

It reads ``token``; ``token_type_hint`` may say anything. A refresh token ends everything that came from the same
sign-in, an access token ends alone. A token that is another client's, or nobody's, changes nothing; the answer is the
same, so that nobody learns what exists.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import Instant
from idp.kernel.ids import digest
from idp.oidc.clients import Client
from idp.oidc.endpoints.client_form import ClientForm
from idp.oidc.needs import OidcNeeds
from idp.oidc.ports import OidcUnit
from idp.oidc.protocol import Answer, refusal
from idp.oidc.requests import Parameters

PARAMETERS: Final = ("token", "token_type_hint")


class Revoke:
    """``/oidc/revoke``."""

    def __init__(self, needs: OidcNeeds) -> None:
        self._needs = needs
        self._form = ClientForm(needs, PARAMETERS)

    async def end(self, request: Request) -> Response:
        """Revoke one token; public clients name themselves by ``client_id`` (RFC 7009 2.1)."""
        return await self._form.answer(request, self._decide)

    def _decide(self, unit: OidcUnit, client: Client, form: Parameters) -> Answer:
        token = form.get("token")
        if token is None:
            return refusal(400, "invalid_request", "token is missing")
        revoke(unit, client, token, self._needs.now())
        return Answer(200, {})


def revoke(unit: OidcUnit, client: Client, token: str, now: Instant) -> None:
    """Revoke a token of this client, whichever kind it is."""
    name = digest(token)
    account = unit.grants.drop_access(name, client.id) or unit.grants.revoke_family(name, client.id, now)
    if account is not None:
        unit.audit.add(AuditEvent(Tag.TOKENS_REVOKED, account=account, client=client.id))
    else:
        unit.client_tokens.drop(name, client.id)
