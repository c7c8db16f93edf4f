"""Request objects: an authorization request as a JWT that the client signed (OpenID Connect Core 6, RFC 9101).

By value (``request``) or by reference (``request_uri``), only where ``offered.request_objects`` says so, and never
unsigned. ``RequestObjects.resolve`` runs before the unit of work that answers, because it may ask other machines; what
it refuses is told there, once the redirect URI *outside* the object is known to be the client's (trap 22).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from idp.kernel.log import get_logger
from idp.kernel.strict import Malformed
from idp.oidc.client_keys import KeysUnknown
from idp.oidc.clients import CLIENT_ALGORITHMS, Client
from idp.oidc.needs import OidcNeeds
from idp.oidc.offered import response_type
from idp.oidc.pushing import PREFIX
from idp.oidc.requests import PARAMETERS, ObjectRefused, Pairs, Parameters, Resolved
from idp.oidc.signed import LONGEST, check_times, read_signed
from idp.oidc.uris import problem
from idp.outbound.errors import OutboundError
from idp.web.links import origin

_CARRIERS: Final = ("request", "request_uri")
_TYPES: Final = frozenset({"jwt", "oauth-authz-req+jwt"})
_LISTS: Final = ("resource",)
"""Parameters that may come more than once (RFC 8707 2)."""
_ACCEPT: Final = {"accept": "application/oauth-authz-req+jwt, application/jwt"}


class RequestObjects:
    """Resolves request objects for the authorization endpoint."""

    def __init__(self, needs: OidcNeeds) -> None:
        self._needs = needs

    async def resolve(self, pairs: Pairs) -> Resolved:
        """Return the request as it counts. What cannot be judged here (no object, no such client, a parameter twice,
        a pushed request) is returned as it came."""
        if not self._needs.offered.request_objects or all(name not in _CARRIERS for name, _ in pairs):
            return Resolved(pairs)
        parameters = Parameters(pairs)
        by_reference = parameters.get("request_uri")
        if parameters.repeated or parameters.unreadable or (by_reference or "").startswith(PREFIX):
            return Resolved(pairs)
        client = await self._needs.shell.beats.settle(lambda: self._client(parameters.get("client_id")))
        if client is None:
            return Resolved(pairs)
        try:
            text = parameters.get("request")
            if text is not None and by_reference is not None:
                raise ObjectRefused("invalid_request", "request and request_uri must not stand together")
            if text is None and by_reference is not None:
                text = await self._fetched(client, by_reference)
            if text is None:  # both came empty, which is absent
                return Resolved(_outside(pairs))
            return Resolved(merge(pairs, client, await self._claims(client, text)))
        except ObjectRefused as refusal:
            get_logger().info(
                "client.request_object_refused", client=client.id, error=refusal.error, reason=refusal.reason
            )
            return Resolved(_outside(pairs), refusal)

    def _client(self, client_id: str | None) -> Client | None:
        with self._needs.begin(write=False) as unit:
            return unit.clients.get(client_id) if client_id else None

    async def _fetched(self, client: Client, request_uri: str) -> str:
        """Return what stands at a ``request_uri``. It is never kept: its fragment, which tells when a kept one is old
        (OpenID Connect Core 6.2), has no meaning here."""
        address = request_uri.partition("#")[0]
        if not is_clients_address(client, request_uri, address):
            raise ObjectRefused("invalid_request_uri", "request_uri is not one that the client registered")
        try:
            answered = await self._needs.outbound.ask("GET", address, headers=_ACCEPT, limit=LONGEST)
        except OutboundError as error:
            raise _unfetched(str(error)) from error
        if answered.status != 200:
            raise _unfetched(f"status {answered.status}")
        return answered.body.decode("ascii", "replace").strip()

    async def _claims(self, client: Client, text: str) -> Mapping[str, Any]:
        """Return the claims of an object that this client signed for us and that is good now."""
        chosen = client.metadata.request_object_signing_alg
        try:
            token = read_signed(text, CLIENT_ALGORITHMS if chosen is None else (chosen,), _TYPES)
            check_times(token.claims, self._needs.now())
            right = await self._needs.client_keys.signed(token, client.metadata)
        except Malformed as error:
            raise _invalid(f"the request object {error}") from None
        except KeysUnknown as error:
            raise ObjectRefused("invalid_request_object", "the keys of the client are not known", str(error)) from None
        if not right:
            raise _invalid("the request object is signed by no key of the client")
        _check_parties(token.claims, client, self._needs.issuer)
        return token.claims


def merge(pairs: Pairs, client: Client, claims: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the parameters of a request and its object as one: the object's win (OpenID Connect Core 6.1). Pure.

    Raises ``ObjectRefused``. What the parameters say is checked like that of any request, afterwards.
    """
    outside = dict(pairs)
    if not {*_CARRIERS}.isdisjoint(claims):
        raise _invalid("a request object must not hold another one")
    if claims.get("client_id", client.id) != client.id:
        raise _invalid("the request object is of another client: client_id")
    # They stand outside too, so that what is asked is a valid OAuth 2.0 request without the object.
    if "openid" not in outside.get("scope", "").split():
        raise ObjectRefused("invalid_request", "scope with openid must stand outside the request object too")
    kind = outside.get("response_type", "")
    if not kind:
        raise ObjectRefused("invalid_request", "response_type must stand outside the request object too")
    told = claims.get("response_type", kind)
    if not isinstance(told, str) or response_type(told) != response_type(kind):
        raise _invalid("response_type is another one outside the request object")
    inside = [(name, text) for name in PARAMETERS if name in claims for text in _texts(name, claims[name])]
    return [(name, text) for name, text in _outside(pairs) if name not in claims] + inside


