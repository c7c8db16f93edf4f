"""The pages anybody may read: landing, contact, help, terms, personal data, legal notice, accessibility."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from idp.kernel.clock import moment
from idp.kernel.errors import ShownError
from idp.web.shell import Shell

_TYPES = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml", "ico": "image/x-icon"}


def routes(shell: Shell, current_terms: Callable[[], object], security_contact: str) -> list[Route]:
    """Return the public routes."""

    def plain(template: str) -> Callable[..., object]:
        async def page(request: Request) -> Response:
            return await shell.page(request, template, site=shell.issuer.host)

        return page

    def text(stem: str) -> Callable[..., object]:
        async def page(request: Request) -> Response:
            t = shell.pages.t
            ids = sorted(i for i in t.ids() if i.startswith(f"{stem}.text."))
            values = {"organisation": shell.pages.organisation, "address": shell.pages.contact.address}
            paragraphs = [t(message, **values) for message in ids]
            return await shell.page(request, "pages/text.html", title=t(f"{stem}.title"), paragraphs=paragraphs)

        return page

    async def terms(request: Request) -> Response:
        found = await shell.beats.settle(current_terms)
        return await shell.page(request, "pages/terms.html", terms=found)

    async def security(_request: Request) -> Response:
        expires = (moment(shell.clock.now()) + timedelta(days=180)).astimezone(UTC)
        lines = (
            f"Contact: {security_contact}",
            f"Expires: {datetime(expires.year, expires.month, expires.day, tzinfo=UTC).isoformat()}",
            "Preferred-Languages: fr, en",
            f"Canonical: {shell.issuer.link('/.well-known/security.txt')}",
        )
        return PlainTextResponse("\n".join(lines) + "\n")

    async def static(request: Request) -> Response:
        name = request.path_params["name"]
        body = shell.pages.statics.find(request.path_params["version"], name)
        if body is None:
            raise ShownError("error.not_found", 404)
        kind = _TYPES.get(name.rpartition(".")[2], "application/octet-stream")
        return Response(body, headers={"cache-control": "public, max-age=31536000, immutable", "content-type": kind})

    return [
        Route("/", plain("pages/landing.html"), methods=["GET"], name="pages:landing"),
        Route("/contact", plain("pages/contact.html"), methods=["GET"], name="pages:contact"),
        Route("/aide", plain("pages/help.html"), methods=["GET"], name="pages:help"),
        Route("/conditions-generales", terms, methods=["GET"], name="pages:terms_text"),
        Route("/donnees-personnelles", text("privacy"), methods=["GET"], name="pages:privacy"),
        Route("/mentions-legales", text("legal"), methods=["GET"], name="pages:legal"),
        Route("/accessibilite", plain("pages/accessibility.html"), methods=["GET"], name="pages:accessibility"),
        Route("/.well-known/security.txt", security, methods=["GET"], name="pages:security"),
        Route("/static/{version}/{name}", static, methods=["GET"], name="pages:static"),
    ]
