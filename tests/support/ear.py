"""Where a portal of the tests is told of logouts: a real HTTP server that answers, fails or hangs when told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

HANG = 0
"""An answer that never comes."""


@dataclass
class Ear:
    """What was heard, and what the next ones are answered: a status, or ``HANG``."""

    url: str = ""
    answer: int = 200
    heard: list[str] = field(default_factory=list)
    """Logout tokens, as they came."""
    elsewhere: list[str] = field(default_factory=list)
    """Paths asked that nobody registered."""
    released: threading.Event = field(default_factory=threading.Event)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def hear(self, content_type: str, body: bytes) -> None:
        """Take one request (Back-Channel Logout 2.5)."""
        assert content_type == "application/x-www-form-urlencoded"
        fields = parse_qs(body.decode("ascii"), strict_parsing=True)
        assert list(fields) == ["logout_token"]
        assert len(fields["logout_token"]) == 1
        with self.changed:
            self.heard += fields["logout_token"]
            self.changed.notify_all()

    def wait_for(self, count: int, seconds: float = 10) -> bool:
        """Wait until so many tokens were heard; tell whether they were."""
        with self.changed:
            return self.changed.wait_for(lambda: len(self.heard) >= count, seconds)


@contextmanager
def ear() -> Iterator[Ear]:
    """Open one on any free port."""
    found = Ear()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path != "/backchannel":
                found.elsewhere.append(self.path)
            else:
                found.hear(self.headers["content-type"], body)
            if found.answer == HANG:
                found.released.wait(30)
                return
            self.send_response(found.answer)
            if 300 <= found.answer < 400:
                self.send_header("location", f"{found.url.removesuffix('/backchannel')}/ailleurs")
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815 (the library calls it so)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_port}/backchannel"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.released.set()
        server.shutdown()
        thread.join(5)
        server.server_close()
