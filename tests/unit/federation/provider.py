"""A small upstream provider on this machine: says what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import anyio
from joserfc import jwe, jws
from joserfc.jwk import ECKey

from idp.federation.franceconnect import FranceConnect, Registration, Returned, nonce_of
from idp.federation.profile import PROFILES, ProfileName
from idp.kernel.clock import SystemClock
from idp.outbound.client import Outbound

STATE, BROWSER, CODE = "5e" * 32, "the-secret-of-a-browser", "a-code"
SIGNING = ECKey.generate_key("P-256", parameters={"kid": "pkcs11:ES256:hsm", "alg": "ES256", "use": "sig"})
OURS = ECKey.generate_key("P-256", parameters={"kid": "ours"})
"""The key that the tokens of FranceConnect+ are encrypted to."""


@dataclass
class Provider:
    """What it says, and what it heard: ``asked`` holds method, path, headers and form of each request."""

    profile: ProfileName
    url: str = ""
    acr: object = "eidas1"
    discovery: bool = True
    asked: list[tuple[str, str, dict[str, str], dict[str, str]]] = field(default_factory=list)

    @property
    def client(self) -> FranceConnect:
        """A client of ours that knows nothing yet."""
        ours = Registration(self.url, "us", "our secret: + &", "ES256", "https://us.example/r", "https://us.example/d")
        keys = {"ours": OURS} if PROFILES[self.profile].encrypted else None
        outbound = Outbound(allow_private=True)
        return FranceConnect(ours, PROFILES[self.profile], outbound, SystemClock(), keys)

    def way_there(self) -> str:
        """Return where a browser is sent."""
        return anyio.run(partial(self.client.authorization_url, STATE, BROWSER))

    def way_back(self) -> Returned:
        """Return who comes back with a code."""
        return anyio.run(partial(self.client.finish, CODE, STATE, BROWSER))

    def answer(self, path: str) -> tuple[int, str, str]:
        """Return status, media type and body for a path."""
        match path:
            case "/.well-known/openid-configuration" if self.discovery:
                return 200, "application/json", json.dumps(self._metadata())
            case "/jwks":
                return 200, "application/json", json.dumps({"keys": [SIGNING.as_dict(private=False)]})
            case "/token":
                tokens = {"access_token": "access", "token_type": "Bearer", "expires_in": 60}
                return 200, "application/json", json.dumps({**tokens, "id_token": self._id_token()})
            case "/userinfo" if PROFILES[self.profile].signed_userinfo:
                return 200, "application/jwt; charset=utf-8", self._sealed({**self._common(), "family_name": "VASSEUR"})
            case "/userinfo":
                return 200, "application/json", json.dumps({"sub": "the-sub", "family_name": "VASSEUR"})
        return 404, "text/html", "<h1>404</h1>"

    def _metadata(self) -> dict[str, str]:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "userinfo_endpoint": "userinfo"}
        return {"issuer": self.url, "jwks_uri": f"{self.url}/jwks", **{n: f"{self.url}/{p}" for n, p in names.items()}}

    def _common(self) -> dict[str, Any]:
        now = int(time.time())
        return {"iss": self.url, "aud": "us", "sub": "the-sub", "iat": now, "exp": now + 60}

    def _id_token(self) -> str:
        level = {} if self.acr is None else {"acr": self.acr}
        return self._sealed({**self._common(), **level, "nonce": nonce_of(STATE, BROWSER)})

    def _sealed(self, claims: dict[str, Any]) -> str:
        header = {"alg": "ES256", "kid": SIGNING.kid}
        token = jws.serialize_compact(header, json.dumps(claims).encode(), SIGNING, algorithms=["ES256"])
        if not PROFILES[self.profile].encrypted:
            return token
        outer = {"alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWT", "kid": "ours"}
        return jwe.encrypt_compact(outer, token, OURS, algorithms=["ECDH-ES", "A256GCM"])


@contextmanager
def provider(profile: ProfileName, **what: Any) -> Iterator[Provider]:
    """Run a provider of a kind."""
    told = Provider(profile, **what)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._heard({})

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            self._heard(dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True)))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
            """Say nothing."""

        def _heard(self, form: dict[str, str]) -> None:
            told.asked.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, form))
            status, media, body = told.answer(self.path)
            self.send_response(status)
            self.send_header("content-type", media)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()
