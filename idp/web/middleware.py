"""Around every request: a correlation id, one log line without any query string, security headers, and no bare 500."""

from __future__ import annotations

import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from idp.kernel.ids import new_id
from idp.kernel.log import correlated, get_logger

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}

FRAMED = "frame-ancestors *"
"""What the policy of the one page says that stands in other sites' pages (``oidc.endpoints.session``)."""


class Envelope:
    """Pure ASGI. The page of an unforeseen fault is the application's own; its traceback goes to the log, here."""

    def __init__(self, app: ASGIApp, *, hsts: bool) -> None:
        self._app = app
        self._hsts = hsts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        reference = new_id()[:8].upper().replace("-", "X").replace("_", "Y")
        scope.setdefault("state", {})["reference"] = reference
        began = time.perf_counter()
        status = 0
        answered = False

        async def send_wrapped(message: Message) -> None:
            nonlocal status, answered
            answered = message["type"] == "http.response.body" and not message.get("more_body", False)
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                made_to_be_framed = FRAMED in headers.get("content-security-policy", "")
                for name, value in HEADERS.items():
                    if not (made_to_be_framed and name == "x-frame-options"):
                        headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
                if self._hsts:
                    headers.setdefault("strict-transport-security", "max-age=31536000")
            await send(message)

        with correlated(reference):
            try:
                await self._app(scope, receive, send_wrapped)
            except Exception:
                # The last stop: whatever was not foreseen is logged whole. The member has the page of ``ErrorPages``
                # already; an answer cut in two is for the server to abort.
                get_logger().exception("fault")
                if not answered:
                    raise
            finally:
                get_logger().info(
                    "request",
                    method=scope["method"],
                    route=_route(scope),
                    status=status,
                    ms=round((time.perf_counter() - began) * 1000, 1),
                )


def _route(scope: Scope) -> str:
    """Return the route's name: a path could hold what somebody typed into the address bar."""
    route = scope.get("route")
    return str(getattr(route, "name", None) or "unmatched")
