"""Answers of the protocol. Every authorization response, good or bad, is made by one function."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from idp.oidc.requests import Address
from idp.web.links import with_params
from idp.web.pages import Pages

NO_STORE = {"cache-control": "no-store", "pragma": "no-cache"}
SUBMIT: Final = "document.forms[0].submit()"
"""A script that presses the button of the page below."""


def script_source(text: str) -> str:
    """Return the source by which a policy lets one script run (Content Security Policy 3)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_SCRIPT = script_source(SUBMIT)
_POLICY = f"default-src 'none'; style-src 'self'; script-src {_SCRIPT}; base-uri 'none'; frame-ancestors 'none'"
"""No ``form-action``: browsers apply it to where the portal sends the member next, which only the portal knows."""


def authorization_response(to: Address, issuer: str, params: Mapping[str, str], pages: Pages) -> Response:
    """Return the browser to the client with ``params``, its ``state`` and our ``iss``, carried as the request asked.

    RFC 6749 4.1.2 and 4.2.2; OAuth 2.0 Multiple Response Types 2.1; OAuth 2.0 Form Post Response Mode; RFC 9207 2
    (``iss``); RFC 9700 4.12 (303, so that no form is posted on).
    """
    whole = {**params, **({} if to.state is None else {"state": to.state}), "iss": issuer}
    match to.mode:
        case "query":
            return see_other(with_params(to.redirect_uri, whole))
        case "fragment":
            return see_other(f"{to.redirect_uri}#{with_params('', whole).removeprefix('?')}")
        case "form_post":
            return _posted(to.redirect_uri, whole, pages)
    raise ValueError(to.mode)


def _posted(uri: str, params: Mapping[str, str], pages: Pages) -> Response:
    """Return the page whose form brings the answer: by the script, or by its button."""
    text = pages.text("oidc/form_post.html", {"action": uri, "params": params, "script": SUBMIT})
    headers = {**NO_STORE, "content-security-policy": _POLICY, "referrer-policy": "strict-origin"}
    return Response(text, media_type="text/html; charset=utf-8", headers=headers)


def see_other(location: str) -> Response:
    """Redirect to an address that is complete and checked, unchanged, telling nobody where we come from."""
    headers = {"location": location, "referrer-policy": "no-referrer", **NO_STORE}
    return Response(status_code=303, headers=headers)


def json_answer(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON that nobody stores (RFC 6749 5.1)."""
    return JSONResponse(dict(body), status, headers={**NO_STORE, **(headers or {})})
