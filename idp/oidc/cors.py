"""What a script on a portal's own site may call (the Fetch standard's CORS protocol): without credentials, or never.

``*`` is safe because no endpoint of the list looks at a cookie: a token, a code or a client's secret must be in the
request itself. Authorize, logout and the pages are for the address bar alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send


class CrossOrigin:
    """Starlette's CORS, on a few paths only; every other request passes by it untouched."""

    def __init__(self, app: ASGIApp, paths: Iterable[str]) -> None:
        self._app = app
        self._paths = frozenset(paths)
        self._opened = CORSMiddleware(
            app,
            allow_origins=["*"],
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization"],
            expose_headers=["WWW-Authenticate"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        is_open = scope["type"] == "http" and scope["path"] in self._paths
        await (self._opened if is_open else self._app)(scope, receive, send)
