"""Relying parties that register themselves (OpenID Connect Dynamic Registration 3, RFC 7591, RFC 7592)."""

from __future__ import annotations

from typing import Any

import httpx2
from joserfc.jwk import RSAKey

from tests.conformance.plans.parties import AFTER_LOGOUT, CALLBACK, Client, User
from tests.conformance.plans.site import Site
from tests.conformance.plans.suite import Suite
from tests.conformance.plans.variant import Variant
from tests.conformance.world import World
from tests.support.portal import JsonObject, Portal


def key_set(*keys: RSAKey) -> JsonObject:
    """Return the public JWK set of these keys."""
    return {"keys": [key.as_dict(private=False, kid=key.kid, use="sig", alg="RS256") for key in keys]}


class DynamicSuite(Suite):
    """A run whose clients register at the provider, with ``private_key_jwt`` unless told otherwise, and are deleted at
    the end."""

    registers = True

    def __init__(
        self, world: World, variant: Variant, user: User, site: Site, key: RSAKey, **registration: Any
    ) -> None:
        super().__init__(world, variant, user, site, **registration)
        self.key = key
        self.registered: list[Client] = []

    def register(self, **more: Any) -> Client:
        """Register a client as the suite does: it names neither scope nor anything of the operator's."""
        audience = more.pop("audience", "")
        asked = {**self._asked(), **more}
        response = self.ask_registration(asked)
        told = self.check_registration(response, asked)
        portal = Portal(
            self.issuer,
            told["client_id"],
            told.get("client_secret", ""),
            self.world.seconds,
            redirect_uri=asked["redirect_uris"][0],
            method=asked["token_endpoint_auth_method"],
        )
        client = Client(portal, told, self.key if portal.method == "private_key_jwt" else None, audience)
        self.registered.append(client)
        return client

    def refused(self, *errors: str, **more: Any) -> None:
        """A registration that must be refused (Registration 3.3)."""
        response = self.ask_registration({**self._asked(), **more})
        assert response.status_code == 400, f"{response.status_code} {response.text}"
        assert response.headers["content-type"].startswith("application/json")
        assert response.json()["error"] in errors, response.text

    def ask_registration(self, metadata: JsonObject) -> httpx2.Response:
        """Ask to be registered."""
        http = self.browser.client
        found = http.get(f"{self.issuer}/.well-known/openid-configuration").json()
        assert "registration_endpoint" in found, "discovery names where to register"
        return http.post(found["registration_endpoint"], json=metadata)

    def check_registration(self, response: httpx2.Response, asked: JsonObject) -> JsonObject:
        """Return what the provider registered (Registration 3.2)."""
        assert response.status_code == 201, f"{response.status_code} {response.text}"
        assert response.headers["content-type"].partition(";")[0] == "application/json"
        assert "no-store" in response.headers["cache-control"], "RFC 7591 3.2.1"
        told: JsonObject = response.json()
        assert told["client_id"]
        needs_secret = asked["token_endpoint_auth_method"].startswith("client_secret")
        assert needs_secret <= ("client_secret" in told) <= ("client_secret_expires_at" in told)
        assert ("registration_client_uri" in told) == ("registration_access_token" in told)
        for name in ("redirect_uris", "token_endpoint_auth_method", "response_types", "grant_types"):
            assert sorted(map(sorted, told[name])) == sorted(map(sorted, asked[name])), f"{name} is what was asked"
        return told

    def read(self, client: Client) -> JsonObject:
        """Return what the provider knows of a client (RFC 7592 2.1)."""
        response = client.portal.http.get(client.registration["registration_client_uri"], headers=self._bearer(client))
        assert response.status_code == 200, f"{response.status_code} {response.text}"
        told: JsonObject = response.json()
        assert told["client_id"] == client.id
        return told

    def unregister(self) -> None:
        """Delete every client of this run (RFC 7592 2.3)."""
        for client in self.registered:
            if "registration_client_uri" in client.registration:
                uri = client.registration["registration_client_uri"]
                response = client.portal.http.delete(uri, headers=self._bearer(client))
                if response.status_code != 204:
                    self.warn("a client cannot delete itself")
            client.portal.close()

    def _bearer(self, client: Client) -> dict[str, str]:
        return {"authorization": f"Bearer {client.registration['registration_access_token']}"}

    def _asked(self) -> JsonObject:
        grants = ["authorization_code", "refresh_token"] if self.variant.gives_code else []
        return {
            "client_name": "Suite de conformité",
            "redirect_uris": [CALLBACK],
            "post_logout_redirect_uris": [AFTER_LOGOUT],
            "response_types": [self.variant.response_type],
            "grant_types": grants if self.variant.response_type == "code" else [*grants, "implicit"],
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": key_set(self.key),
            "contacts": ["certification@portail.example"],
            **self._registration,
        }
