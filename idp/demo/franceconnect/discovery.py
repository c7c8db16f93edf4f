"""Where everything is, and the keys."""

from typing import Final

from starlette.responses import JSONResponse, Response

from idp.demo.franceconnect.asked import Asked
from idp.demo.franceconnect.state import Mock

CACHED: Final = {"Cache-Control": "public, max-age=600"}


async def discovery(mock: Mock, asked: Asked) -> Response:
    """The metadata. It announces PKCE and HS256, neither of which a client may use."""
    del asked
    issuer, level = mock.issuer, mock.level
    claims = dict.fromkeys(claim for claims in level.scopes.values() for claim in claims)
    return JSONResponse(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "jwks_uri": f"{issuer}/jwks",
            "end_session_endpoint": f"{issuer}/session/end",
            "revocation_endpoint": f"{issuer}/token/revocation",
            "acr_values_supported": list(level.acrs),
            "authorization_response_iss_parameter_supported": True,
            "claim_types_supported": ["normal"],
            "claims_parameter_supported": True,
            "claims_supported": [*claims, *(name for name in ("amr", "acr") if name not in claims)],
            "code_challenge_methods_supported": ["S256"],
            "grant_types_supported": ["authorization_code"],
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "response_modes_supported": ["query"],
            "response_types_supported": ["code"],
            "revocation_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "scopes_supported": list(level.scopes),
            "subject_types_supported": ["pairwise"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            **level.announced,
        },
        headers=CACHED,
    )


async def jwks(mock: Mock, asked: Asked) -> Response:
    """The public keys."""
    del asked
    return JSONResponse({"keys": mock.keys.jwks()}, headers=CACHED, media_type="application/jwk-set+json")
