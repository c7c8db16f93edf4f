"""A portal that authenticates by assertions, and the keys it may have; independent of the provider's own code."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
from joserfc.jwk import ECKey, Key, OctKey, RSAKey
from joserfc.jws import JWSRegistry

from tests.conformance.world import World
from tests.support.client_site import public
from tests.support.portal import Attempt, Portal

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
RSA = RSAKey.generate_key(2048, parameters={"kid": "rsa-1"})
EC = ECKey.generate_key("P-256", parameters={"kid": "ec-1"})
OTHER = RSAKey.generate_key(2048, parameters={"kid": "rsa-2"})
ALGORITHMS: dict[str, RSAKey | ECKey] = {"RS256": RSA, "PS256": RSA, "ES256": EC}


def segment(value: Any) -> str:
    """Return a part of a compact JWS: bytes as they are, anything else as JSON."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(claims: Mapping[str, Any] | bytes, key: Key, algorithm: str = "RS256", **header: Any) -> str:
    """Return a JWT with a right signature, whatever its header and claims say; a header of None is left out.

    Put together by hand: a library would not write most of what a test wants to send.
    """
    whole = {"alg": algorithm, "kid": key.kid, **header}
    text = f"{segment({name: value for name, value in whole.items() if value is not None})}.{segment(claims)}"
    return f"{text}.{segment(JWSRegistry.algorithms[algorithm].sign(text.encode(), key))}"


@dataclass
class Asserting:
    """One client that signs. ``key`` is what it signs with by default."""

    portal: Portal
    key: Key
    algorithm: str = "RS256"
    used: list[str] = field(default_factory=list)

    def claims(self, **more: Any) -> dict[str, Any]:
        """Return right claims with ``more`` instead; one of None is left out."""
        now = self.portal.now()
        usual = {
            "iss": self.portal.client_id,
            "sub": self.portal.client_id,
            "aud": self.portal.issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
        }
        return {name: value for name, value in {**usual, **more}.items() if value is not None}

    def assertion(self, **more: Any) -> str:
        """Return a right assertion, with ``more`` in place of its claims."""
        return signed(self.claims(**more), self.key, self.algorithm)

    def send(self, assertion: str, **form: str | None) -> httpx2.Response:
        """Ask for tokens with an assertion."""
        usual: dict[str, str | None] = {
            "grant_type": "refresh_token",
            "refresh_token": "x",
            "client_assertion_type": TYPE,
            "client_assertion": assertion,
        }
        fields = {name: value for name, value in {**usual, **form}.items() if value is not None}
        return self.portal.http.post(self.portal.metadata["token_endpoint"], data=fields)

    def redeem(self, attempt: Attempt, code: str, assertion: str | None = None) -> httpx2.Response:
        """Present a code with a right assertion, or with this one."""
        return self.send(
            assertion or self.assertion(),
            grant_type="authorization_code",
            refresh_token=None,
            code=code,
            redirect_uri=attempt.redirect_uri,
            code_verifier=attempt.verifier,
        )


def by_key(world: World, *keys: RSAKey | ECKey, algorithm: str = "RS256", **metadata: Any) -> Asserting:
    """Register a client with keys of its own, by value unless ``jwks_uri`` is named; it signs with the first one."""
    mine = keys or (ALGORITHMS[algorithm],)
    if "jwks_uri" not in metadata:
        metadata["jwks"] = {"keys": [public(key) for key in mine]}
    portal = world.portal(token_endpoint_auth_method="private_key_jwt", **metadata)
    return Asserting(portal, mine[0], algorithm)


def by_secret(world: World, **metadata: Any) -> Asserting:
    """Register a client that signs with its secret."""
    portal = world.portal(token_endpoint_auth_method="client_secret_jwt", **metadata)
    return Asserting(portal, OctKey.import_key(portal.secret), "HS256")


def is_authenticated(answer: httpx2.Response) -> bool:
    """Tell whether the client was let in: its grant may still be refused."""
    assert answer.status_code < 500, answer.text
    if answer.status_code == 401:
        assert answer.json()["error"] == "invalid_client"
        assert answer.json()["error_description"].isascii()
        return False
    return answer.status_code == 200 or answer.json()["error"] == "invalid_grant"
