"""The client credentials grant (RFC 6749 4.4): a token for a confidential client itself, and for nobody else.

No member stands behind it: no ID token, no refresh token, nothing at userinfo, and none of the scopes that tell of a
member. What is left are the scopes of the APIs that the operator wrote into ``idp_scopes_allowed``.
"""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError, UnauthorizedClientError, grants

from idp.oidc.exchange import Alone, Exchange, current
from idp.oidc.grants.target import target
from idp.oidc.profiles import profile_of


class ClientCredentialsGrant(grants.ClientCredentialsGrant):  # type: ignore[misc]  # the library has no types
    """Gives a client its own tokens."""

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        """Make and keep the token. Raises Authlib's errors and ``InvalidTargetError``."""
        exchange = current()
        if exchange.client.is_public:
            raise UnauthorizedClientError
        resource = target(exchange, exchange.client.metadata.idp_resources) if exchange.resources else None
        alone = Alone(resource)
        scope = _scope(exchange, self.request.form.get("scope"))
        token: dict[str, Any] = self.generate_token(user=alone, scope=scope, include_refresh_token=False)
        self.request.user = alone
        self.save_token(token)
        return 200, token, self.TOKEN_RESPONSE_HEADER


def _scope(exchange: Exchange, asked: str | None) -> str:
    """Return the scope: of those asked, or of all, what the client may have without a member (RFC 6749 3.3)."""
    about_members = profile_of(exchange.client.metadata).scopes
    allowed = [scope for scope in exchange.client.metadata.idp_scopes_allowed if scope not in about_members]
    if asked is None:
        return " ".join(allowed)
    granted = [scope for scope in dict.fromkeys(asked.split()) if scope in allowed]
    if not granted:
        raise InvalidScopeError
    return " ".join(granted)
