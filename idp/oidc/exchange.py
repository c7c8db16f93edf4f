"""What making tokens works with. Authlib's hooks receive no store: they find it here, by context."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from idp.kernel.clock import Instant
from idp.oidc.clients import Client
from idp.oidc.keys import SigningKeys
from idp.oidc.ports import Grant, OidcUnit
from idp.signin.policy import Standing


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request for tokens in its unit of work; its client is authenticated, or named by a checked authorization."""

    unit: OidcUnit
    keys: SigningKeys
    issuer: str
    client: Client
    now: Instant
    resources: tuple[str, ...] = ()
    """The resource servers that the request names (RFC 8707)."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A grant for which tokens may be made: holding one means holding a ``Standing`` (law 1).

    ``spent`` is the digest of the refresh token just used, None at a code; ``nonce`` goes into the first ID token;
    ``resource`` says for whom the access token is (``audience``).
    """

    standing: Standing
    grant: Grant
    spent: str | None = None
    nonce: str | None = None
    resource: str | None = None


@dataclass(frozen=True, slots=True)
class Alone:
    """A client for which a token may be made without any member behind it (RFC 6749 4.4)."""

    resource: str | None


_current: ContextVar[Exchange] = ContextVar("oidc_exchange")


def current() -> Exchange:
    """Return the exchange of this request. Raises ``LookupError`` outside one."""
    return _current.get()


@contextmanager
def during(exchange: Exchange) -> Iterator[None]:
    """Make an exchange current."""
    token = _current.set(exchange)
    try:
        yield
    finally:
        _current.reset(token)
