"""The userinfo endpoint (OpenID Connect Core 5.3): GET or POST, the token in the header or, posted, in the form.

Every answer asks the store whether the token, its grant and its account still stand (law 1). A client that registered
``userinfo_signed_response_alg`` is answered by a JWT (5.3.2).
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.kernel.clock import Instant
from idp.kernel.errors import ShownError
from idp.kernel.ids import digest
from idp.oidc.audience import is_for_userinfo
from idp.oidc.bearer import challenge, header_token
from idp.oidc.clients import Client
from idp.oidc.keys import NoSigningKey
from idp.oidc.needs import FORM_TYPE, OidcNeeds, content_type
from idp.oidc.responses import NO_STORE, json_answer
from idp.oidc.told import told
from idp.oidc.wanted_claims import wanted_claims
from idp.signin.policy import standing
from idp.web.reading import parse_pairs, read_body

LONGEST = 8192
"""Characters of an access token; opaque ones of ours have 43, JWTs a thousand."""


class UserInfo:
    """``/oidc/userinfo``."""

    def __init__(self, needs: OidcNeeds) -> None:
        self._needs = needs

    async def tell(self, request: Request) -> Response:
        """Tell the claims of the token's scopes."""
        try:
            tokens = await _presented(request)
        except ShownError as error:
            return json_answer(error.status, {"error": "invalid_request"})
        if len(tokens) > 1:
            return self._refuse(400, "invalid_request")
        if not tokens:
            return self._refuse(401, None)
        if len(tokens[0]) > LONGEST:
            return self._refuse(401, "invalid_token")
        try:
            answer = await self._needs.shell.beats.settle(lambda: self._answer(tokens[0]))
        except NoSigningKey as error:
            retry = {"retry-after": str(error.retry_after)}
            return json_answer(error.status, {"error": "temporarily_unavailable"}, retry)
        if answer is None:
            return self._refuse(401, "invalid_token")
        if isinstance(answer, str):
            return Response(answer, media_type="application/jwt", headers=NO_STORE)
        return json_answer(200, answer) if answer else self._refuse(403, "insufficient_scope")

    def _answer(self, token: str) -> dict[str, Any] | str | None:
        """Return the claims or the JWT that holds them, no claims at all for a token without ``openid``, or None for
        one that is not honoured here."""
        now = self._needs.now()
        with self._needs.begin(write=False) as unit:
            access = unit.grants.find_access(digest(token), now)
            grant = unit.grants.living(access.grant_id, now) if access is not None else None
            if access is None or grant is None or not is_for_userinfo(self._needs.issuer, access.resource):
                return None
            client = unit.clients.get(access.client_id)
            receipt = standing(unit.accounts.get(access.account_id), access.epoch, access.grant_id)
            if receipt is None or client is None:
                return None
            scopes = access.scope.split()
            if "openid" not in scopes:
                return {}
            about = told(unit, client, receipt, scopes, wanted_claims(grant.claims).userinfo)
        return None if about is None else self._signed(client, {**about, "sub": grant.sub}, now)

    def _signed(self, client: Client, claims: dict[str, Any], now: Instant) -> dict[str, Any] | str:
        """Return claims as their client wants them: plain, or signed with our name and the client's.

        Without ``exp``: what is told is true now, and a JWT without an end is no ID token (OpenID Connect Core 2).
        """
        algorithm = client.metadata.userinfo_signed_response_alg
        if algorithm is None:
            return claims
        return self._needs.keys.sign({**claims, "iss": self._needs.issuer, "aud": client.id}, algorithm, now)

    def _refuse(self, status: int, error: str | None) -> Response:
        return challenge(self._needs.issuer, status, error)


async def _presented(request: Request) -> list[str]:
    """Return every token presented (RFC 6750 2.1, 2.2); one in the query string is not looked at."""
    token = header_token(request)
    tokens = [] if token is None else [token]
    if request.method == "POST" and content_type(request) == FORM_TYPE:
        pairs = parse_pairs(await read_body(request))
        tokens += [value for name, value in pairs if name == "access_token"]
    return tokens
