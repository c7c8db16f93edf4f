"""A client's own site on the loopback: its ``jwks_uri`` and its request objects, as a test tells it to answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc.jwk import ECKey, RSAKey

Key = RSAKey | ECKey
LONGEST_HANG = 20


@dataclass
class Site:
    """What it answers to whatever is asked, and which paths were asked."""

    url: str = ""
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    stuck: bool = False
    let_go: threading.Event = field(default_factory=threading.Event)

    @property
    def jwks_uri(self) -> str:
        return f"{self.url}/jwks"

    def publish(self, *keys: Key) -> None:
        """Answer with these keys, public members only."""
        self.say(json.dumps({"keys": [public(key) for key in keys]}).encode())

    def say(self, body: bytes, status: int = 200, **headers: str) -> None:
        """Answer with this."""
        self.body, self.status, self.headers, self.stuck = body, status, headers, False

    def hang(self) -> None:
        """Take every connection and answer nothing."""
        self.stuck = True


def public(key: Key) -> dict[str, Any]:
    """Return the public JWK of a key."""
    return dict(key.as_dict(private=False))


@contextmanager
def client_site() -> Iterator[Site]:
    """Run a site on any free port."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            if site.stuck:
                site.let_go.wait(LONGEST_HANG)
                return
            self.send_response(site.status)
            for name, value in {"content-type": "application/json", **site.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(site.body)))
            self.end_headers()
            try:
                self.wfile.write(site.body)
            except OSError:
                return  # who asked had enough

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the library's name)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
