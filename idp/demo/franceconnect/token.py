"""`/token`: one code, one use, thirty seconds."""

import hmac

from starlette.responses import JSONResponse, Response

from idp.demo.franceconnect import encryption, tokens
from idp.demo.franceconnect.answers import NO_STORE, refuse
from idp.demo.franceconnect.asked import Asked
from idp.demo.franceconnect.clients import Client
from idp.demo.franceconnect.state import TOKEN_S, Grant, Mock


async def token(mock: Mock, asked: Asked) -> Response:
    """Answer one token request."""
    form = asked.once
    if form is None:
        return _bad(mock, "a parameter must not be given more than once")
    client = authenticate(mock, asked)
    if isinstance(client, Response):
        return client
    missing = next((name for name in ("grant_type", "code", "redirect_uri") if not form.get(name)), None)
    if missing is not None:
        return _bad(mock, f"missing required parameter '{missing}'")
    if form["grant_type"] != "authorization_code":
        return refuse(mock, 400, "unsupported_grant_type", "unsupported grant_type requested", "Y03EC31D")
    grant = _redeem(mock, client, form["code"], form["redirect_uri"])
    if isinstance(grant, Response):
        return grant
    if mock.level.encrypts:
        grant.encrypt_to = await encryption.key_of(client)
        if grant.encrypt_to is None:
            description = "client JSON Web Key Set failed to be refreshed"
            return refuse(mock, 400, "invalid_client_metadata", description, "Y03A3B1C")
    return _issued(mock, grant)


def authenticate(mock: Mock, asked: Asked) -> Client | Response:
    """The client by `client_secret_post`, the one way there is, or the answer that refuses it."""
    form = asked.once or {}
    if asked.authorization is not None:
        return _unknown(mock, "client authentication failed (authentication method not allowed for this client)")
    if "client_id" not in form:
        return _bad(mock, "no client authentication mechanism provided")
    client = mock.clients.get(form["client_id"])
    if client is None:
        return _unknown(mock, "client is invalid (client not found)")
    if not hmac.compare_digest(form.get("client_secret", "").encode(), client.client_secret.encode()):
        return _unknown(mock, "client authentication failed (invalid secret provided)")
    return client


def _redeem(mock: Mock, client: Client, code: str, redirect_uri: str) -> Grant | Response:
    """Spend a code."""
    grant = mock.codes.get(code)
    if grant is None or grant.client != client or (grant.until <= mock.now() and not grant.code_spent):
        return _invalid(mock, "authorization code not found")
    if grant.code_spent:
        # Somebody has seen the code: what came from it ends.
        mock.grants.pop(grant.access_token or "", None)
        return _invalid(mock, "authorization code already consumed")
    if grant.redirect_uri != redirect_uri:
        return _invalid(mock, "authorization code redirect_uri mismatch")
    grant.code_spent = True
    return grant


def _issued(mock: Mock, grant: Grant) -> Response:
    grant.access_token = mock.word()
    grant.token_until = mock.now() + TOKEN_S
    mock.grants[grant.access_token] = grant
    id_token, _ = tokens.issue(mock, grant, "id_token")
    mock.last_nonce = grant.nonce
    body = {
        "access_token": grant.access_token,
        "expires_in": TOKEN_S,
        "id_token": id_token,
        "scope": " ".join(grant.scopes),
        "token_type": "Bearer",
    }
    return JSONResponse(body, headers=NO_STORE)


def _bad(mock: Mock, description: str) -> Response:
    return refuse(mock, 400, "invalid_request", description, "Y03118D2")


def _unknown(mock: Mock, description: str) -> Response:
    return refuse(mock, 401, "invalid_client", description, "Y0332D28")


def _invalid(mock: Mock, description: str) -> Response:
    return refuse(mock, 400, "invalid_grant", f"grant request is invalid ({description})", "Y0393BCE")
