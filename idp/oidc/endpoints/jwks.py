"""The JWK set (RFC 7517): every key of the ring, so that a portal can check what any node signed."""

from __future__ import annotations

from idp.oidc.endpoints.published import Published
from idp.oidc.keys import SigningKeys


def jwks(keys: SigningKeys) -> Published:
    """Return the endpoint."""
    return Published(keys.jwks_bytes())
