"""FranceConnect as the relying party of an identity provider: its closed request, its checks, its way back.

It authenticates by ``client_secret_post``, sends no PKCE, asks for a login each time and for ``eidas1``, calls userinfo
by GET and refuses an identity that its own rules refuse (documentation for identity providers).
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.support.browser import Browser
from tests.support.house import Running
from tests.support.portal import Attempt, Field, JsonObject, Portal, Tokens

HOST = "http://127.0.0.1:9"
CALLBACK = f"{HOST}/api/v2/oidc-callback"
LOGOUT_CALLBACK = f"{HOST}/api/v2/client/logout-callback"
LEVELS = ("eidas1",)
DOCUMENT: JsonObject = {
    "client_name": "FranceConnect",
    "redirect_uris": [CALLBACK],
    "post_logout_redirect_uris": [LOGOUT_CALLBACK],
    "client_uri": HOST,
    "token_endpoint_auth_method": "client_secret_post",
    "id_token_signed_response_alg": "ES256",
    "grant_types": ["authorization_code"],
    "scope": "openid profile email birth",
    "idp_profile": "franceconnect",
    "idp_acr_map": {"password": "eidas1"},
}
"""What the operator registers."""
_NAME = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿŒœ' -]{1,256}\Z")
_RULES = {
    "sub": re.compile(r".{1,255}\Z"),
    "given_name": _NAME,
    "family_name": _NAME,
    "birthdate": re.compile(r"[0-9]{4}-(00-00|(0[1-9]|1[0-2])-(00|0[1-9]|[12][0-9]|3[01]))\Z"),
    "gender": re.compile(r"(fe)?male\Z"),
    "birthplace": re.compile(r"((2[AB]|[0-9]{2})[0-9]{3})?\Z"),
    "birthcountry": re.compile(r"99[0-9]{3}\Z"),
    "email": re.compile(r"[^@\s]+@[^@\s]+\Z"),
}
"""Every claim it cannot do without, and its shape."""
OPTIONAL = {"preferred_username", "email_verified"}


@dataclass
class FranceConnect(Portal):
    """The relying party."""

    def start(self, **more: Field) -> Attempt:
        """Build its request: these parameters and no other."""
        state, nonce = secrets.token_hex(32), secrets.token_hex(32)
        params = {
            "scope": "openid profile email birth",
            "acr_values": "eidas1",
            "prompt": "login",
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": CALLBACK,
            "state": state,
            "nonce": nonce,
        }
        asked = {name: value for name, value in {**params, **more}.items() if value is not None}
        url = f"{self.metadata['authorization_endpoint']}?{urlencode(asked)}"
        return Attempt(url, asked, CALLBACK, state, nonce, verifier="")

    def redeem(self, attempt: Attempt, code: str, **more: Field) -> Any:
        """Present a code, without a verifier."""
        return super().redeem(attempt, code, **{"code_verifier": None, **more})

    def identity(self, browser: Browser, attempt: Attempt) -> tuple[Tokens, JsonObject]:
        """Return the tokens and the identity of the answer a browser brought, judged by its rules."""
        tokens = self.tokens(attempt, self.code(browser.trail, attempt))
        assert tokens.claims["acr"] in LEVELS
        assert tokens.refresh is None
        identity = self.userinfo(tokens)
        wrong = {name: identity.get(name) for name, rule in _RULES.items() if not rule.match(identity.get(name, "\n"))}
        assert wrong == {}
        assert set(identity) <= set(_RULES) | OPTIONAL, "it is told no more than it asks"
        return tokens, identity

    def sign_out(self, browser: Browser, tokens: Tokens) -> None:
        """End the member's session here and see the browser come back with the state."""
        state = secrets.token_hex(32)
        url = self.logout_url(tokens.id_token, post_logout_redirect_uri=LOGOUT_CALLBACK, state=state)
        browser.get(url)
        base, _, query = browser.trail[-1].partition("?")
        assert (base, parse_qsl(query)) == (LOGOUT_CALLBACK, [("state", state)])

    def description(self, browser: Browser) -> str:
        """Return the words of an error that came back."""
        return dict(parse_qsl(urlsplit(browser.trail[-1]).query))["error_description"]


def asking(running: Running, **metadata: Any) -> FranceConnect:
    """Register FranceConnect as the operator does, and be it."""
    client_id = running.add_client(**{**DOCUMENT, **metadata})
    return FranceConnect(
        running.url,
        client_id,
        running.clients[client_id],
        lambda: running.clock.now() // 10**6,
        redirect_uri=CALLBACK,
        method="client_secret_post",
        algorithm="ES256",
    )
