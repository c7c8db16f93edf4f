"""A provider without pages: what a portal and a browser do, over real stores."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import update

from idp.kernel.ids import digest, new_id, new_secret
from idp.oidc.authorizing import Authorizing, Browser, Done
from idp.oidc.client_auth import ClientRefused, Credentials, authenticate, read_credentials
from idp.oidc.consent import CONSENT
from idp.oidc.endpoints.client_form import CREDENTIALS, read_form, refused
from idp.oidc.grants.authorization_code import s256
from idp.oidc.keys import SigningKeys
from idp.oidc.metadata import read_metadata
from idp.oidc.offered import USUAL
from idp.oidc.protocol import PARAMETERS, Answer, TokenServer
from idp.oidc.registration import add_client
from idp.oidc.requests import Resolved
from idp.signin.opening import PASSWORD
from idp.signin.policy import ACR_PASSWORD, POLICY
from idp.signin.session import LIFE, Session
from idp.storage.database import Database
from idp.storage.tables import accounts
from idp.storage.unit import Unit
from tests.support.clock import FakeClock

ISSUER = "http://localhost:8000"
CALLBACK = "https://portail.example/retour"
SECRET = "s" * 40
VERIFIER = "v" * 43
NIR = "2840562498034"


@dataclass
class World:
    """What a test of the protocol needs: it asks for codes and tokens as a portal would."""

    begin: Callable[..., AbstractContextManager[Unit]]
    database: Database
    clock: FakeClock
    keys: SigningKeys
    account: str = ""
    cookie: str = ""
    browser: str = "b"
    server: TokenServer = field(init=False)

    def __post_init__(self) -> None:
        self.server = TokenServer(ISSUER, self.keys)

    def client(self, name: str = "portail", **metadata: Any) -> str:
        whole = {
            "client_id": name,
            "client_name": "Terres et Projets",
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "scope": "openid profile email phone address offline_access",
            **metadata,
        }
        if whole.get("token_endpoint_auth_method") != "none":
            whole.setdefault("client_secret", SECRET)
        with self.begin() as unit:
            return add_client(unit, read_metadata(whole), self.clock.now()).client.id

    def sign_in(self, amr: tuple[str, ...] = (PASSWORD,), epoch: int = 1) -> str:
        now = self.clock.now()
        self.cookie = new_secret()
        session = Session(
            new_id(),
            digest(self.browser),
            self.account,
            epoch,
            now,
            now,
            now + LIFE,
            now,
            amr,
            ACR_PASSWORD,
            None,
            None,
        )
        with self.begin() as unit:
            unit.sessions.add(session, digest(self.cookie))
        return session.id

    def query(self, client: str = "portail", **params: str | None) -> list[tuple[str, str]]:
        whole: dict[str, str | None] = {
            "client_id": client,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid profile",
            "state": "st",
            "nonce": "no",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
            **params,
        }
        return [(name, value) for name, value in whole.items() if value is not None]

    def here(self) -> Browser:
        return Browser(self.cookie or None, digest(self.browser))

    def ask(self, client: str = "portail", /, **params: str | None) -> Any:
        with self.begin() as unit:
            return self.authorizing.answer(unit, Resolved(self.query(client, **params)), self.here(), self.clock.now())

    def resume(self, parked: str, browser: Browser | None = None) -> Any:
        with self.begin() as unit:
            return self.authorizing.resume(unit, parked, browser or self.here(), self.clock.now())

    @property
    def authorizing(self) -> Authorizing:
        return Authorizing((*POLICY, CONSENT), self.keys, "http://localhost:8000", USUAL)

    def code(self, client: str = "portail", **params: str | None) -> str:
        done = self.ask(client, **params)
        assert isinstance(done, Done), done
        return done.params["code"]

    def token(
        self,
        form: Mapping[str, str] | list[tuple[str, str]],
        authorization: str | None = None,
        *,
        client: str = "portail",
    ) -> Answer:
        pairs = list(form.items()) if isinstance(form, Mapping) else form
        if authorization is None and "client_id" not in dict(pairs):
            authorization = basic(client)
        try:
            read = read_form(pairs, (*PARAMETERS, *CREDENTIALS))
            presented = read_credentials(authorization, read.plain)
            assert isinstance(presented, Credentials)
            with self.begin() as unit:
                caller = authenticate(unit.clients, presented)
                return self.server.answer(unit, caller, read, self.clock.now())
        except ClientRefused as error:
            return refused(error)

    def redeem(self, code: str, client: str = "portail", **params: str) -> Answer:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        return self.token({**form, **params}, client=client)

    def refresh(self, token: str, client: str = "portail", **params: str) -> Answer:
        return self.token({"grant_type": "refresh_token", "refresh_token": token, **params}, client=client)

    def tokens(self, client: str = "portail", **params: str | None) -> dict[str, Any]:
        answer = self.redeem(self.code(client, **params), client)
        assert answer.status == 200, answer
        return dict(answer.body)

    def honours(self, access_token: str) -> bool:
        """Tell whether userinfo would answer: a token is worth what it is honoured for."""
        with self.begin(write=False) as unit:
            return unit.grants.find_access(digest(access_token), self.clock.now()) is not None

    def set_account(self, **values: Any) -> None:
        with self.database.begin() as connection:
            connection.execute(update(accounts).where(accounts.c.id == self.account).values(values))

    def claims(self, token: str) -> dict[str, Any]:

        keys = KeySet.import_key_set(json.loads(self.keys.jwks_bytes(self.clock.now())))
        return dict(jwt.decode(token, keys, ["RS256", "ES256"]).claims)


def basic(client: str, secret: str = SECRET) -> str:

    return "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()
