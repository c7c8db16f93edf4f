"""The client of the upstream provider (facts 1.3 to 1.12, 4.3): one object of the process, no state of a visitor.

``authorization_url`` sends a browser there, ``finish`` turns the code it brings back into an identity, ``logout_url``
ends the session there. A code is sent once and never again, whatever the answer; no redirect is followed; every
exchange has 6 s (discovery 3 s) and 64 KiB.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

from joserfc.jwk import ECKey

from idp.accounts.upstream import UpstreamIdentity
from idp.federation.errors import Distrusted, Unavailable
from idp.federation.keys import KeySet
from idp.federation.metadata import Discovery, Examination, Metadata
from idp.federation.person import Person, read_person
from idp.federation.profile import ACR_FEDERATED, Profile
from idp.federation.reading import read_object
from idp.federation.tokens import Expected, decrypted, read_id_token, read_userinfo, require_same_sub
from idp.kernel.clock import Clock
from idp.outbound.client import Outbound
from idp.outbound.errors import OutboundError
from idp.web.links import with_params

_ACCESS_TOKEN = re.compile(r"[!-~]{1,4096}\Z")
_WORD = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_SUPPORT = re.compile(r"[?&](?:code|id)=([A-Za-z0-9-]{1,64})")
_BUSY: Final = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Registration:
    """What we are to the provider; ``algorithm`` is the one of its signatures."""

    issuer: str
    client_id: str
    client_secret: str
    algorithm: str
    redirect_uri: str
    post_logout_redirect_uri: str


@dataclass(frozen=True, slots=True)
class Returned:
    """Who came back: the identity to know them by, the person to compare, and the raw ID token for the logout."""

    identity: UpstreamIdentity
    person: Person
    id_token: str


class FranceConnect:
    """Talks to one upstream provider."""

    def __init__(
        self,
        registration: Registration,
        profile: Profile,
        outbound: Outbound,
        clock: Clock,
        private: Mapping[str, ECKey] | None = None,
    ) -> None:
        self.registration = registration
        self.profile = profile
        self._outbound = outbound
        self._clock = clock
        self._private = private or {}
        self._discovery = Discovery(outbound, registration.issuer, profile.layout, clock)
        self._keys = KeySet(self._fetch_keys, registration.algorithm, clock)

    async def authorization_url(self, state: str, browser: str) -> str:
        """Return where to send a browser. Raises ``Unavailable``, ``Distrusted``.

        ``browser`` is the secret of its cookie: nonce and verifier come from it, so that neither is stored anywhere
        and another browser has others.
        """
        metadata = await self._discovery.current()
        asked = {
            "response_type": "code",
            "client_id": self.registration.client_id,
            "redirect_uri": self.registration.redirect_uri,
            "scope": self.profile.scope,
            "state": state,
            "nonce": nonce_of(state, browser),
        }
        if self.profile.levels:
            asked["acr_values"] = self.profile.levels[0]
        if self.profile.pkce:
            asked |= {"code_challenge": _challenge(verifier_of(state, browser)), "code_challenge_method": "S256"}
        return with_params(metadata.authorization, asked)

    async def examine(self) -> Examination:
        """Return how the provider answers just now, for the operator."""
        return await self._discovery.examine()

    def is_named(self, issuer: str | None) -> bool:
        """Tell whether a callback is this provider's: by its ``iss``, which must be there when it was promised
        (RFC 9207, the protection against a mix-up)."""
        known = self._discovery.known
        promised = self.profile.names_issuer or (known is not None and known.names_issuer)
        return issuer == self.registration.issuer or (issuer is None and not promised)

    async def finish(self, code: str, state: str, browser: str) -> Returned:
        """Redeem a code once and read who it is. Raises ``Unavailable``, ``Distrusted``."""
        metadata = await self._known()
        tokens = await self._redeem(metadata, code, verifier_of(state, browser))
        expected = Expected(
            self.registration.issuer, self.registration.client_id, self.registration.algorithm, self.profile.longest
        )
        id_token = self._opened(tokens["id_token"])
        claims = await read_id_token(
            id_token, expected, self._keys.find, nonce_of(state, browser), self._clock.now()
        )
        acr = self._level(claims.get("acr"))
        told = await self._userinfo(metadata, tokens["access_token"], expected, str(claims["sub"]))
        identity = UpstreamIdentity(self.registration.issuer, str(claims["sub"]), acr)
        return Returned(identity, read_person(told), id_token)

    def logout_url(self, id_token: str, state: str) -> str | None:
        """Return where a browser ends its session there, None when the provider has no logout (facts 1.12)."""
        known = self._discovery.known
        if known is None or known.end_session is None:
            return None
        return with_params(
            known.end_session,
            {
                "id_token_hint": id_token,
                "state": state,
                "post_logout_redirect_uri": self.registration.post_logout_redirect_uri,
            },
        )

    async def _known(self) -> Metadata:
        """Return what is known, asked for only when nothing is: another node may have sent the browser there."""
        return self._discovery.known or await self._discovery.current()

    async def _redeem(self, metadata: Metadata, code: str, verifier: str) -> Mapping[str, str]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.registration.redirect_uri,
        }
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        if self.profile.pkce:
            form["code_verifier"] = verifier
        if self.profile.basic:
            headers["authorization"] = _basic(self.registration)
        else:
            form |= {"client_id": self.registration.client_id, "client_secret": self.registration.client_secret}
        body = await self._ask("POST", metadata.token, headers, urlencode(form).encode())
        return _read_tokens(read_object(body))

    async def _userinfo(
        self, metadata: Metadata, access_token: str, expected: Expected, sub: str
    ) -> Mapping[str, Any]:
        media = "application/jwt" if self.profile.signed_userinfo else "application/json"
        headers = {"authorization": f"Bearer {access_token}", "accept": media}
        body = await self._ask("GET", metadata.userinfo, headers, media=media)
        if not self.profile.signed_userinfo:
            claims = read_object(body)
            require_same_sub(claims, sub)
            return claims
        try:
            token = self._opened(body.decode("ascii"))
        except UnicodeDecodeError:
            raise Distrusted("the userinfo is no token") from None
        return await read_userinfo(token, expected, self._keys.find, sub, self._clock.now())

    def _opened(self, token: str) -> str:
        return decrypted(token, self._private) if self.profile.encrypted else token

    def _level(self, acr: object) -> str:
        """Return the level that was reached. Raises ``Distrusted`` for one below what was asked, or unknown."""
        if not self.profile.levels:
            return ACR_FEDERATED
        if acr not in self.profile.levels:
            raise Distrusted("the level is not one of those asked: acr")
        return str(acr)

    async def _fetch_keys(self) -> bytes:
        return await self._ask("GET", (await self._known()).jwks, {"accept": "application/json"}, media=None)

    async def _ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes = b"",
        media: str | None = "application/json",
    ) -> bytes:
        """Return the body of a 200. Raises ``Unavailable`` when there is no answer, ``Distrusted`` for another one."""
        try:
            answered = await self._outbound.ask(method, url, headers=headers, content=content)
        except OutboundError as error:
            raise Unavailable(str(error)) from error
        if answered.status != 200:
            told = f"the provider answered with status {answered.status}{_reason(answered.body)}"
            raise Unavailable(told) if answered.status in _BUSY else Distrusted(told)
        if media is not None and answered.headers.get("content-type", "").partition(";")[0].strip().lower() != media:
            raise Distrusted(f"an answer is not {media}")
        return answered.body


def nonce_of(state: str, browser: str) -> str:
    """Return the nonce of a transaction in a browser: 64 hexadecimal characters (facts 1.3)."""
    return hmac.digest(browser.encode(), f"nonce\x00{state}".encode(), "sha256").hex()


def verifier_of(state: str, browser: str) -> str:
    """Return the code verifier of a transaction in a browser (RFC 7636 4.1)."""
    return _b64(hmac.digest(browser.encode(), f"verifier\x00{state}".encode(), "sha256"))


def _challenge(verifier: str) -> str:
    return _b64(hashlib.sha256(verifier.encode()).digest())


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _basic(registration: Registration) -> str:
    """Return the header of HTTP Basic (RFC 6749 2.3.1: both parts are form-encoded first)."""
    pair = f"{quote_plus(registration.client_id)}:{quote_plus(registration.client_secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")


def _reason(body: bytes) -> str:
    """Return what an error answer says that its support asks for (facts 1.5): error, code and id, nothing else."""
    try:
        answer = read_object(body)
    except Distrusted:
        return ""
    told = [str(answer.get("error", "")), *_SUPPORT.findall(str(answer.get("error_uri", "")))]
    return "".join(f" {word}" for word in told if _WORD.match(word))


def _read_tokens(answer: Mapping[str, Any]) -> Mapping[str, str]:
    """Return access and ID token of a token answer; what else it holds is ignored (RFC 6749 5.1)."""
    access, identity = answer.get("access_token"), answer.get("id_token")
    kind, lives = answer.get("token_type"), answer.get("expires_in", 1)
    if not isinstance(access, str) or not _ACCESS_TOKEN.match(access) or not isinstance(identity, str):
        raise Distrusted("the token answer lacks a token")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise Distrusted("the access token is of another type than Bearer")
    if isinstance(lives, bool) or not isinstance(lives, int) or lives <= 0:
        raise Distrusted("the token answer's expires_in is no time")
    return {"access_token": access, "id_token": identity}
