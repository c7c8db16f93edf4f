"""A partner portal as a stranger writes it: HTTP, PKCE and its own reading of the specifications, nothing of ours.

It knows the issuer's address and its own registration. Whatever it learns, it learns from the discovery document.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

import httpx2
from joserfc import jws, jwt
from joserfc.jwk import KeySet

from tests.support.http import client

JsonObject = dict[str, Any]
Field = str | list[str] | None
"""What a form field is given: None leaves it out, a list repeats it."""


@dataclass(frozen=True)
class Attempt:
    """One authorization request, and what the portal must remember until the answer comes."""

    url: str
    params: dict[str, Any]
    redirect_uri: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Tokens:
    """A token response whose ID token holds."""

    access: str
    refresh: str | None
    id_token: str
    claims: JsonObject
    scope: tuple[str, ...]
    whole: JsonObject


class Refused(Exception):
    """The provider said no at the token endpoint."""

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__(f"{response.status_code} {response.text}")
        self.response = response

    @property
    def error(self) -> str:
        return str(self.response.json()["error"])


@dataclass
class Portal:
    """One client of the provider. ``now`` gives whole seconds, for judging ``exp`` and ``iat``."""

    issuer: str
    client_id: str
    secret: str
    now: Callable[[], int]
    redirect_uri: str = "http://127.0.0.1:9/retour"
    method: str = "client_secret_basic"
    algorithm: str = "RS256"
    scope: str = "openid profile email"
    http: httpx2.Client = field(default_factory=client)
    _metadata: JsonObject | None = None
    _keys: KeySet | None = None

    def close(self) -> None:
        self.http.close()

    @property
    def metadata(self) -> JsonObject:
        """The discovery document, read once (OpenID Connect Discovery 4.3: its issuer must be the one asked)."""
        if self._metadata is None:
            found = self.http.get(f"{self.issuer}/.well-known/openid-configuration")
            found.raise_for_status()
            self._metadata = found.json()
            assert self._metadata is not None
            assert self._metadata["issuer"] == self.issuer
        return self._metadata

    @property
    def keys(self) -> KeySet:
        """The provider's public keys, read once."""
        if self._keys is None:
            found = self.http.get(self.metadata["jwks_uri"])
            found.raise_for_status()
            self._keys = KeySet.import_key_set(found.json())
        return self._keys

    # --- authorize ------------------------------------------------------------------------------------------------

    def start(self, **more: Field) -> Attempt:
        """Build an authorization request; a value of None leaves a parameter out, a list repeats it."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        usual = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        params: dict[str, Any] = {name: value for name, value in {**usual, **more}.items() if value is not None}
        url = f"{self.metadata['authorization_endpoint']}?{urlencode(params, doseq=True)}"
        return Attempt(url, params, self.redirect_uri, state, nonce, verifier)

    def is_answer(self, url: str, attempt: Attempt) -> bool:
        """Tell whether a redirect comes back to this portal's redirect URI."""
        base, _, registered = attempt.redirect_uri.partition("?")
        sent, _, query = url.partition("#")[0].partition("?")
        return sent == base and query.startswith(registered)

    def answer(self, trail: list[str], attempt: Attempt) -> dict[str, str]:
        """Return the parameters of the last redirect of a browser, which must come here and answer this request."""
        assert self.is_answer(trail[-1], attempt), trail[-1]
        parts = urlsplit(trail[-1])
        kinds = attempt.params.get("response_type", "").split()
        in_fragment = "token" in kinds or "id_token" in kinds or attempt.params.get("response_mode") == "fragment"
        pairs = parse_qsl(parts.fragment if in_fragment else parts.query, keep_blank_values=True)
        found = dict(pairs)
        assert len(found) == len(pairs), "a parameter came twice"
        assert found.get("iss") == self.issuer, "mix-up defence, RFC 9207"
        assert found.get("state") == attempt.params.get("state")
        assert ("code" in found) != ("error" in found)
        return found

    def code(self, trail: list[str], attempt: Attempt) -> str:
        """Return the code of the answer."""
        answer = self.answer(trail, attempt)
        assert "code" in answer, answer
        return answer["code"]

    def error(self, trail: list[str], attempt: Attempt) -> str:
        """Return the error of the answer."""
        answer = self.answer(trail, attempt)
        assert "error" in answer, answer
        return answer["error"]

    # --- token ----------------------------------------------------------------------------------------------------

    def redeem(self, attempt: Attempt, code: str, **more: Field) -> httpx2.Response:
        """Present a code."""
        usual: dict[str, Field] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect_uri,
            "code_verifier": attempt.verifier,
        }
        return self.ask(**{**usual, **more})

    def ask(self, **form: Field) -> httpx2.Response:
        """Send a token request with this client's authentication."""
        return self.send("token_endpoint", form)

    def send(self, endpoint: str, form: Mapping[str, Field], **headers: str) -> httpx2.Response:
        """Send a form to an endpoint of the discovery document with this client's authentication."""
        fields: dict[str, Any] = {name: value for name, value in form.items() if value is not None}
        if self.method == "client_secret_basic":
            headers["authorization"] = self.basic()
        elif self.method == "client_secret_post":
            fields = {**fields, "client_id": self.client_id, "client_secret": self.secret}
        else:
            fields = {**fields, "client_id": self.client_id}
        return self.http.post(self.metadata[endpoint], data=fields, headers=headers)

    def basic(self, secret: str | None = None) -> str:
        """Return the header of RFC 6749 2.3.1."""
        pair = f"{quote_plus(self.client_id)}:{quote_plus(self.secret if secret is None else secret)}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"

    def tokens(self, attempt: Attempt, code: str) -> Tokens:
        """Redeem a code and judge everything. Raises ``Refused``."""
        return self.judge(self.redeem(attempt, code), nonce=attempt.nonce)

    def refresh(self, token: str, scope: str | None = None, **more: Field) -> Tokens:
        """Use a refresh token and judge everything. Raises ``Refused``."""
        return self.judge(self.ask(grant_type="refresh_token", refresh_token=token, scope=scope, **more))

    def judge(self, response: httpx2.Response, *, nonce: str | None = None) -> Tokens:
        """Return a good token response, its ID token validated. Raises ``Refused``."""
        if response.status_code != 200:
            raise Refused(response)
        assert response.headers["cache-control"] == "no-store"  # RFC 6749 5.1
        body = response.json()
        assert body["token_type"].lower() == "bearer"
        claims = self.validate(body["id_token"], body["access_token"], nonce)
        return Tokens(
            body["access_token"],
            body.get("refresh_token"),
            body["id_token"],
            claims,
            tuple(body["scope"].split()),
            body,
        )

    def validate(self, id_token: str, access_token: str, nonce: str | None) -> JsonObject:
        """Return the claims of an ID token (OpenID Connect Core 3.1.3.7)."""
        header = jws.extract_compact(id_token.encode()).headers()
        assert header["alg"] == self.algorithm
        claims: JsonObject = dict(jwt.decode(id_token, self.keys, [self.algorithm]).claims)
        assert claims["iss"] == self.issuer
        assert claims["aud"] == self.client_id
        assert claims["exp"] > self.now() >= claims["iat"] >= claims["auth_time"]
        assert claims.get("nonce") == nonce
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()
        assert 0 < len(claims["sub"]) <= 255
        return claims

    # --- what became of a token -----------------------------------------------------------------------------------

    def introspect(self, token: str, hint: str | None = None) -> JsonObject:
        """Ask what a token is worth (RFC 7662)."""
        answer = self.send("introspection_endpoint", {"token": token, "token_type_hint": hint})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        told: JsonObject = answer.json()
        assert told["active"] is True or told == {"active": False}, "2.2: nothing is told of an inactive token"
        return told

    def is_active(self, token: str) -> bool:
        """Tell whether introspection calls a token active."""
        return bool(self.introspect(token)["active"])

    def revoke(self, token: str, hint: str | None = None) -> None:
        """Give a token back (RFC 7009)."""
        answer = self.send("revocation_endpoint", {"token": token, "token_type_hint": hint})
        assert (answer.status_code, answer.content) == (200, b"{}")

    # --- userinfo and logout --------------------------------------------------------------------------------------

    def ask_userinfo(self, access: str) -> httpx2.Response:
        """Ask who the token is about."""
        return self.http.get(self.metadata["userinfo_endpoint"], headers={"authorization": f"Bearer {access}"})

    def userinfo(self, tokens: Tokens) -> JsonObject:
        """Return the claims; their subject must be the ID token's (OpenID Connect Core 5.3.2)."""
        response = self.ask_userinfo(tokens.access)
        assert response.status_code == 200, response.text
        claims: JsonObject = response.json()
        assert claims["sub"] == tokens.claims["sub"]
        return claims

    def is_honoured(self, access: str) -> bool:
        """Tell whether an access token opens anything."""
        status = self.ask_userinfo(access).status_code
        assert status in (200, 401)
        return status == 200

    def judge_logout(self, token: str) -> JsonObject:
        """Return the claims of a logout token, judged step by step as Back-Channel Logout 2.6 says."""
        header = jws.extract_compact(token.encode()).headers()
        assert header["alg"] == self.algorithm
        assert header["typ"] == "logout+jwt"
        claims: JsonObject = dict(jwt.decode(token, self.keys, [self.algorithm]).claims)
        assert claims["iss"] == self.issuer
        assert claims["aud"] == self.client_id
        assert claims["iat"] <= self.now() < claims["exp"] <= claims["iat"] + 120
        assert claims["sub"]
        assert claims["sid"]
        assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
        assert "nonce" not in claims
        assert claims["jti"]
        return claims

    def logout_url(self, id_token: str | None, **more: str) -> str:
        """Return where the portal sends the browser to sign out."""
        params = {**({"id_token_hint": id_token} if id_token else {}), **more}
        return f"{self.metadata['end_session_endpoint']}?{urlencode(params)}"
