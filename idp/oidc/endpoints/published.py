"""Documents that are the same for everybody: bytes made once, with an ETag and a lifetime."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from idp.kernel.clock import Instant, seconds
from idp.kernel.keyring import JWKS_CACHE


class Published:
    """One JSON document. A portal may keep it for as long as the key ring counts on (``JWKS_CACHE``)."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self._etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'

    async def show(self, request: Request) -> Response:
        """Answer with the document."""
        return self.answer(request, JWKS_CACHE)

    def answer(self, request: Request, life: Instant) -> Response:
        """Answer with the document, or with 304 when the portal has it already (RFC 9110 13.1.2); ``life``: how long it
        may be kept, in microseconds."""
        headers = {"cache-control": f"public, max-age={seconds(life)}", "etag": self._etag}
        known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
        if self._etag in known or known == ["*"]:
            return Response(status_code=304, headers=headers)
        return Response(self.body, media_type="application/json", headers=headers)
