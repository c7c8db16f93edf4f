"""How the mock answers: pages in French, JSON errors with a page to read, redirects that nobody keeps."""

import uuid
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import JSONResponse, RedirectResponse, Response

from idp.demo.franceconnect.state import Mock
from idp.demo.pages import Pages

NAME: Final = "FranceConnect de démonstration"
NO_STORE: Final = {"Cache-Control": "no-store"}
BAD_PARAMETERS: Final = "Y030007"
UNKNOWN_CLIENT: Final = "Y04EA6EF"
UNKNOWN_REDIRECT: Final = "Y04C013C"
AMR_NOT_GRANTED: Final = "Y100009"
BAD_IDENTITY: Final = "Y600006"
NOT_FOUND: Final = "Y000404"

pages = Pages("franceconnect", NAME)

MEANING: Final = {
    BAD_PARAMETERS: "La demande contient un paramètre inconnu, en oublie un, ou lui donne une valeur refusée.",
    UNKNOWN_CLIENT: "Le service qui vous envoie n’est pas connu.",
    UNKNOWN_REDIRECT: "L’adresse de retour de ce service n’est pas enregistrée.",
    AMR_NOT_GRANTED: "Ce service demande une information qui ne lui est pas accordée.",
    BAD_IDENTITY: "L’identité reçue du fournisseur d’identité est incomplète.",
    NOT_FOUND: "Cette page n’existe pas.",
}


def trouble(code: str, text: str | None = None, status: int = 400, back: str | None = None) -> Response:
    """An error page, without a link back unless `back` is given: the client never hears of it."""
    return pages.show("franceconnect/trouble.html", status, code=code, text=text or MEANING[code], back=back)


def refuse(mock: Mock, status: int, error: str, description: str, code: str) -> Response:
    """An OAuth error in JSON; `error_uri` carries a code and an id, which support asks for."""
    query = urlencode({"code": code, "id": uuid.UUID(int=mock.number(), version=4)})
    body = {
        "error": error,
        "error_description": description,
        "error_uri": f"{mock.issuer.removesuffix('/api/v2')}/erreurs?{query}",
    }
    headers = {**NO_STORE, "WWW-Authenticate": f'Bearer error="{error}"'} if error == "invalid_token" else NO_STORE
    return JSONResponse(body, status, headers)


def see(url: str) -> Response:
    """Send the browser on."""
    return RedirectResponse(url, 303, NO_STORE)


def with_query(uri: str, params: dict[str, Any], fragment: bool = False) -> str:
    """`uri` with more parameters; one whose value is a list is there as often, one that is None not at all."""
    query = urlencode({name: value for name, value in params.items() if value is not None}, doseq=True)
    if not query:
        return uri
    if fragment:
        return f"{uri}#{query}"
    return f"{uri}{'&' if '?' in uri else '?'}{query}"
