"""One screen, one object with ``get`` and ``post``: always post-redirect-get, works without script."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


class Screen(Protocol):
    """A page and its form."""

    def get(self, request: Request) -> Awaitable[Response]:
        """Show the page; changes nothing."""
        ...

    def post(self, request: Request) -> Awaitable[Response]:
        """Read the form: 303 when accepted, the same page with 422 when refused."""
        ...


def screen_route(path: str, name: str, screen: Screen) -> Route:
    """Return the route of a screen."""

    async def endpoint(request: Request) -> Response:
        return await (screen.post(request) if request.method == "POST" else screen.get(request))

    return Route(path, endpoint, methods=["GET", "POST"], name=name)
