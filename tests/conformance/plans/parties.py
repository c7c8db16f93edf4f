"""Who takes part in a module: the user, the relying parties, and what one authorization came to."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

import httpx2
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.conformance.plans.answers import Answer, Request
from tests.support.portal import JsonObject, Portal

CALLBACK: Final = "http://127.0.0.1:9/test/a/idp/callback"
AFTER_LOGOUT: Final = "http://127.0.0.1:9/test/a/idp/post_logout_redirect"
SCOPES: Final = ("openid", "profile", "email", "address", "phone", "offline_access")
ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class User:
    """Who signs in."""

    identifier: str
    password: str


@dataclass
class Client:
    """One relying party. With a ``key`` it proves itself by ``private_key_jwt``, naming ``audience``."""

    portal: Portal
    registration: JsonObject
    key: RSAKey | None = None
    audience: str = ""

    @property
    def id(self) -> str:
        return self.portal.client_id

    def ask(self, **form: str) -> httpx2.Response:
        """Send a token request with this client's authentication."""
        return self.portal.ask(**form, **self._assertion())

    def redeem(self, request: Request, code: str, **more: str) -> httpx2.Response:
        """Present a code."""
        return self.ask(grant_type="authorization_code", code=code, redirect_uri=request.redirect_uri, **more)

    def _assertion(self) -> dict[str, str]:
        """OpenID Connect Core 9, RFC 7523 3."""
        if self.key is None:
            return {}
        now = self.portal.now()
        claims = {
            "iss": self.id,
            "sub": self.id,
            "aud": self.audience or self.portal.metadata["token_endpoint"],
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
        }
        signed = jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key, ["RS256"])
        return {"client_assertion_type": ASSERTION, "client_assertion": signed}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one authorization came to; everything in it holds. ``front`` and ``back`` are the claims of the ID tokens
    of the authorization and of the token endpoint."""

    request: Request
    answer: Answer
    client: Client
    front: JsonObject | None
    back: JsonObject | None
    tokens: JsonObject

    @property
    def claims(self) -> JsonObject:
        """Those of the ID token that a client goes by."""
        found = self.back or self.front
        assert found is not None
        return found

    @property
    def id_token(self) -> str:
        return str(self.tokens.get("id_token") or self.answer["id_token"])

    @property
    def access(self) -> str:
        return str(self.tokens.get("access_token") or self.answer["access_token"])
