"""What a relying party serves and is sent: a web site on the loopback with documents, and a record of what came."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Received:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> list[tuple[str, str]]:
        """The fields of a posted form."""
        return parse_qsl(self.body.decode(), keep_blank_values=True)


@dataclass
class Site:
    """The running site. ``documents`` are served by path, query included or not; anything else is 404."""

    port: int = 0
    documents: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def clear(self) -> None:
        """Serve nothing, remember nothing."""
        self.documents.clear()
        self.received.clear()

    def serve(self, path: str, content: object, kind: str = "application/json") -> str:
        """Serve a document from now on, bytes or text as they are and anything else as JSON; return its address."""
        if not isinstance(content, bytes | str):
            content = json.dumps(content)
        self.documents[path] = (kind, content.encode() if isinstance(content, str) else content)
        return f"{self.url}{path}"

    def of(self, path: str) -> list[Received]:
        """Return what came to a path, oldest first."""
        return [each for each in self.received if each.path.partition("?")[0] == path]


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, site: Site) -> None:
        self.site = site
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        site = cast(_Http, self.server).site
        self.close_connection = True
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        site.received.append(Received(self.command, self.path, headers, body))
        known = site.documents.get(self.path) or site.documents.get(self.path.partition("?")[0])
        kind, content = known or ("text/plain", b"")
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: a test reads ``received``."""


@contextmanager
def running_site() -> Iterator[Site]:
    """Run a site on any free port."""
    site = Site()
    http = _Http(site)
    site.port = http.server_address[1]
    threading.Thread(target=http.serve_forever, args=(0.01,), name="relying-party", daemon=True).start()
    try:
        yield site
    finally:
        http.shutdown()
        http.server_close()
