"""How the HTTP server is run, and what its protocol lacks: a bound for what is not a body, and leaving in peace."""

from __future__ import annotations

from typing import Any, Final

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_LIMIT: Final = 64 * 1024
"""Bytes of a request line and headers, of trailers, or around chunks (law 10); what arrived at once is read whole."""


class Http(HttpToolsProtocol):
    """uvicorn's protocol, which keeps headers of any length and writes to connections that it closed itself.

    Bytes after a good request that are no HTTP make it answer 400 and close at once; the application's answer to the
    good request then hit a closed transport and looked like a fault of ours, with a traceback in the log.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._running: RequestResponseCycle | None = None
        self._told_nothing = 0

    def data_received(self, data: bytes) -> None:
        """Parse what came; give up on a client whose headers do not end."""
        self._told_nothing += len(data)
        super().data_received(data)
        if self._told_nothing > HEAD_LIMIT and not self.transport.is_closing():
            self.send_400_response("Invalid HTTP request received.")

    def on_headers_complete(self) -> None:
        """Begin to answer."""
        self._told_nothing = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of a body; how long it may be is for the endpoint to say."""
        self._told_nothing = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Take the end of a body."""
        self._told_nothing = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse and close; who was being answered is not there any more."""
        self._leave()
        super().send_400_response(msg)

    def connection_lost(self, exc: Exception | None) -> None:
        """Answer nobody any more: neither the last request nor one before it on the same connection."""
        self._leave()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _leave(self) -> None:
        if self._running is not None:
            self._running.disconnected = True


UVICORN: Final[dict[str, Any]] = {
    "access_log": False,
    "http": Http,
    "log_config": None,
    "proxy_headers": False,
    "server_header": False,
    "timeout_graceful_shutdown": 15,
    "ws": "none",
}
"""What ``idp serve`` tells uvicorn; the tests' houses too."""
