"""The routes of the provider; the package docstring draws them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.oidc.audience import USERINFO
from idp.oidc.authorizing import Authorizing
from idp.oidc.endpoints.authorize import Authorize
from idp.oidc.endpoints.consent import Consenting
from idp.oidc.endpoints.device import DeviceAuthorization, DevicePage
from idp.oidc.endpoints.discovery import discovery
from idp.oidc.endpoints.introspect import Introspect
from idp.oidc.endpoints.jwks import Jwks
from idp.oidc.endpoints.logo import ClientLogo
from idp.oidc.endpoints.logout import Logout
from idp.oidc.endpoints.par import Par
from idp.oidc.endpoints.register import Register
from idp.oidc.endpoints.revoke import Revoke
from idp.oidc.endpoints.session import CheckSession
from idp.oidc.endpoints.token import Token
from idp.oidc.endpoints.userinfo import UserInfo
from idp.oidc.logos import PATH as LOGOS
from idp.oidc.needs import OidcNeeds
from idp.web.endpoint import screen_route

PATHS = {
    "oidc:authorize": "/oidc/authorize",
    "oidc:token": "/oidc/token",
    "oidc:userinfo": USERINFO,
    "oidc:introspect": "/oidc/introspect",
    "oidc:revoke": "/oidc/revoke",
    "oidc:jwks": "/oidc/jwks",
    "oidc:logout": "/oidc/logout",
    "oidc:par": "/oidc/par",
    "oidc:device": "/oidc/device",
    "oidc:session": "/oidc/session",
    "oidc:register": "/oidc/register",
}
"""The endpoints of the discovery document, which is made before the routes are in the application."""

CROSS_ORIGIN = ("oidc:discovery", "oidc:oauth_metadata", "oidc:jwks", "oidc:token", "oidc:userinfo", "oidc:revoke")
"""What a client in a page of another site calls (``cors``)."""


def routes(needs: OidcNeeds) -> list[Route]:
    """Return every route of the provider."""
    authorizing = Authorizing(needs.policy, needs.keys, needs.issuer, needs.offered)
    authorize = Authorize(needs, authorizing)
    registers = needs.registration != "off"
    metadata = discovery(
        needs.shell.issuer, PATHS.__getitem__, needs.upstream.levels, needs.offered, registers=registers
    )
    iframe = needs.offered.session_management
    return [
        _route("oidc:authorize", authorize.ask, "GET", "POST"),
        _route("oidc:resume", authorize.go_on, "GET", "POST", path="/oidc/authorize/{request}"),
        screen_route("/autorisation", "oidc:consent", Consenting(needs, authorizing)),
        _route("oidc:device", DeviceAuthorization(needs).begin, "POST"),
        screen_route("/appareil", "oidc:device_page", DevicePage(needs, authorizing)),
        _route("oidc:par", Par(needs).push, "POST"),
        _route("oidc:token", Token(needs).exchange, "POST"),
        _route("oidc:userinfo", UserInfo(needs).tell, "GET", "POST"),
        _route("oidc:introspect", Introspect(needs).tell, "POST"),
        _route("oidc:revoke", Revoke(needs).end, "POST"),
        _route("oidc:jwks", Jwks(needs).show, "GET"),
        _route("oidc:logout", Logout(needs).end, "GET", "POST"),
        _route("oidc:logo", ClientLogo(needs).show, "GET", path=f"{LOGOS}/{{client_id:path}}"),
        *(_registration(needs) if registers else []),
        *([_route("oidc:session", CheckSession(needs.shell.cookies).show, "GET")] if iframe else []),
        Route("/.well-known/openid-configuration", metadata.show, methods=["GET"], name="oidc:discovery"),
        Route("/.well-known/oauth-authorization-server", metadata.show, methods=["GET"], name="oidc:oauth_metadata"),
    ]


def _registration(needs: OidcNeeds) -> list[Route]:
    register = Register(needs)
    below = f"{PATHS['oidc:register']}/{{client_id}}"
    return [
        _route("oidc:register", register.register, "POST"),
        _route("oidc:registration", register.manage, "GET", "PUT", "DELETE", path=below),
    ]


def _route(
    name: str, endpoint: Callable[[Request], Awaitable[Response]], *methods: str, path: str | None = None
) -> Route:
    """Return a route without the HEAD that comes with every GET: here a GET may do something (law 7)."""
    route = Route(path or PATHS[name], endpoint, methods=list(methods), name=name)
    route.methods = set(methods)
    return route
