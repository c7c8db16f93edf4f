"""The page that portals' pages hold and ask whether the session changed (OpenID Connect Session Management 3.3)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from idp.oidc.responses import script_source
from idp.oidc.session_state import script
from idp.web.cookies import CookieName, Cookies


class CheckSession:
    """``/oidc/session``: the same for everybody. It may stand in anybody's page, runs its one script, loads nothing."""

    def __init__(self, cookies: Cookies) -> None:
        text = script(cookies.wire(CookieName.STATE))
        head = '<!doctype html><html lang="fr"><meta charset="utf-8"><title>Session</title>'
        self._page = f"{head}<script>{text}</script>"
        self._policy = f"default-src 'none'; script-src {script_source(text)}; base-uri 'none'; frame-ancestors *"

    async def show(self, _request: Request) -> Response:
        """Answer with the page."""
        headers = {"content-security-policy": self._policy}
        return Response(self._page, media_type="text/html; charset=utf-8", headers=headers)
