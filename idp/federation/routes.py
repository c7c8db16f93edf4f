"""The routes of federation. Those of the callback and of the way back from the logout are fixed for ever."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.federation.callback import Callback
from idp.federation.card import LinkCard
from idp.federation.leaving import returning
from idp.federation.needs import FederationNeeds
from idp.federation.starting import Starting
from idp.web.endpoint import screen_route

CALLBACK = "/franceconnect/retour"
RETURNED = "/franceconnect/deconnexion"
"""Registered with the provider, character for character: fixed for ever."""


def routes(needs: FederationNeeds, artwork: bytes | None, jwks: bytes | None) -> list[Route]:
    """Return the pages; ``artwork`` is the official button (SVG), ``jwks`` the keys that tokens are encrypted to."""
    starting = Starting(needs)

    async def returned(request: Request) -> Response:
        """``GET /franceconnect/deconnexion``: the session here is gone already; go on where the state says."""
        onward = returning(needs.shell, request.query_params.get("state", ""))
        return RedirectResponse(onward or needs.shell.url("signin:logout"), 303)

    async def keys(_request: Request) -> Response:
        """``GET /franceconnect/jwks``: what FranceConnect+ encrypts tokens to, asked for at each token (facts 3)."""
        return Response(jwks, media_type="application/jwk-set+json")

    async def button(_request: Request) -> Response:
        """``GET /franceconnect/bouton.svg``: the artwork as the operator supplied it."""
        headers = {"cache-control": "public, max-age=3600", "content-security-policy": "default-src 'none'"}
        return Response(artwork, media_type="image/svg+xml", headers=headers)

    found = [
        screen_route("/franceconnect", "franceconnect:link", LinkCard(needs, starting)),
        Route("/franceconnect/connexion", starting.signin, methods=["POST"], name="franceconnect:signin"),
        Route("/franceconnect/preuve", starting.proof, methods=["POST"], name="franceconnect:proof"),
        Route(CALLBACK, Callback(needs).back, methods=["GET"], name="franceconnect:callback"),
        Route(RETURNED, returned, methods=["GET"], name="franceconnect:returned"),
    ]
    if jwks is not None:
        found.append(Route("/franceconnect/jwks", keys, methods=["GET"], name="franceconnect:jwks"))
    if artwork is not None:
        found.append(Route("/franceconnect/bouton.svg", button, methods=["GET"], name="franceconnect:button"))
    return found
