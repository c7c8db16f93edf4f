"""What every page of every feature goes through: the form token, the browser's cookie, the red block, the guard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.kernel.clock import Clock
from idp.kernel.errors import ShownError
from idp.kernel.ids import digest, new_secret
from idp.kernel.tickets import Purpose, Tickets
from idp.web.beats import Beats
from idp.web.cookies import CookieName, Cookies
from idp.web.issuer import Issuer
from idp.web.links import origin
from idp.web.pages import Block, Pages
from idp.web.reading import Form, read_form
from idp.web.source import Sources

FORM_LIFE = 12 * 3600
"""Seconds a form may stay open on a kitchen table before its token is refused."""
FAREWELL_SECONDS = 2
"""How long portals have to end their sessions in a browser before it goes on."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The button of an upstream provider: its name, where its pages are, what it says of itself, and the official
    artwork when the operator supplied it (facts 1.15)."""

    name: str
    origin: str
    about: str
    has_artwork: bool


async def _visitor(_request: Request) -> Block:
    return Block()


@dataclass
class Shell:
    """The composition of the toolkit, handed to every feature."""

    issuer: Issuer
    clock: Clock
    pages: Pages
    cookies: Cookies
    tickets: Tickets
    beats: Beats
    sources: Sources
    url: Callable[..., str]
    block_of: Callable[[Request], Awaitable[Block]] = field(default=_visitor)
    """Contributed by ``signin``: who the red block greets."""
    upstream: Offer | None = None
    """Contributed by ``federation``: the way in through another provider."""

    def form_ends(self, *, upstream: bool, portal: str = "") -> str:
        """Return the foreign origins that the forms of a page may end at."""
        there = self.upstream.origin if upstream and self.upstream is not None else ""
        return f"{there} {portal}".strip()

    async def page(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        block: Block | None = None,
        form_action: str = "",
        frames: tuple[str, ...] = (),
        **context: Any,
    ) -> Response:
        """Render a page with its form token; gives the browser its cookie when it has none.

        ``frames`` are pages of portals that it loads unseen.
        """
        browser = self.cookies.read(request, CookieName.BROWSER)
        fresh = browser is None
        browser = browser or new_secret()
        whole = {
            "errors": {},
            "frames": frames,
            "upstream": self.upstream,
            "values": {},
            "block": block if block is not None else await self.block_of(request),
            "form_token": self.tickets.sign(Purpose.FORM, digest(browser)),
            **context,
        }
        origins = " ".join(sorted({origin(frame) for frame in frames}))
        response = self.pages.response(template, whole, status=status, form_action=form_action, frame_src=origins)
        if fresh:
            self.cookies.write(response, CookieName.BROWSER, browser)
        return response

    async def form(self, request: Request) -> Form:
        """Read a form of ours and check that it comes from a page of ours, in this browser (CSRF).

        Raises ``ShownError`` 403 for a foreign origin or a missing cookie, 400 for a bad or old form token.
        """
        self._same_origin(request)
        form = await read_form(request)
        browser = self.cookies.read(request, CookieName.BROWSER)
        if browser is None:
            raise ShownError("error.cookies", 403)
        if self.tickets.read(Purpose.FORM, form.get("form_token"), FORM_LIFE) != digest(browser):
            raise ShownError("error.form_expired", 400)
        return form

    async def leave(self, request: Request, address: str, onward: str) -> Response:
        """Send a signed-out browser on to sign out upstream, by a page of our own: the form that brought it here may
        be a portal's, whose policy (``form-action``) knows no other site than ours. ``onward`` is where that would
        lead, for when nobody answers upstream."""
        response = await self.page(request, "federation/leaving.html", block=Block(), leave=address, onward=onward)
        response.headers["refresh"] = f"0;url={address}"
        return response

    async def farewell(self, request: Request, frames: tuple[str, ...], onward: str) -> Response:
        """Have portals end their own sessions in a signed-out browser, by pages of theirs, and send it ``onward`` a
        moment later, whatever became of them (OpenID Connect Front-Channel Logout 2)."""
        response = await self.page(request, "signin/farewell.html", block=Block(), frames=frames, onward=onward)
        response.headers["refresh"] = f"{FAREWELL_SECONDS};url={onward}"
        return response

    def browser(self, request: Request) -> str | None:
        """Return the digest that names this browser in the store, or None before its first page."""
        value = self.cookies.read(request, CookieName.BROWSER)
        return None if value is None else digest(value)

    def goto(self, name: str, **params: str) -> Response:
        """Redirect (303) to one of our routes."""
        return RedirectResponse(self.url(name, **params), 303)

    def _same_origin(self, request: Request) -> None:
        origin = request.headers.get("origin")
        site = request.headers.get("sec-fetch-site")
        if site == "same-origin" or origin == self.issuer.url:
            return
        if origin is not None or site not in (None, "none"):
            raise ShownError("error.forbidden", 403)