def is_clients_address(client: Client, request_uri: str, address: str) -> bool:
    """Tell whether we fetch a ``request_uri`` for this client; ``address`` is the same without its fragment.

    One that was registered, to the letter; for a client that registered none, one where it takes its answers: an
    address that anybody may choose would let anybody send us anywhere (RFC 9101 10.4).
    """
    registered = client.metadata.request_uris
    if registered:
        return request_uri in registered or address in registered
    return problem(address) is None and origin(address) in {origin(uri) for uri in client.metadata.redirect_uris}


def _check_parties(claims: Mapping[str, Any], client: Client, issuer: str) -> None:
    """Whose object it is, and for whom (RFC 9101 4, 10.2). Two clients may have one key: it must name one of them."""
    names = {claims[name] if isinstance(claims[name], str) else "" for name in ("iss", "client_id") if name in claims}
    if names != {client.id}:
        raise _invalid("the request object names another client, or none: iss, client_id")
    if claims.get("sub") == client.id:
        # It would do as a client assertion, and it goes through the browser (RFC 9101 10.8).
        raise _invalid("the request object must not have the client as sub")
    audience = claims.get("aud", issuer)
    if audience != issuer and not (isinstance(audience, list) and issuer in audience):
        raise _invalid("the request object is for somebody else: aud must be the issuer")


def _texts(name: str, value: object) -> list[str]:
    """Return a claim as the parameter it stands for (RFC 9101 4): numbers and JSON objects are written as text."""
    if name in _LISTS and isinstance(value, list):
        return [text for each in value for text in _texts("", each)]
    if name == "claims" and isinstance(value, dict):
        try:
            value = json.dumps(value, separators=(",", ":"))
        except RecursionError:
            raise _invalid("a member of the request object is nested too deeply: claims") from None
    if name == "max_age" and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise _invalid(f"a member of the request object is no text: {name or 'resource'}")
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        raise _invalid(f"a member of the request object is no text: {name or 'resource'}") from None
    return [value]


def _outside(pairs: Pairs) -> list[tuple[str, str]]:
    return [(name, text) for name, text in pairs if name not in _CARRIERS]


def _unfetched(reason: str) -> ObjectRefused:
    return ObjectRefused("invalid_request_uri", "request_uri could not be fetched", f"request_uri: {reason}")


def _invalid(description: str) -> ObjectRefused:
    return ObjectRefused("invalid_request_object", description)
