"""Errors become pages: clear, with a reference that leads to the log, and a way home."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from idp.kernel.errors import ShownError
from idp.kernel.log import get_logger
from idp.web.pages import Block
from idp.web.shell import Shell

_PAGES = {404: "error.not_found", 405: "error.not_found", 400: "error.form_expired", 403: "error.forbidden"}

_DETAILS = {"error.portal": "error.portal.detail", "error.portal_unknown": "error.portal_unknown.detail"}
"""What the developer of a portal needs to read there; a member may read it to them."""


class ErrorPages:
    """Handlers for Starlette's exception middleware and for the envelope."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    async def shown(self, request: Request, error: Exception) -> Response:
        """Show a ``ShownError``."""
        if not isinstance(error, ShownError):
            raise error
        get_logger().info("shown", error=error.message, status=error.status)
        response = await self._page(request, error.message, error.status, error.params)
        if error.retry_after is not None:
            response.headers["retry-after"] = str(error.retry_after)
        return response

    async def http(self, request: Request, error: Exception) -> Response:
        """Show what Starlette refused: unknown address, method not allowed."""
        if not isinstance(error, HTTPException):
            raise error
        response = await self._page(request, _PAGES.get(error.status_code, "error.not_found"), error.status_code, {})
        for name, value in (error.headers or {}).items():
            response.headers[name] = value
        return response

    async def fault(self, request: Request, _error: Exception) -> Response:
        """Show a fault of ours."""
        return await self._page(request, "error.server", 500, {})

    async def _page(self, request: Request, message: str, status: int, params: dict[str, str]) -> Response:
        t = self._shell.pages.t
        return await self._shell.page(
            request,
            "pages/error.html",
            status=status,
            block=Block(),
            title_text=t(f"{message}.title", **params),
            text=t(f"{message}.text", **params),
            detail=t(_DETAILS[message]) if message in _DETAILS else None,
            reference=request.scope.get("state", {}).get("reference"),
        )
