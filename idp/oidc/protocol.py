"""The typed facade over Authlib, the protocol kernel: here and in ``oidc/grants`` it is imported, nowhere else.

One token request is one unit of work. Errors are *returned*, so that what was written while refusing (a revoked
family) is committed; an exception rolls back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, InvalidClientError, OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6750 import BearerTokenGenerator

from idp.kernel.clock import Instant
from idp.kernel.ids import new_secret
from idp.oidc.access_tokens import access_token, keep_access
from idp.oidc.clients import GRANT_TYPES, Client
from idp.oidc.exchange import Alone, Exchange, Ready, current, during
from idp.oidc.grants.authorization_code import AuthorizationCodeGrant, VerifiedChallenge
from idp.oidc.grants.client_credentials import ClientCredentialsGrant
from idp.oidc.grants.device_code import DeviceCodeGrant
from idp.oidc.grants.id_token import WithIdToken
from idp.oidc.grants.refresh_token import RefreshTokenGrant
from idp.oidc.keys import SigningKeys
from idp.oidc.ports import OidcUnit
from idp.oidc.requests import Parameters
from idp.oidc.tokens import keep_tokens

PARAMETERS = (
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "scope",
    "resource",
    "device_code",
)
"""What a token request holds beside the client's credentials."""
_DESCRIPTIONS = {
    "invalid_grant": "the grant is wrong, spent, expired, revoked, or another client's",
    "invalid_scope": "the scope is wider than what was granted, or nothing that the client may have",
    "invalid_target": "a resource is not one that was granted",
    "unauthorized_client": "the client did not register this grant type",
}
"""Our words for errors whose cause the caller must not learn, or whose text the kernel builds from its input."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A token response or an error of RFC 6749 5.2."""

    status: int
    body: Mapping[str, Any]


class TokenServer:
    """The token endpoint's decisions."""

    def __init__(self, issuer: str, keys: SigningKeys) -> None:
        self._issuer = issuer
        self._keys = keys
        self._server = _Server()
        # How long a token lives is told when it is kept: 0 here leaves it open.
        tokens = BearerTokenGenerator(_new_access, lambda **_: new_secret(), lambda *_: 0)
        self._server.register_token_generator("default", tokens)
        self._server.register_grant(AuthorizationCodeGrant, [VerifiedChallenge(), WithIdToken()])
        self._server.register_grant(RefreshTokenGrant, [WithIdToken()])
        self._server.register_grant(DeviceCodeGrant, [WithIdToken()])
        self._server.register_grant(ClientCredentialsGrant)

    def answer(self, unit: OidcUnit, client: Client, form: Parameters, now: Instant) -> Answer:
        """Answer one request of an authenticated client."""
        grant_type = form.get("grant_type")
        if grant_type is None:
            return refusal(400, "invalid_request", "grant_type is missing")
        if grant_type not in GRANT_TYPES:
            return refusal(400, "unsupported_grant_type", f"grant_type must be one of {', '.join(GRANT_TYPES)}")
        with during(Exchange(unit, self._keys, self._issuer, client, now, form.all("resource"))):
            return self._server.respond(_Request(f"{self._issuer}/oidc/token", form.plain))


def refusal(status: int, error: str, description: str) -> Answer:
    """Return an error of the token endpoint."""
    return Answer(status, {"error": error, "error_description": description})


def _new_access(*, user: Any, scope: str, **_: object) -> str:
    """Make an access token as the kernel asks for it."""
    return access_token(current(), user, scope)


class _Client(ClientMixin):  # type: ignore[misc]  # the library has no types
    """A client as Authlib wants to see it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def get_client_id(self) -> str:
        return self._client.id

    def check_grant_type(self, grant_type: str) -> bool:
        return self._client.may_use(grant_type)

    def get_allowed_scope(self, scope: str) -> str:
        # Decided when the code was made, kept on the grant: the kernel must not decide it again.
        return scope


class _Payload(OAuth2Payload):  # type: ignore[misc]  # the library has no types
    """The form, and never the query string beside it."""

    def __init__(self, form: Mapping[str, str]) -> None:
        self._form = dict(form)

    @property
    def data(self) -> dict[str, str]:
        return self._form

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return defaultdict(list, {name: [value] for name, value in self._form.items()})


class _Request(OAuth2Request):  # type: ignore[misc]  # the library has no types
    """A token request. Its URI is built from the issuer, never from what a proxy says (law 8)."""

    def __init__(self, uri: str, form: Mapping[str, str]) -> None:
        super().__init__("POST", uri, headers={})
        self._plain = dict(form)
        self.payload = _Payload(form)

    @property
    def args(self) -> dict[str, str]:
        return {}

    @property
    def form(self) -> dict[str, str]:
        return self._plain


class _Server(AuthorizationServer):  # type: ignore[misc]  # the library has no types
    """Authlib's server over the exchange of this request."""

    def respond(self, request: _Request) -> Answer:
        answer = self.create_token_response(request)
        assert isinstance(answer, Answer)  # noqa: S101 (narrows what the untyped library returns)
        return answer

    def authenticate_client(self, _request: Any, _methods: Any, _endpoint: str = "token") -> _Client:
        """Hand over the client that was authenticated before the kernel was asked."""
        return _Client(current().client)

    def query_client(self, client_id: str) -> _Client:
        # The only caller is the authorization side of Authlib, which we do not use.
        raise InvalidClientError(description=f"{len(client_id)} characters")

    def save_token(self, token: dict[str, Any], request: _Request) -> None:
        holder = request.user
        if isinstance(holder, Alone):
            token["expires_in"] = keep_access(current(), holder, token["access_token"], token.get("scope", ""))
        elif isinstance(holder, Ready):
            keep_tokens(current(), holder, token)
        else:
            raise TypeError("tokens are made from a receipt alone")

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nothing listens: events are written where they happen."""

    def create_oauth2_request(self, request: _Request) -> _Request:
        return request

    def handle_response(self, status: int, body: Mapping[str, Any], _headers: object) -> Answer:
        error = body.get("error")
        if error is None:
            return Answer(status, body)
        return refusal(status, str(error), _DESCRIPTIONS.get(str(error), str(body.get("error_description", ""))))
