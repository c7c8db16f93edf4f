"""A whole portal on Authlib and Starlette: sign in, refresh, userinfo, sign out.

Reads ISSUER, CLIENT_ID, CLIENT_SECRET and PORT from the environment.
"""

import html
import json
import os
import secrets

import uvicorn
from authlib.integrations.starlette_client import OAuth, OAuthError
from joserfc.errors import JoseError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

ISSUER = os.environ["ISSUER"]
CLIENT_ID = os.environ["CLIENT_ID"]
PORT = int(os.environ["PORT"])
BASE = f"http://localhost:{PORT}"
HTTPS = BASE.startswith("https://")

provider = OAuth().register(
    "provider",
    client_id=CLIENT_ID,
    client_secret=os.environ["CLIENT_SECRET"],
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile email offline_access", "code_challenge_method": "S256"},
)

# Authlib looks at these two claims only when told what to expect.
EXPECTED = {
    "iss": {"essential": True, "value": ISSUER},
    "aud": {"essential": True, "value": CLIENT_ID},
}

# Tokens stay on the server; the browser's cookie has a random name for them. Put this into your database, with an end.
signed_in: dict[str, dict] = {}


async def home(request: Request) -> Response:
    """Tell who is signed in."""
    tokens = signed_in.get(request.session.get("id", ""))
    if tokens is None:
        return HTMLResponse('<h1>Portal</h1><p><a href="/login">Sign in</a></p>')
    known = {name: tokens[name] for name in ("claims", "userinfo", "refreshed")}
    return HTMLResponse(
        f"<h1>Portal</h1><pre>{html.escape(json.dumps(known, ensure_ascii=False, indent=2))}</pre>"
        '<form method="post" action="/refresh"><button>Refresh</button></form>'
        '<form method="post" action="/logout"><button>Sign out</button></form>',
        headers={"cache-control": "no-store"},
    )


async def login(request: Request) -> Response:
    """Send the browser to the provider; Authlib keeps state, nonce and PKCE verifier in the session."""
    return await provider.authorize_redirect(request, f"{BASE}/callback")


async def callback(request: Request) -> Response:
    """Take the browser back: check the answer, redeem the code, read userinfo."""
    if request.query_params.get("iss") != ISSUER:  # RFC 9207; Authlib leaves it to us
        return HTMLResponse("<p>This answer is not our provider's.</p>", 400)
    try:
        tokens = await provider.authorize_access_token(request, claims_options=EXPECTED)
        claims = tokens.pop("userinfo")  # Authlib's name for the claims of the ID token
    except (OAuthError, JoseError, KeyError) as error:
        return HTMLResponse(f"<p>Signing in failed: {html.escape(str(error))}</p>", 400)
    userinfo = await provider.userinfo(token=tokens)
    if userinfo["sub"] != claims["sub"]:  # OpenID Connect Core 5.3.2
        return HTMLResponse("<p>Userinfo is about somebody else.</p>", 400)
    signed_in.pop(request.session.get("id", ""), None)
    request.session["id"] = secrets.token_urlsafe(32)
    signed_in[request.session["id"]] = {**tokens, "claims": claims, "userinfo": userinfo, "refreshed": 0}
    return RedirectResponse("/", 303)


async def refresh(request: Request) -> Response:
    """Exchange the refresh token. It works once: keep the new one at once."""
    tokens = signed_in.get(request.session.get("id", ""))
    if tokens is None:
        return RedirectResponse("/", 303)
    try:
        new = await provider.fetch_access_token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
        claims = await provider.parse_id_token(new, nonce=None, claims_options=EXPECTED)
    except (OAuthError, JoseError):  # signed out elsewhere, or the password was changed: sign in again
        del signed_in[request.session["id"]]
        return RedirectResponse("/", 303)
    tokens.update(new, claims=claims, refreshed=tokens["refreshed"] + 1)
    tokens["userinfo"] = await provider.userinfo(token=tokens)
    return RedirectResponse("/", 303)


async def logout(request: Request) -> Response:
    """End the session here, then at the provider, which brings the browser back to the first page."""
    tokens = signed_in.pop(request.session.get("id", ""), None)
    request.session.clear()
    if tokens is None:
        return RedirectResponse("/", 303)
    response = await provider.logout_redirect(
        request, post_logout_redirect_uri=f"{BASE}/", id_token_hint=tokens["id_token"]
    )
    response.status_code = 303  # the browser came with a POST and shall leave with a GET
    return response


app = Starlette(
    routes=[
        Route("/", home),
        Route("/login", login),
        Route("/callback", callback),
        Route("/refresh", refresh, methods=["POST"]),
        Route("/logout", logout, methods=["POST"]),
    ],
    # SameSite=Lax: a form on another site brings no cookie, so it can neither refresh nor sign out.
    middleware=[
        Middleware(
            SessionMiddleware,
            secret_key=os.environ.get("SESSION_KEY") or secrets.token_urlsafe(32),
            session_cookie="authlib_portal",
            same_site="lax",
            https_only=HTTPS,
        )
    ],
)

if __name__ == "__main__":
    # No access log: the address of the callback has the code.
    uvicorn.run(app, host="127.0.0.1", port=PORT, access_log=False)
