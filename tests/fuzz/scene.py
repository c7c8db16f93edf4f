"""One provider to be fuzzed, in which somebody is signed in and portals of every sort are registered."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from idp.kernel.clock import SECOND
from tests.conformance.world import World
from tests.fuzz.judge import Judge, Log
from tests.fuzz.jwts import public_jwk
from tests.fuzz.wire import Answer, Pair, Wire, message
from tests.support.browser import Browser
from tests.support.clock import FakeClock
from tests.support.house import Running, open_account, running_house
from tests.support.portal import Attempt, Portal, Tokens

BACK = "http://127.0.0.1:9/retour"
BACK_WITH_QUERY = "http://127.0.0.1:9/retour?avec=x%26y"
ENDED = "http://127.0.0.1:9/fini"
FORM: Pair = (b"content-type", b"application/x-www-form-urlencoded")


@dataclass(frozen=True)
class Request:
    """One request to be sent. ``values`` are what its parameters say, for the judge."""

    method: bytes
    target: bytes
    headers: tuple[Pair, ...] = ()
    body: bytes | None = None
    signed_in: bool = False
    values: tuple[bytes, ...] = ()


class Scene:
    """The provider, what is known about it, and the one door through which the fuzzers send."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.world = World(running)
        self.log = Log()
        self.wire = Wire(running.url)
        offered = json.loads(self.wire.ask(self.raw(Request(b"GET", b"/.well-known/openid-configuration"))).body)
        usual: dict[str, Any] = {
            "redirect_uris": [BACK, BACK_WITH_QUERY],
            "post_logout_redirect_uris": [ENDED],
            "scope": "openid profile email birth offline_access",
            "response_types": offered["response_types_supported"],
        }
        grants = set(offered["grant_types_supported"])
        every = {**usual, "grant_types": sorted(grants)}
        self.portal = self.world.portal(**every)
        self.posting = self.world.portal(token_endpoint_auth_method="client_secret_post", **every)
        self.public = self.world.portal(
            token_endpoint_auth_method="none", **usual, grant_types=sorted(grants - {"client_credentials"})
        )
        self.secret_jwt = self.world.portal(token_endpoint_auth_method="client_secret_jwt", **every)
        self.key_jwt = self.world.portal(
            token_endpoint_auth_method="private_key_jwt", jwks={"keys": [public_jwk()]}, **every
        )
        self.judge = Judge(running.url, (BACK, BACK_WITH_QUERY, ENDED))
        self.member: Browser = self.world.signed_in()
        self.former: Tokens = self.world.tokens(self.portal, self.member)
        self.member = self.world.signed_in()
        self.tokens: Tokens = self.world.tokens(self.portal, self.member, scope="openid profile email offline_access")
        self.metadata: dict[str, Any] = self.portal.metadata
        self.device_code = self._device()

    @property
    def portals(self) -> tuple[Portal, ...]:
        """Every portal."""
        return (self.portal, self.posting, self.public, self.secret_jwt, self.key_jwt)

    def close(self) -> None:
        """Let everything go."""
        self.wire.close()
        self.world.close()

    def path(self, endpoint: str) -> bytes:
        """Return the path of an endpoint as discovery names it."""
        return str(self.metadata[endpoint]).removeprefix(self.running.url).encode()

    def is_framed(self, target: bytes) -> bool:
        """Tell whether this is the one page that portals frame."""
        return "check_session_iframe" in self.metadata and target.startswith(self.path("check_session_iframe"))

    def send(self, request: Request) -> Answer:
        """Send a request, judge its answer, and see to it that somebody is still signed in."""
        raw = self.raw(request)
        answer = self.wire.ask(raw, head=request.method == b"HEAD")
        try:
            values = [value.decode("utf-8", "replace") for value in request.values]
            self.judge.judge(answer, values, framed=self.is_framed(request.target))
            self.log.is_clean()
        except AssertionError as error:
            error.add_note(repr(raw[:3000]))
            raise
        self.stay_signed_in(request.signed_in and any("idp_session=" in cookie for cookie in answer.all("set-cookie")))
        return answer

    def stay_signed_in(self, left: bool) -> None:
        """Sign in again when the member was signed out."""
        if left:
            self.member.close()
            self.member = self.world.signed_in()

    def raw(self, request: Request) -> bytes:
        """Return a request as bytes."""
        headers: list[Pair] = [(b"host", self.wire.authority), *request.headers]
        if request.signed_in:
            headers.append((b"cookie", self.cookie()))
        return message(request.method, request.target, headers, request.body)

    def _device(self) -> str:
        """Return a device's code that nobody has answered, where there are such devices."""
        if "device_authorization_endpoint" not in self.metadata:
            return "x"
        asked = self.portal.http.post(
            self.metadata["device_authorization_endpoint"],
            data={"scope": "openid"},
            headers={"authorization": self.portal.basic()},
        )
        return str(asked.json()["device_code"])

    def cookie(self) -> bytes:
        """Return the cookies of the member's browser."""
        return "; ".join(f"{name}={value}" for name, value in self.member.client.cookies.items()).encode()

    def code(self) -> tuple[Attempt, str]:
        """Return a fresh code: one more request."""
        attempt = self.portal.start()
        answer = self.send(Request(b"GET", attempt.url.removeprefix(self.running.url).encode(), signed_in=True))
        return attempt, self.portal.code([answer.header("location")], attempt)

    def still_works(self) -> None:
        """Sign in afresh, be told who it is, sign out; and nothing in the log is a fault, or tells what was sent."""
        browser = self.world.signed_in()
        tokens = self.world.tokens(self.portal, browser)
        assert self.portal.userinfo(tokens)["email"]
        browser.get(self.portal.logout_url(tokens.id_token, post_logout_redirect_uri=ENDED))
        assert browser.trail[-1] == ENDED
        browser.close()
        self.log.is_clean()

    def later(self) -> None:
        """Let a little time pass: nothing of this scene expires within a run."""
        self.world.clock.advance(SECOND // 1000)


@contextmanager
def opened(template: Path, folder: Path, **settings: Any) -> Iterator[Scene]:
    """Open a scene over an empty SQLite."""
    shutil.copyfile(template, folder / "idp.db")
    with running_house(f"sqlite:///{folder / 'idp.db'}", FakeClock(), folder, **settings) as running:
        open_account(running)
        scene = Scene(running)
        try:
            yield scene
        finally:
            scene.close()
