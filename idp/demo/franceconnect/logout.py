"""`/session/end`: the browser's session ends here, by way of pages that submit themselves."""

import json
from typing import Any, Final

from starlette.responses import Response

from idp.demo.franceconnect.answers import BAD_PARAMETERS, pages, see, trouble, with_query
from idp.demo.franceconnect.asked import Asked
from idp.demo.franceconnect.clients import Client
from idp.demo.franceconnect.compact import unb64, verified
from idp.demo.franceconnect.state import Departure, Mock

KNOWN: Final = frozenset(
    {"id_token_hint", "post_logout_redirect_uri", "state", "client_id", "logout_hint", "ui_locales"}
)


async def logout(mock: Mock, asked: Asked) -> Response:
    """Check the request, and show the page on the way."""
    params = asked.once
    if params is None or not set(params) <= KNOWN or not params.get("id_token_hint"):
        return trouble(BAD_PARAMETERS)
    client = _client_of(mock, params["id_token_hint"])
    if client is None or params.get("client_id", client.client_id) != client.client_id:
        return trouble("invalid_request", "could not validate id_token_hint")
    target = params.get("post_logout_redirect_uri")
    if target is not None:
        if not client.may_leave_to(target):
            return trouble("invalid_request", "post_logout_redirect_uri not registered")
        target = with_query(target, _way_back(mock, params.get("state")))
    uid = mock.word()
    mock.departures[uid] = Departure(target)
    return pages.show("franceconnect/leaving.html", action=f"{mock.issuer}/session/end/confirm", uid=uid)


async def confirm(mock: Mock, asked: Asked) -> Response:
    """End the session of this browser, then send it where the client wished."""
    departure = mock.departures.pop((asked.once or {}).get("departure", ""), None)
    if departure is None:
        return trouble(BAD_PARAMETERS)
    mock.sessions.pop(asked.session, None)
    return see(departure.target or f"{mock.issuer}/session/end/success")


async def success(mock: Mock, asked: Asked) -> Response:
    """The last page for whoever gave no address."""
    del mock, asked
    return pages.show("franceconnect/signed_out.html")


def _way_back(mock: Mock, state: str | None) -> dict[str, Any]:
    fault = mock.faults.take("logout_return")
    return {"state": state, **(fault["params"] if fault is not None else {})}


def _client_of(mock: Mock, hint: str) -> Client | None:
    """Whose ID token this is, expired or not; None when it is not one of ours."""
    try:
        header, claims = (json.loads(unb64(part)) for part in hint.split(".")[:2])
        keys = next(keys for keys in (mock.keys, *mock.retired) if header["kid"] == keys.kids.get(header["alg"]))
        genuine = verified(header["alg"], keys.of(header["alg"]), hint)
        client = mock.clients.get(claims["aud"])
    except (ValueError, KeyError, TypeError, StopIteration):
        return None
    return client if genuine and claims.get("iss") == mock.issuer else None
