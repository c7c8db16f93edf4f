"""The JWK set (RFC 7517): every key of the ring that is not gone, so that a portal can check what any node signed."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from idp.oidc.endpoints.published import Published
from idp.oidc.needs import OidcNeeds


class Jwks:
    """``/oidc/jwks``. What a portal reads here it may keep for 10 minutes: it is never older than a minute itself."""

    def __init__(self, needs: OidcNeeds) -> None:
        self._needs = needs
        self._published = Published(needs.keys.jwks_bytes(needs.now()))

    async def show(self, request: Request) -> Response:
        """Answer with the set as the ring tells it now."""
        keys, now = self._needs.keys, self._needs.now()
        if keys.is_stale(now):
            await self._needs.shell.beats.settle(lambda: keys.keep_fresh(now))
        body = keys.jwks_bytes(now)
        if body is not self._published.body:
            self._published = Published(body)
        return self._published.answer(request, keys.jwks_life(now))
