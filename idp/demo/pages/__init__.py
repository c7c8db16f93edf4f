"""The demo's own pages: templates and stylesheets beside this file, and how they are answered."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HERE: Final = Path(__file__).parent


class Pages:
    """Renders the templates of one of the demo's sites."""

    def __init__(self, site: str, name: str) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_HERE),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(site=site, site_name=name)

    def show(self, template: str, status: int = 200, **context: Any) -> Response:
        """The rendered page as an answer that nobody keeps."""
        body = self._environment.get_template(template).render(context)
        return HTMLResponse(body, status, {"Cache-Control": "no-store"})


class Headers:
    """Adds the safety headers of a site; `policy` is what its content policy permits beyond nothing."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": f"default-src 'none'; frame-ancestors 'none'; {policy}",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, headers added."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def stylesheet(name: str) -> Callable[[Request], Response]:
    """An endpoint that answers one stylesheet of this folder."""
    body = (_HERE / name).read_bytes()

    def answer(request: Request) -> Response:
        del request
        return Response(body, media_type="text/css", headers={"Cache-Control": "no-cache"})

    return answer


def same_site(request: Request, base_url: str) -> bool:
    """Whether a form was sent by our own page: the second lock behind the SameSite cookie."""
    origin = request.headers.get("origin")
    return origin in (None, base_url)
