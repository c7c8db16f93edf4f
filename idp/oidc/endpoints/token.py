"""The token endpoint (RFC 6749 3.2): a form in, JSON out. Its parameters are those of ``oidc.protocol.PARAMETERS``."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from idp.oidc.clients import Client
from idp.oidc.endpoints.client_form import ClientForm
from idp.oidc.needs import OidcNeeds
from idp.oidc.ports import OidcUnit
from idp.oidc.protocol import PARAMETERS, Answer, TokenServer
from idp.oidc.requests import Parameters


class Token:
    """``/oidc/token``."""

    def __init__(self, needs: OidcNeeds) -> None:
        self._needs = needs
        self._server = TokenServer(needs.issuer, needs.keys)
        self._form = ClientForm(needs, PARAMETERS)

    async def exchange(self, request: Request) -> Response:
        """Answer one request."""
        return await self._form.answer(request, self._decide)

    def _decide(self, unit: OidcUnit, client: Client, form: Parameters) -> Answer:
        return self._server.answer(unit, client, form, self._needs.now())
