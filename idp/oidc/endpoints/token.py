"""The token endpoint (RFC 6749 3.2): a form in, JSON out, also for what is too long or of another type.

Its parameters are those of ``oidc.protocol.PARAMETERS``; the query string is never read.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from idp.kernel.errors import ShownError
from idp.oidc.needs import FORM_TYPE, OidcNeeds, content_type
from idp.oidc.protocol import Answer, TokenServer, refusal
from idp.oidc.responses import json_answer
from idp.web.reading import parse_pairs, read_body


class Token:
    """``/oidc/token``."""

    def __init__(self, needs: OidcNeeds) -> None:
        self._needs = needs
        self._server = TokenServer(needs.issuer, needs.keys)
        self._challenge = {"www-authenticate": f'Basic realm="{needs.issuer}"'}

    async def exchange(self, request: Request) -> Response:
        """Answer one request."""
        answer = await self._answer(request)
        return json_answer(answer.status, answer.body, self._challenge if answer.status == 401 else None)

    async def _answer(self, request: Request) -> Answer:
        if content_type(request) != FORM_TYPE:
            return refusal(400, "invalid_request", f"the body must be {FORM_TYPE}")
        try:
            pairs = parse_pairs(await read_body(request))
        except ShownError as error:
            return refusal(error.status, "invalid_request", "the body is too long or did not arrive")
        authorization = request.headers.get("authorization")

        def settle() -> Answer:
            with self._needs.begin() as unit:
                return self._server.answer(unit, authorization, pairs, self._needs.now())

        return await self._needs.shell.beats.settle(settle)
