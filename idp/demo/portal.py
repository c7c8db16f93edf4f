"""The demo portal « Terres et Projets »: an ordinary relying party of the provider.

Its pages:

    GET  /            home, « Se connecter avec ma caisse »
    GET  /login       off to the provider; also `?iss=` (third-party initiated, OpenID Connect Core 4)
    GET  /callback    back from the provider
    GET  /compte      the claims received, once signed in
    POST /refresh     new tokens for the refresh token
    POST /logout      ends the session here, then at the provider
    GET  /signed-out  back from there
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx2
import uvicorn
from authlib.integrations.starlette_client import OAuthError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.demo.pages import Headers, Pages, same_site, stylesheet
from idp.demo.relying import SCOPE, Refused, Registration, RelyingParty, Unreachable
from idp.demo.sessions import MemorySessions, renew

NAME: Final = "Terres et Projets"
CLIENT_ID: Final = "demo-portal"
_INSTANTS: Final = ("exp", "iat", "nbf", "auth_time", "updated_at")


def client_metadata(base_url: str) -> dict[str, Any]:
    """What the portal registers with: RFC 7591 members and the operator's tile, without the secret."""
    return {
        "client_id": CLIENT_ID,
        "client_name": NAME,
        "client_uri": base_url,
        "redirect_uris": [f"{base_url}/callback"],
        "post_logout_redirect_uris": [f"{base_url}/signed-out"],
        "initiate_login_uri": f"{base_url}/login",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "scope": SCOPE,
        "idp_tile": {"title": NAME, "text": "Vos projets d’exploitation et vos aides.", "order": 1},
    }


class Portal:
    """The portal's pages over one `RelyingParty`."""

    def __init__(self, party: RelyingParty) -> None:
        self._party = party
        self._pages = Pages("portal", NAME)

    async def home(self, request: Request) -> Response:
        """The public page, with the one button."""
        return self._pages.show("portal/home.html", signed_in="tokens" in request.session)

    async def login(self, request: Request) -> Response:
        """Start a sign-in. A third party may ask for it, for our provider only."""
        issuer = self._party.registration.issuer
        if request.query_params.get("iss", issuer) != issuer:
            return self._trouble("Cette demande vient d’une caisse que ce portail ne connaît pas.", 400)
        try:
            return await self._party.redirect_to_sign_in(request)
        except Unreachable:
            return self._unreachable()
        except Refused as refused:
            return self._trouble("La caisse a répondu d’une façon inattendue.", 502, str(refused))

    async def callback(self, request: Request) -> Response:
        """Finish a sign-in: everything checked, then a session of our own under a new id."""
        try:
            tokens = await self._party.finish_sign_in(request)
        except Unreachable:
            return self._unreachable()
        except Refused as refused:
            return self._trouble("La réponse de la caisse n’a pas pu être vérifiée.", 400, str(refused))
        except OAuthError as error:
            return self._trouble("La connexion n’a pas abouti.", 400, str(error.error))
        request.session["tokens"] = tokens
        renew(request.scope)
        return RedirectResponse("/compte", 303)

    async def account(self, request: Request) -> Response:
        """What the portal now knows of the visitor."""
        tokens = request.session.get("tokens")
        if tokens is None:
            return RedirectResponse("/", 303)
        return self._pages.show(
            "portal/account.html",
            name=_name({**tokens["claims"], **tokens["userinfo"]}),
            id_token=_rows(tokens["claims"]),
            userinfo=_rows(tokens["userinfo"]),
            scope=tokens.get("scope", SCOPE),
            expires=_instant(tokens["expires_at"]) if "expires_at" in tokens else None,
            can_refresh="refresh_token" in tokens,
            refreshed=request.session.pop("refreshed", False),
        )

    async def refresh(self, request: Request) -> Response:
        """Ask for new tokens; when the provider refuses, the session here is over too."""
        tokens = request.session.get("tokens")
        if not same_site(request, self._party.registration.base_url) or tokens is None:
            return RedirectResponse("/", 303)
        if "refresh_token" not in tokens:
            return RedirectResponse("/compte", 303)
        try:
            request.session["tokens"] = await self._party.refresh(tokens)
        except Unreachable:
            return self._unreachable()
        except (Refused, OAuthError):
            request.session.clear()
            return self._trouble("Votre connexion a pris fin. Connectez-vous de nouveau.", 401)
        request.session["refreshed"] = True
        return RedirectResponse("/compte", 303)

    async def logout(self, request: Request) -> Response:
        """End the session here whatever happens, then ask the provider to end its own."""
        if not same_site(request, self._party.registration.base_url):
            return RedirectResponse("/", 303)
        tokens = request.session.get("tokens")
        request.session.clear()
        renew(request.scope)
        if tokens is None:
            return RedirectResponse("/signed-out", 303)
        try:
            response = await self._party.redirect_to_sign_out(request, tokens["id_token"])
        except (Unreachable, Refused, RuntimeError):
            # RuntimeError: the library's word for a provider without an end-of-session address.
            return RedirectResponse("/signed-out", 303)
        response.status_code = 303
        return response

    async def signed_out(self, request: Request) -> Response:
        """The last page of a visit."""
        return self._pages.show(
            "portal/signed_out.html", everywhere=await self._party.signed_out_there(request)
        )

    def _unreachable(self) -> Response:
        return self._trouble("La caisse ne répond pas pour le moment. Réessayez dans quelques minutes.", 503)

    def _trouble(self, text: str, status: int, detail: str = "") -> Response:
        return self._pages.show("portal/trouble.html", status, text=text, detail=detail)


def build(registration: Registration, transport: httpx2.AsyncBaseTransport | None = None) -> Starlette:
    """The portal as an application; `transport` stands for the network in tests."""
    portal = Portal(RelyingParty(registration, transport))
    secure = registration.base_url.startswith("https://")
    return Starlette(
        routes=[
            Route("/", portal.home),
            Route("/login", portal.login),
            Route("/callback", portal.callback),
            Route("/compte", portal.account),
            Route("/refresh", portal.refresh, methods=["POST"]),
            Route("/logout", portal.logout, methods=["POST"]),
            Route("/signed-out", portal.signed_out),
            Route("/portal.css", stylesheet("portal.css")),
        ],
        middleware=[
            # A form's redirect leads to the provider, so its address must be a permitted target too.
            Middleware(
                Headers, policy=f"style-src 'self'; img-src data:; form-action 'self' {registration.issuer}"
            ),
            Middleware(MemorySessions, secure=secure),
        ],
    )


def serve(port: int, issuer: str, config_file: Path) -> None:
    """Run the portal on `http://localhost:port` until told to stop.

    `config_file` is the JSON that registered it, with `client_id` and `client_secret`. Raises `OSError`,
    `ValueError` or `KeyError` when it cannot be read or lacks one of them.
    """
    config: Mapping[str, Any] = json.loads(config_file.read_text(encoding="utf-8"))
    app = build(
        Registration(issuer, config["client_id"], config["client_secret"], f"http://localhost:{port}")
    )
    # The access log would hold codes: addresses of the callback are never written.
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


def _rows(claims: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, _readable(name, value)) for name, value in sorted(claims.items())]


def _readable(name: str, value: Any) -> str:
    if name in _INSTANTS and isinstance(value, int):
        return f"{value} ({_instant(value)})"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%d/%m/%Y à %H:%M:%S")


def _name(claims: Mapping[str, Any]) -> str:
    parts = (claims.get("given_name"), claims.get("family_name"))
    return str(claims.get("name") or " ".join(str(part) for part in parts if part))
