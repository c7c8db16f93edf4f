"""Answers of the protocol. Every authorization response, good or bad, is made by one function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from idp.web.links import with_params

NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}


def authorization_response(redirect_uri: str, state: str | None, issuer: str, params: Mapping[str, str]) -> Response:
    """Return the browser to the client with ``params``, its ``state`` and our ``iss`` in the query.

    RFC 6749 4.1.2 and 4.1.2.1; RFC 9207 2 (``iss``); RFC 9700 4.12 (303, so that no form is posted on).
    """
    whole = {**params, "iss": issuer} if state is None else {**params, "state": state, "iss": issuer}
    return see_other(with_params(redirect_uri, whole))


def see_other(location: str) -> Response:
    """Redirect to an address that is complete and checked, unchanged, telling nobody where we come from."""
    headers = {"location": location, "referrer-policy": "no-referrer", **NO_STORE}
    return Response(status_code=303, headers=headers)


def json_answer(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON that nobody stores (RFC 6749 5.1)."""
    return JSONResponse(dict(body), status, headers={**NO_STORE, **(headers or {})})
