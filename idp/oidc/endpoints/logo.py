"""Clients' logos as we keep them (``logos``): a picture and nothing else, whatever its bytes may be to somebody."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from idp.oidc.logos import Logo
from idp.oidc.needs import OidcNeeds

_HEADERS: Final = {
    "cache-control": "public, max-age=86400",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
}
"""Our pages alone show it; opened by itself it runs nothing (``nosniff`` comes with every answer)."""


class ClientLogo:
    """``/oidc/logo/{client_id}``; a client's id is no secret, it stands in every authorization request."""

    def __init__(self, needs: OidcNeeds) -> None:
        self._needs = needs

    async def show(self, request: Request) -> Response:
        """Answer with the picture."""
        client_id = request.path_params["client_id"]
        logo = await self._needs.shell.beats.settle(lambda: self._logo(client_id))
        if logo is None:
            return Response(status_code=404)
        return Response(logo.body, media_type=logo.media_type, headers=_HEADERS)

    def _logo(self, client_id: str) -> Logo | None:
        with self._needs.begin(write=False) as unit:
            return unit.clients.logo(client_id)
