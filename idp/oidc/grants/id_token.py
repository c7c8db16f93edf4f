"""The ID token as an extension of every grant with a member behind it, whenever the access token's scope has
``openid``.

Authlib's own extension puts every scope's claims into it and dates ``auth_time`` from the refresh; ours is made from
the kept grant alone (OpenID Connect Core 5.4, 12.2).
"""

from __future__ import annotations

from typing import Any

from idp.oidc.exchange import current
from idp.oidc.tokens import id_token


class WithIdToken:
    """Adds ``id_token`` to a token response."""

    def __call__(self, grant: Any) -> None:
        """Register with a grant."""
        grant.register_hook("after_create_token_response", self.add)

    def add(self, grant: Any, response: Any) -> None:
        """Put the ID token into the response's body, which Authlib passes by reference."""
        _status, token, _headers = response
        if "openid" in token["scope"].split():
            token["id_token"] = id_token(current(), grant.request.user, token["access_token"])
