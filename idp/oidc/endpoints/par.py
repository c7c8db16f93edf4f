"""The pushed authorization request endpoint (RFC 9126): what authorize would check is checked here, before any browser.

Its parameters are those of authorize beside the client's credentials; errors are JSON.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from idp.kernel.clock import seconds
from idp.kernel.errors import ShownError
from idp.oidc.checks import read_request
from idp.oidc.clients import Client
from idp.oidc.endpoints.client_form import ClientForm
from idp.oidc.needs import OidcNeeds
from idp.oidc.ports import OidcUnit
from idp.oidc.protocol import Answer, refusal
from idp.oidc.pushing import LIFE, kept, push
from idp.oidc.requests import PARAMETERS, Parameters, ReturnedError

_NOT_KEPT: Final = frozenset({"client_id", "login_hint"})
"""The client is who authenticated. A portal may name the member by a number in the hint, and nothing keeps one in the
clear (law 5)."""


class Par:
    """``/oidc/par``."""

    def __init__(self, needs: OidcNeeds) -> None:
        self._needs = needs
        self._form = ClientForm(needs, PARAMETERS)

    async def push(self, request: Request) -> Response:
        """Answer one push."""
        return await self._form.answer(request, self._decide)

    def _decide(self, unit: OidcUnit, client: Client, form: Parameters) -> Answer:
        """Check a request as authorize would, and keep it."""
        needs, now = self._needs, self._needs.now()
        if form.get("request_uri") is not None:
            return refusal(400, "invalid_request", "request_uri has no place here")
        asked = [(name, value) for name in PARAMETERS for value in form.all(name) if name not in _NOT_KEPT]
        asked.append(("client_id", client.id))
        try:
            read_request(unit.clients, asked, needs.keys.verify_own, needs.offered)
        except ReturnedError as error:
            return refusal(400, error.error, error.description)
        except ShownError:
            return refusal(400, "invalid_request", "redirect_uri is not registered for this client")
        handle = push(unit, client.id, kept(asked, needs.keys.verify_own), now)
        return Answer(201, {"request_uri": handle, "expires_in": seconds(LIFE)})
