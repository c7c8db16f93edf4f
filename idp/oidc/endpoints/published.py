"""Documents that are the same for everybody: bytes made once, with an ETag and a lifetime."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from idp.kernel.clock import seconds
from idp.kernel.keyring import JWKS_CACHE


class Published:
    """One JSON document. A portal may keep it for as long as the key ring counts on (``JWKS_CACHE``)."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._headers = {
            "cache-control": f"public, max-age={seconds(JWKS_CACHE)}",
            "etag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        }

    async def show(self, request: Request) -> Response:
        """Answer with the document, or with 304 when the portal has it already (RFC 9110 13.1.2)."""
        known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
        if self._headers["etag"] in known or known == ["*"]:
            return Response(status_code=304, headers=self._headers)
        return Response(self._body, media_type="application/json", headers=self._headers)
