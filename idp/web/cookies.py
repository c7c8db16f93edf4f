"""Our cookies: host-only, HttpOnly, SameSite=Lax, Path=/; Secure with ``__Host-`` under an https issuer.

``idp_state`` is another kind, and set only where session management is offered: for the script of our iframe in a
portal's page, so neither HttpOnly nor Lax. It is random, and only tells that the session's cookie changed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from idp.kernel.ids import new_id
from idp.web.issuer import Issuer


class CookieName(StrEnum):
    """The cookies of design section 6 that this release sets; ``idp_device`` comes with the known devices."""

    SESSION = "idp_session"
    BROWSER = "idp_browser"
    ENROLLMENT = "idp_enrollment"
    STATE = "idp_state"


class Cookies:
    """Reads and writes our cookies for one issuer; ``tells_state`` sets ``idp_state`` too."""

    def __init__(self, issuer: Issuer, *, tells_state: bool = False) -> None:
        self._secure = issuer.is_https
        self._tells_state = tells_state

    def wire(self, name: CookieName) -> str:
        """Return the name on the wire."""
        return f"__Host-{name}" if self._secure else name.value

    def read(self, request: Request, name: CookieName) -> str | None:
        """Return the value, or None when absent or longer than any of ours."""
        value = request.cookies.get(self.wire(name))
        return value if value and len(value) <= 128 else None

    def write(self, response: Response, name: CookieName, value: str) -> None:
        """Set a cookie that ends with the browser: the server's row decides how long it is worth something."""
        response.set_cookie(self.wire(name), value, path="/", secure=self._secure, httponly=True, samesite="lax")
        if name is CookieName.SESSION and self._tells_state:
            self.write_state(response, new_id())

    def clear(self, response: Response, name: CookieName) -> None:
        """Remove a cookie."""
        response.delete_cookie(self.wire(name), path="/", secure=self._secure, httponly=True, samesite="lax")
        if name is CookieName.SESSION and self._tells_state:
            self.write_state(response, new_id())

    def write_state(self, response: Response, state: str) -> None:
        """Give the browser a new state (OpenID Connect Session Management 3.2)."""
        # A browser takes SameSite=None from secure origins alone.
        site: Literal["none", "lax"] = "none" if self._secure else "lax"
        response.set_cookie(self.wire(CookieName.STATE), state, path="/", secure=self._secure, samesite=site)
