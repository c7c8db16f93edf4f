"""The mock as a server: its addresses, and the process that listens."""

import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.demo.franceconnect import answers, interaction, logout
from idp.demo.franceconnect.asked import Asked, TooLong, read
from idp.demo.franceconnect.authorize import authorize
from idp.demo.franceconnect.clients import BUILT_IN_ID, load_clients
from idp.demo.franceconnect.control import control_routes
from idp.demo.franceconnect.discovery import discovery, jwks
from idp.demo.franceconnect.level import LEVELS
from idp.demo.franceconnect.revocation import revocation
from idp.demo.franceconnect.spoiling import spoil
from idp.demo.franceconnect.state import Mock
from idp.demo.franceconnect.token import token
from idp.demo.franceconnect.userinfo import userinfo
from idp.demo.franceconnect.wire import OpenProtocol
from idp.demo.pages import Headers, stylesheet

Endpoint = Callable[[Mock, Asked], Awaitable[Response]]

BASE: Final = "/api/v2"
PUBLIC_SITE: Final = "https://franceconnect.gouv.fr"


def build(mock: Mock) -> Starlette:
    """The mock as an application."""

    def at(path: str, endpoint: Endpoint, name: str, *methods: str) -> Route:
        async def answer(request: Request) -> Response:
            try:
                asked = await read(request, name)
            except TooLong:
                return Response(status_code=413)
            mock.log.append(asked)
            true = await endpoint(mock, asked)
            fault = mock.faults.take(name)
            return true if fault is None else spoil(mock, true, fault)

        return Route(BASE + path, answer, methods=list(methods or ("GET",)))

    async def elsewhere(request: Request, error: Exception) -> Response:
        """What is not routed does not exist, whatever the method; the log still shows who came."""
        del error
        try:
            mock.log.append(await read(request, "elsewhere"))
        except TooLong:
            return Response(status_code=413)
        return answers.trouble(answers.NOT_FOUND, status=404)

    return Starlette(
        routes=[
            at("/.well-known/openid-configuration", discovery, "discovery"),
            at("/jwks", jwks, "jwks"),
            at("/authorize", authorize, "authorize", "GET", "POST"),
            at("/interaction/{uid}", interaction.show, "interaction"),
            at("/interaction/{uid}/citizen", interaction.choose, "interaction", "POST"),
            at("/interaction/{uid}/confirm", interaction.confirm, "interaction", "POST"),
            at("/interaction/{uid}/abort", interaction.abort, "interaction"),
            at("/interaction/{uid}/return", interaction.give_up, "interaction"),
            at("/token", token, "token", "POST"),
            at("/token/revocation", revocation, "revocation", "POST"),
            at("/userinfo", userinfo, "userinfo"),
            at("/session/end", logout.logout, "logout"),
            at("/session/end/confirm", logout.confirm, "departure", "POST"),
            at("/session/end/success", logout.success, "departure"),
            Route(BASE, _public_site),
            Route("/", _home(mock)),
            Route("/erreurs", _help),
            Route("/franceconnect.css", stylesheet("franceconnect.css")),
            Route("/franceconnect.js", _script),
            *(control_routes(mock) if mock.control else ()),
        ],
        exception_handlers={404: elsewhere, 405: elsewhere},
        middleware=[Middleware(Headers, policy="style-src 'self'; script-src 'self'; img-src data:")],
    )


def serve(port: int, level: str, clients_file: Path, control: bool, seed: int | None) -> None:
    """Run the mock on `http://localhost:port` until told to stop; port 0 takes a free one.

    The first line printed is the issuer, once connections are taken. Raises `OSError` when the port is taken and
    `ValueError` when the clients' file is no such file.
    """
    sockets = _listen(port)
    issuer = f"http://localhost:{sockets[0].getsockname()[1]}{BASE}"
    clients = load_clients(clients_file, LEVELS[level])
    mock = Mock(issuer, LEVELS[level], clients, seed, control)
    lines = [f"FranceConnect de démonstration : {issuer}"]
    if BUILT_IN_ID in clients:
        client = clients[BUILT_IN_ID]
        lines += [
            f"client_id     {client.client_id}",
            f"client_secret {client.client_secret}",
            "Retour permis vers toute adresse http://localhost:*.",
        ]
    print("\n".join(lines), flush=True)  # noqa: T201  # the developer who runs it alone needs them
    config = uvicorn.Config(
        build(mock), http=OpenProtocol, ws="none", lifespan="off", log_level="error", access_log=False,
        # An answer that hangs on purpose must not outlive the server.
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=sockets)


def _listen(port: int) -> list[socket.socket]:
    """Listen on both addresses that `localhost` may mean, as far as this machine has them."""
    first = _bound(socket.AF_INET, "127.0.0.1", port)
    try:
        return [first, _bound(socket.AF_INET6, "::1", first.getsockname()[1])]
    except OSError:
        return [first]


def _bound(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((address, port))
        bound.listen(128)
    except OSError:
        bound.close()
        raise
    return bound


async def _public_site(request: Request) -> Response:
    del request
    return RedirectResponse(PUBLIC_SITE, 301)


def _home(mock: Mock) -> Callable[[Request], Awaitable[Response]]:
    async def home(request: Request) -> Response:
        del request
        return answers.pages.show(
            "franceconnect/home.html", issuer=mock.issuer, level=mock.level, citizens=mock.citizens.values()
        )

    return home


async def _script(request: Request) -> Response:
    """The page of a logout submits itself, where scripts run."""
    del request
    return Response("document.forms[0].submit();\n", media_type="text/javascript")


async def _help(request: Request) -> Response:
    return answers.pages.show(
        "franceconnect/help.html",
        code=request.query_params.get("code", ""),
        id=request.query_params.get("id", ""),
    )
