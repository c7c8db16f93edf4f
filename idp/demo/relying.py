"""The demo portal's side of OpenID Connect, on Authlib's Starlette client.

The client accepts more than a relying party should, so each check it lacks is made here: the issuer named by
the discovery document, by the authorization response (RFC 9207) and by the ID token; the presence of an ID
token; its audience and authorized party (OpenID Connect Core 3.1.3.7); its algorithm; the same subject in
userinfo (5.3.2) and in a refreshed ID token (12.2).
"""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from authlib.integrations.starlette_client import OAuth, OAuthError, StarletteIntegration
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import Response

SCOPE: Final = "openid profile email offline_access"
ALGORITHMS: Final = ("RS256", "ES256")
MOST_TABS: Final = 8
LEEWAY_S: Final = 30


class Refused(Exception):
    """The provider's answer fails a check made here. `str()` is an English line for the developer."""


class Unreachable(Exception):
    """The provider did not answer, or not with what its address promised."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What the portal was given when it was registered, and where it lives. URLs have no trailing slash."""

    issuer: str
    client_id: str
    client_secret: str
    base_url: str


class TabbedStates(StarletteIntegration):  # type: ignore[misc]  # the library has no types
    """Remembers the sign-ins under way, one per tab: the library's own forgets all but the last."""

    async def set_state_data(self, session: dict[str, Any] | None, state: str, data: Any) -> None:
        """Keep what a sign-in needs when it comes back; the oldest tab makes room."""
        if session is None:
            raise OAuthError(error="no_session")
        prefix = f"_state_{self.name}_"
        waiting = [key for key in session if key.startswith(prefix)]
        for key in waiting[: max(0, len(waiting) - MOST_TABS + 1)]:
            del session[key]
        session[prefix + state] = {"data": data, "exp": time.time() + self.expires_in}


class Portals(OAuth):  # type: ignore[misc]  # the library has no types
    """Authlib's registry of providers, with states kept per tab."""

    framework_integration_cls = TabbedStates


class RelyingParty:
    """Signs people in at one provider.

    Methods raise `Refused` (by us), `OAuthError` (by the provider or the library) and `Unreachable`.
    """

    def __init__(
        self, registration: Registration, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self.registration = registration
        # The library makes a new HTTP client for every call: sharing the TLS context saves most of its cost.
        options: dict[str, Any] = {"verify": ssl.create_default_context(), "timeout": 10.0}
        if transport is not None:
            options["transport"] = transport
        self._client = Portals().register(
            "provider",
            client_id=registration.client_id,
            client_secret=registration.client_secret,
            server_metadata_url=f"{registration.issuer}/.well-known/openid-configuration",
            client_kwargs={"scope": SCOPE, "code_challenge_method": "S256", **options},
        )

    async def redirect_to_sign_in(self, request: Request) -> Response:
        """Send the browser to the provider, state, nonce and PKCE verifier kept in the session."""
        await self._metadata()
        response: Response = await self._client.authorize_redirect(
            request, f"{self.registration.base_url}/callback"
        )
        return response

    async def finish_sign_in(self, request: Request) -> dict[str, Any]:
        """Check the answer that the browser brings; give the tokens, `claims` and `userinfo` beside them."""
        await self._metadata()
        # RFC 9207 2.4: judged before anything else of the response, errors included.
        if request.query_params.get("iss") != self.registration.issuer:
            raise Refused("the authorization response names another issuer")
        try:
            token = await self._client.authorize_access_token(
                request, claims_options=self._expected(), leeway=LEEWAY_S
            )
            claims = self._claims(token.pop("userinfo", None))
            userinfo = await self._client.userinfo(token=token)
        except JoseError as error:
            raise Refused(f"ID token: {error}") from error
        except (httpx2.HTTPError, ValueError) as error:
            raise Unreachable from error
        if userinfo.get("sub") != claims["sub"]:
            raise Refused("userinfo speaks of another subject")
        return {**token, "claims": claims, "userinfo": dict(userinfo)}

    async def refresh(self, tokens: Mapping[str, Any]) -> dict[str, Any]:
        """Exchange the refresh token; answer all tokens anew, claims updated when a new ID token came."""
        await self._metadata()
        try:
            token = await self._client.fetch_access_token(
                grant_type="refresh_token", refresh_token=tokens["refresh_token"]
            )
            claims = tokens["claims"]
            if "id_token" in token:
                parsed = await self._client.parse_id_token(
                    token, nonce=None, claims_options=self._expected(), leeway=LEEWAY_S
                )
                claims = self._claims(parsed)
        except JoseError as error:
            raise Refused(f"ID token: {error}") from error
        except (httpx2.HTTPError, ValueError) as error:
            raise Unreachable from error
        if claims["sub"] != tokens["claims"]["sub"]:
            raise Refused("the refreshed ID token speaks of another subject")
        return {**tokens, **token, "claims": claims}

    async def redirect_to_sign_out(self, request: Request, id_token: str) -> Response:
        """Send the browser to the provider's end of session (OpenID Connect RP-Initiated Logout 2)."""
        await self._metadata()
        response: Response = await self._client.logout_redirect(
            request,
            post_logout_redirect_uri=f"{self.registration.base_url}/signed-out",
            id_token_hint=id_token,
        )
        return response

    async def signed_out_there(self, request: Request) -> bool:
        """Whether the browser comes back from a sign-out that this session asked for."""
        try:
            await self._client.validate_logout_response(request)
        except OAuthError:
            return False
        return True

    async def _metadata(self) -> None:
        try:
            metadata = await self._client.load_server_metadata()
        except (httpx2.HTTPError, ValueError) as error:
            raise Unreachable from error
        if metadata.get("issuer") != self.registration.issuer:
            self._client.server_metadata.clear()
            raise Refused("the discovery document names another issuer")
        # Otherwise the provider's own list would decide which algorithms are trusted.
        metadata["id_token_signing_alg_values_supported"] = list(ALGORITHMS)

    def _expected(self) -> dict[str, Any]:
        return {
            "iss": {"essential": True, "values": [self.registration.issuer]},
            "aud": {"essential": True, "values": [self.registration.client_id]},
        }

    def _claims(self, parsed: Mapping[str, Any] | None) -> dict[str, Any]:
        if parsed is None:
            raise Refused("no ID token came")
        if parsed.get("azp", self.registration.client_id) != self.registration.client_id:
            raise Refused("the ID token was made for another portal")
        return dict(parsed)
