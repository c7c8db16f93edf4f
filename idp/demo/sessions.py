"""Sessions of the demo portal: a random id in a cookie, everything else in this process's memory.

Starlette's own session middleware signs its cookie but does not hide it: tokens would lie readable in the
browser.
"""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE: Final = "portal_session"
LIFETIME_S: Final = 12 * 3600
MOST_SESSIONS: Final = 1000


@dataclass(slots=True)
class _Entry:
    expires: float
    data: dict[str, Any] = field(default_factory=dict)


class MemorySessions:
    """Puts a plain dictionary under `scope["session"]` and keeps it between requests.

    A page that signs somebody in or out calls `renew(scope)`: the id changes, so that one fixed beforehand is
    worth nothing. The oldest session makes room when there are `MOST_SESSIONS`.
    """

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self._app = app
        self._secure = secure
        self._entries: dict[str, _Entry] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request with its session."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        known = self._known(scope)
        entry = self._entries[known] if known else _Entry(time.monotonic() + LIFETIME_S)
        scope["session"] = entry.data
        scope["session_renewed"] = False

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookie = self._settle(known, entry, scope)
                if cookie is not None:
                    MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        await self._app(scope, receive, send_with_cookie)

    def _known(self, scope: Scope) -> str | None:
        key = HTTPConnection(scope).cookies.get(COOKIE, "")
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.expires < time.monotonic():
            del self._entries[key]
            return None
        return key

    def _settle(self, known: str | None, entry: _Entry, scope: Scope) -> str | None:
        """Keep, move or forget the session; answer the cookie to set, if any."""
        attributes = f"Path=/; HttpOnly; SameSite=Lax{'; Secure' if self._secure else ''}"
        if not entry.data:
            if known is None:
                return None
            self._entries.pop(known, None)
            return f"{COOKIE}=; Max-Age=0; {attributes}"
        if known is not None and not scope["session_renewed"]:
            return None
        if known is not None:
            self._entries.pop(known, None)
        while len(self._entries) >= MOST_SESSIONS:
            del self._entries[next(iter(self._entries))]
        fresh = secrets.token_urlsafe(32)
        self._entries[fresh] = entry
        return f"{COOKIE}={fresh}; {attributes}"


def renew(scope: Scope) -> None:
    """Ask for a new session id with this answer: whoever knew the old one knows nothing."""
    scope["session_renewed"] = True
