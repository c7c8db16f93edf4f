"""Registration over the network (RFC 7591, OpenID Connect Registration 1.0) and its management (RFC 7592).

::

   POST /oidc/register       document ──► ask: sector document, logo ──► a client, its secret, its management token
   GET PUT DELETE …/{id}     with that token alone: read, replace, go

Nothing is asked of another machine for somebody who may not register. A browser is no party here: no cookie is looked
at, and a page of another site cannot send JSON without being asked first (CORS), so that no form token is needed.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.throttle import REGISTRATION_SOURCE
from idp.kernel.clock import seconds_until
from idp.kernel.errors import ShownError
from idp.kernel.ids import digest
from idp.kernel.log import get_logger
from idp.kernel.strict import Malformed, read_object
from idp.oidc.bearer import challenge, header_token
from idp.oidc.clients import Client, ClientMetadataError
from idp.oidc.endpoints.client_form import respond
from idp.oidc.logos import Logo, fetch_logo
from idp.oidc.metadata import Registration
from idp.oidc.needs import OidcNeeds, content_type
from idp.oidc.network_metadata import read_network_metadata
from idp.oidc.protocol import refusal
from idp.oidc.registering import (
    MOST,
    NoRoom,
    TokenRefused,
    information,
    managed,
    register,
    replace_registration,
    unregister,
)
from idp.oidc.responses import NO_STORE, json_answer
from idp.oidc.sector_document import check_sector
from idp.web.reading import read_body

_LONGEST_TOKEN: Final = 200
"""Characters of a token; ours have 43."""
_UNTOLD: Final = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]")
"""What RFC 6749 5.2 leaves out of an ``error_description``."""


class _Answered(Exception):
    """The answer is known before the end."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class Register:
    """``/oidc/register`` and what is below it."""

    def __init__(self, needs: OidcNeeds) -> None:
        self._needs = needs
        self._by_token = needs.registration == "token"

    async def register(self, request: Request) -> Response:
        """Register a client."""
        return await self._answer(request, self._register)

    async def manage(self, request: Request) -> Response:
        """Read, replace or remove a client, as its registration access token allows."""
        does = {"GET": self._read, "PUT": self._replace, "DELETE": self._remove}
        return await self._answer(request, does[request.method])

    async def _answer(self, request: Request, does: Callable[[Request], Awaitable[Response]]) -> Response:
        try:
            return await does(request)
        except _Answered as known:
            return known.response
        except ClientMetadataError as error:
            get_logger().info("registration.refused", member=error.field)
            code = "invalid_redirect_uri" if error.field == "redirect_uris" else "invalid_client_metadata"
            return respond(refusal(400, code, _UNTOLD.sub("'", f"{error.field}: {error.sentence}")))
        except TokenRefused as error:
            return challenge(self._needs.issuer, 401, None if error.is_absent else "invalid_token")
        except NoRoom:
            told = f"{MOST} clients have registered themselves, the most there may be: one must go first"
            return respond(refusal(429, "temporarily_unavailable", told))

    async def _register(self, request: Request) -> Response:
        needs, beats, source = self._needs, self._needs.shell.beats, self._needs.shell.sources.of(request)
        body = await _body(request)
        initial = digest(_bearer(request)) if self._by_token else None
        if initial is not None:
            await beats.settle(lambda: self._is_allowed(initial))
        await self._take(source)
        registration = read_network_metadata(_document(body), needs.offered)
        logo = await self._ask(registration, None)

        def settle() -> Response:
            with needs.begin() as unit:
                added, token = register(unit, registration, initial, logo, source, needs.now())
            return self._told(201, added.client, added.secret, token)

        return await beats.settle(settle)

    async def _read(self, request: Request) -> Response:
        client_id, token = request.path_params["client_id"], _bearer(request)
        client = await self._needs.shell.beats.settle(lambda: self._managed(client_id, token))
        return self._told(200, client, None, token)

    async def _replace(self, request: Request) -> Response:
        needs, beats, source = self._needs, self._needs.shell.beats, self._needs.shell.sources.of(request)
        body = await _body(request)
        client_id, token = request.path_params["client_id"], _bearer(request)
        known = await beats.settle(lambda: self._managed(client_id, token))
        await self._take(source)
        document = _document(body)
        registration = read_network_metadata(document, needs.offered)
        logo = await self._ask(registration, known)

        def settle() -> Response:
            with needs.begin() as unit:
                added = replace_registration(
                    unit, client_id, token, document, registration, logo, source, needs.now()
                )
            return self._told(200, added.client, added.secret, token)

        return await beats.settle(settle)

    async def _remove(self, request: Request) -> Response:
        client_id, token = request.path_params["client_id"], _bearer(request)
        source = self._needs.shell.sources.of(request)

        def settle() -> Response:
            with self._needs.begin() as unit:
                unregister(unit, client_id, token, source)
            return Response(status_code=204, headers=NO_STORE)

        return await self._needs.shell.beats.settle(settle)

    def _is_allowed(self, initial: str) -> None:
        with self._needs.begin(write=False) as unit:
            if not unit.initial_tokens.is_good(initial, self._needs.now()):
                raise TokenRefused(is_absent=False)

    def _managed(self, client_id: str, token: str) -> Client:
        with self._needs.begin(write=False) as unit:
            return managed(unit, client_id, token)

    async def _take(self, source: str) -> None:
        """Take one registration of this source's (law 9)."""
        bucket = f"registration:{source}"
        free_at = await self._needs.shell.beats.take(lambda: self._needs.attempts.take(bucket, REGISTRATION_SOURCE))
        if free_at is not None:
            wait = seconds_until(free_at, self._needs.now())
            refused = refusal(429, "temporarily_unavailable", f"too many registrations from here: wait {wait} s")
            raise _Answered(json_answer(refused.status, refused.body, {"retry-after": str(wait)}))

    async def _ask(self, registration: Registration, known: Client | None) -> Logo | None:
        """Ask the client's own site what must be asked."""
        await check_sector(self._needs.outbound, registration.metadata)
        return await fetch_logo(self._needs.outbound, registration.metadata, known)

    def _told(self, status: int, client: Client, secret: str | None, token: str) -> Response:
        shell = self._needs.shell
        place = shell.issuer.link(shell.url("oidc:registration", client_id=client.id))
        return json_answer(status, information(client, secret, token, place))


async def _body(request: Request) -> bytes:
    """Return the body. Raises ``_Answered`` for another content type, and for one that is too long."""
    if content_type(request) != "application/json":
        raise _Answered(respond(refusal(415, "invalid_client_metadata", "the body must be application/json")))
    try:
        return await read_body(request)
    except ShownError as error:
        told = "the body is too long or did not arrive"
        raise _Answered(respond(refusal(error.status, "invalid_client_metadata", told))) from error


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        return read_object(body)
    except Malformed as error:
        raise ClientMetadataError("document", str(error)) from error


def _bearer(request: Request) -> str:
    """Return the token of the header (RFC 6750 2.1). Raises ``TokenRefused``."""
    token = header_token(request)
    if token is None:
        raise TokenRefused(is_absent=True)
    if not 0 < len(token) <= _LONGEST_TOKEN:
        raise TokenRefused(is_absent=False)
    return token
