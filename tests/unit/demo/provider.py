"""A tiny OpenID provider in memory, whose answers a test can spoil."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

ISSUER = "http://localhost:8000"
KEY = RSAKey.generate_key(2048, {"kid": "test", "alg": "RS256", "use": "sig"})

Spoil = Callable[[dict[str, Any]], None]


def nothing(answer: dict[str, Any]) -> None:
    del answer


@dataclass
class Provider:
    """`spoil_*` change an answer just before it leaves."""

    nonce: str = ""
    spoil_metadata: Spoil = nothing
    spoil_claims: Spoil = nothing
    spoil_token: Spoil = nothing
    spoil_userinfo: Spoil = nothing
    forms: list[dict[str, str]] = field(default_factory=list)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.metadata),
                Route("/oidc/jwks", self.jwks),
                Route("/oidc/token", self.token, methods=["POST"]),
                Route("/oidc/userinfo", self.userinfo),
            ]
        )

    def metadata(self, request: Request) -> Response:
        del request
        names = {
            "authorization": "authorize",
            "token": "token",
            "userinfo": "userinfo",
            "end_session": "logout",
        }
        answer: dict[str, Any] = {f"{name}_endpoint": f"{ISSUER}/oidc/{path}" for name, path in names.items()}
        answer |= {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/oidc/jwks"}
        answer["id_token_signing_alg_values_supported"] = ["RS256", "none", "HS256"]
        self.spoil_metadata(answer)
        return JSONResponse(answer)

    def jwks(self, request: Request) -> Response:
        del request
        return JSONResponse({"keys": [KEY.as_dict(private=False)]})

    async def token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        self.forms.append(form)
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": "member-1", "aud": "demo-portal", "iat": now, "exp": now + 300}
        if form["grant_type"] == "authorization_code":
            claims["nonce"] = self.nonce
        self.spoil_claims(claims)
        answer: dict[str, Any] = {
            "access_token": f"access-{len(self.forms)}",
            "refresh_token": f"refresh-{len(self.forms)}",
            "token_type": "Bearer",
            "expires_in": 600,
            "scope": "openid profile",
            "id_token": jwt.encode({"alg": "RS256", "kid": "test"}, claims, KEY),
        }
        self.spoil_token(answer)
        return JSONResponse(answer, 400 if "error" in answer else 200)

    def userinfo(self, request: Request) -> Response:
        del request
        answer: dict[str, Any] = {"sub": "member-1", "given_name": "Camille", "family_name": "Vasseur"}
        self.spoil_userinfo(answer)
        return JSONResponse(answer)
