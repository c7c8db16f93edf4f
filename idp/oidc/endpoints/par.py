"""The pushed authorization request endpoint (RFC 9126): what authorize would check is checked here, before any browser.

Its parameters are those of authorize beside the client's credentials; errors are JSON.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from idp.kernel.clock import seconds
from idp.kernel.errors import ShownError
from idp.oidc.checks import read_request
from idp.oidc.client_auth import ClientRefused, authenticate, read_credentials
from idp.oidc.needs import FORM_TYPE, OidcNeeds, content_type
from idp.oidc.ports import OidcUnit
from idp.oidc.protocol import Answer, refusal
from idp.oidc.pushing import LIFE, push
from idp.oidc.requests import ReturnedError
from idp.oidc.responses import json_answer
from idp.web.reading import parse_pairs, read_body

_CREDENTIALS = frozenset({"client_secret", "client_assertion", "client_assertion_type"})


class Par:
    """``/oidc/par``."""

    def __init__(self, needs: OidcNeeds) -> None:
        self._needs = needs

    async def push(self, request: Request) -> Response:
        """Answer one push."""
        answer = await self._answer(request)
        return json_answer(answer.status, answer.body)

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
                return self._pushed(unit, authorization, pairs)

        return await self._needs.shell.beats.settle(settle)

    def _pushed(self, unit: OidcUnit, authorization: str | None, pairs: list[tuple[str, str]]) -> Answer:
        """Check a request as authorize would, and keep it."""
        needs, now = self._needs, self._needs.now()
        try:
            client = authenticate(unit.clients, read_credentials(authorization, dict(pairs)))
        except ClientRefused as error:
            return refusal(401 if error.error == "invalid_client" else 400, error.error, error.description)
        asked = [(name, value) for name, value in pairs if name not in _CREDENTIALS and name != "client_id"]
        asked.append(("client_id", client.id))
        if any(name == "request_uri" for name, _ in asked):
            return refusal(400, "invalid_request", "request_uri has no place here")
        try:
            read_request(unit.clients, asked, needs.keys.verify_own, needs.offered)
        except ReturnedError as error:
            return refusal(400, error.error, error.description)
        except ShownError:
            return refusal(400, "invalid_request", "redirect_uri is not registered for this client")
        return Answer(201, {"request_uri": push(unit, client.id, asked, now), "expires_in": seconds(LIFE)})
