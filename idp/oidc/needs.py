"""What the protocol's endpoints are given by the composition root, and the reading they share."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from idp.accounts.throttle import Attempts
from idp.kernel.clock import Instant
from idp.kernel.errors import ShownError
from idp.oidc.client_keys import ClientKeys
from idp.oidc.keys import SigningKeys
from idp.oidc.offered import Offered
from idp.oidc.ports import Begin
from idp.oidc.requests import WHOLE_LIMIT
from idp.outbound.client import Outbound
from idp.signin.needs import Upstream
from idp.signin.policy import Prompt
from idp.web.cookies import CookieName
from idp.web.reading import parse_pairs, read_body
from idp.web.shell import Shell

FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class OidcNeeds:
    """Everything the endpoints may touch."""

    shell: Shell
    begin: Begin
    keys: SigningKeys
    policy: tuple[Prompt, ...]
    upstream: Upstream
    """Contributed by ``federation``."""
    offered: Offered
    attempts: Attempts
    outbound: Outbound
    """How clients' own addresses are asked, in the *ask* beat."""
    client_keys: ClientKeys
    registration: str = "off"
    """Who may register over the network: ``off``, ``token``, ``open``."""

    @property
    def issuer(self) -> str:
        """The issuer identifier, exactly as configured."""
        return self.shell.issuer.url

    def now(self) -> Instant:
        """Return the present instant."""
        return self.shell.clock.now()

    def session_cookie(self, request: Request) -> str | None:
        """Return the session cookie's value."""
        return self.shell.cookies.read(request, CookieName.SESSION)


async def request_pairs(request: Request) -> list[tuple[str, str]]:
    """Return the parameters of a GET's query or a POST's form (OpenID Connect Core 3.1.2.1), never of both.

    Raises ``ShownError`` 413 above 16 KiB, 415 for another content type.
    """
    if request.method != "POST":
        raw = bytes(request.scope["query_string"])
    elif content_type(request) == FORM_TYPE:
        raw = await read_body(request)
    else:
        raise ShownError("error.form_expired", 415)
    if len(raw) > WHOLE_LIMIT:
        raise ShownError("error.too_large", 413)
    return parse_pairs(raw)


def content_type(request: Request) -> str:
    """Return the media type of a body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
