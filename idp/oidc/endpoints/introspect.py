"""The introspection endpoint (RFC 7662): is this token worth anything, now? Nothing is kept, and nothing is cached.

It reads ``token``; ``token_type_hint`` may say anything. Confidential clients alone may ask. Who accepts
``application/token-introspection+jwt`` gets a signed answer (RFC 9701), which can be shown to others later.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from idp.kernel.clock import seconds
from idp.oidc.client_auth import ClientRefused
from idp.oidc.clients import ALGORITHMS, Client
from idp.oidc.endpoints.client_form import ClientForm
from idp.oidc.introspecting import introspect
from idp.oidc.needs import OidcNeeds
from idp.oidc.ports import OidcUnit
from idp.oidc.protocol import Answer, refusal
from idp.oidc.requests import Parameters
from idp.oidc.responses import NO_STORE

PARAMETERS: Final = ("token", "token_type_hint")
TYPE: Final = "token-introspection+jwt"
MEDIA_TYPE: Final = f"application/{TYPE}"


class Introspect:
    """``/oidc/introspect``."""

    def __init__(self, needs: OidcNeeds) -> None:
        self._needs = needs
        self._form = ClientForm(needs, PARAMETERS, write=False)

    async def tell(self, request: Request) -> Response:
        """Answer one question."""
        signed = accepts(request.headers.get("accept", ""), MEDIA_TYPE)

        def decide(unit: OidcUnit, caller: Client, form: Parameters) -> Answer | Response:
            if caller.is_public:  # RFC 7662 2.1: anybody can say that they are this client
                raise ClientRefused("invalid_client", "a public client cannot introspect")
            token = form.get("token")
            if token is None:
                return refusal(400, "invalid_request", "token is missing")
            found = introspect(unit, caller, token, self._needs.issuer, self._needs.now())
            return self._signed(caller, found) if signed else Answer(200, found)

        return await self._form.answer(request, decide)

    def _signed(self, caller: Client, found: Mapping[str, Any]) -> Response:
        """Return the answer as a JWT for this caller (RFC 9701 5): what it says stands apart from who says it."""
        now = self._needs.now()
        algorithm = caller.metadata.introspection_signed_response_alg or ALGORITHMS[0]
        claims = {
            "iss": self._needs.issuer,
            "aud": caller.id,
            "iat": seconds(now),
            "token_introspection": dict(found),
        }
        jwt = self._needs.keys.sign(claims, algorithm, now, typ=TYPE)
        return Response(jwt, media_type=MEDIA_TYPE, headers=NO_STORE)


def accepts(header: str, media_type: str) -> bool:
    """Tell whether an ``Accept`` header names a media type itself, not among all others (RFC 9110 12.5.1)."""
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        if name == media_type:
            return not any(_is_zero(each) for each in parameters)
    return False


def _is_zero(parameter: str) -> bool:
    name, _, weight = parameter.partition("=")
    return name.strip() == "q" and weight.strip().rstrip("0") in ("", "0.", "0")
