"""Bearer tokens (RFC 6750): read from the header, and refused by a challenge."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from idp.oidc.responses import json_answer


def header_token(request: Request) -> str | None:
    """Return the token of the header (2.1), possibly empty; None when the header has none."""
    scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def challenge(issuer: str, status: int, error: str | None) -> Response:
    """Refuse (3): without an error code when no token was presented at all."""
    told = f'Bearer realm="{issuer}"'
    if error is None:
        return json_answer(status, {}, {"www-authenticate": told})
    return json_answer(status, {"error": error}, {"www-authenticate": f'{told}, error="{error}"'})
