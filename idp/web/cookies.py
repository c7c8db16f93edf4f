"""Our cookies: host-only, HttpOnly, SameSite=Lax, Path=/; Secure with ``__Host-`` under an https issuer."""

from __future__ import annotations

from enum import StrEnum

from starlette.requests import Request
from starlette.responses import Response

from idp.web.issuer import Issuer


class CookieName(StrEnum):
    """The cookies of design section 6 that this release sets; ``idp_device`` comes with the known devices."""

    SESSION = "idp_session"
    BROWSER = "idp_browser"
    ENROLLMENT = "idp_enrollment"


class Cookies:
    """Reads and writes our cookies for one issuer."""

    def __init__(self, issuer: Issuer) -> None:
        self._secure = issuer.is_https

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

    def clear(self, response: Response, name: CookieName) -> None:
        """Remove a cookie."""
        response.delete_cookie(self.wire(name), path="/", secure=self._secure, httponly=True, samesite="lax")
