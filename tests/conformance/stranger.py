"""Somebody who registers a portal over the network and manages it (RFC 7591, RFC 7592), and what they may say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx2

from idp.oidc.clients import Client
from tests.conformance.world import World
from tests.support.http import client
from tests.support.portal import JsonObject, Portal

BACK = "http://127.0.0.1:9/retour"
DOCUMENT: JsonObject = {"client_name": "Voisin", "redirect_uris": [BACK]}


@dataclass
class Registered:
    """A registration as it was told."""

    told: JsonObject
    place: str
    token: str

    @property
    def id(self) -> str:
        return str(self.told["client_id"])


class Stranger:
    """One of them, at one provider."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.http = client()
        self.place = f"{world.url}/oidc/register"
        self._portals: list[Portal] = []

    def close(self) -> None:
        self.http.close()
        for portal in self._portals:
            portal.close()

    def ask(self, document: object, token: str | None = None) -> httpx2.Response:
        """Ask to be registered with a document."""
        return self.http.post(self.place, json=document, headers=bearer(token))

    def send(self, body: bytes, kind: str = "application/json", method: str = "POST", to: str = "") -> httpx2.Response:
        """Send these very bytes."""
        return self.http.request(method, to or self.place, content=body, headers={"content-type": kind})

    def register(self, token: str | None = None, **more: Any) -> Registered:
        """Be registered."""
        answer = self.ask({**DOCUMENT, **more}, token)
        assert answer.status_code == 201, answer.text
        told = answer.json()
        return Registered(told, told["registration_client_uri"], told["registration_access_token"])

    def refused(self, error: str = "invalid_client_metadata", **more: Any) -> str:
        """Be refused; return the sentence that says why."""
        answer = self.ask({**DOCUMENT, **more})
        assert (answer.status_code, answer.json()["error"]) == (400, error), f"{answer.status_code} {answer.text}"
        return str(answer.json()["error_description"])

    def read(self, mine: Registered, token: str | None = None) -> httpx2.Response:
        """Read a registration, with its token or another."""
        return self.http.get(mine.place, headers=bearer(token or mine.token))

    def replace(self, mine: Registered, token: str | None = None, **document: Any) -> httpx2.Response:
        """Replace a registration by a whole document."""
        whole = {"client_id": mine.id, **DOCUMENT, **document}
        sent = {name: value for name, value in whole.items() if value is not ...}
        return self.http.put(mine.place, json=sent, headers=bearer(token or mine.token))

    def remove(self, mine: Registered, token: str | None = None) -> httpx2.Response:
        """Remove a registration."""
        return self.http.delete(mine.place, headers=bearer(token or mine.token))

    def portal(self, mine: Registered) -> Portal:
        """Be the registered portal."""
        portal = Portal(
            self.world.url,
            mine.id,
            mine.told.get("client_secret", ""),
            self.world.seconds,
            redirect_uri=mine.told["redirect_uris"][0],
            method=mine.told["token_endpoint_auth_method"],
        )
        self._portals.append(portal)
        return portal

    def kept(self, client_id: str) -> Client | None:
        """Look at what the provider keeps, behind its back."""
        with self.world.running.house.begin(write=False) as unit:
            found: Client | None = unit.clients.get(client_id)
            return found


def bearer(token: str | None) -> dict[bytes, bytes]:
    return {} if token is None else {b"authorization": f"Bearer {token}".encode()}


def nested(levels: int) -> bytes:
    """Return a document with lists within lists."""
    return json.dumps(DOCUMENT).encode()[:-1] + b', "contacts": ' + b"[" * levels + b"]" * levels + b"}"
