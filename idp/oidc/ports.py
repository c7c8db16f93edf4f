"""What the provider needs of the store, small and its own, with the frozen values that pass between them.

Every look-up that decides whether something is honoured joins the account (and the session, unless the grant is
offline) in the same statement (law 1).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from idp.kernel.clock import Instant
from idp.oidc.clients import Client
from idp.oidc.devices import DeviceStore
from idp.oidc.initial_tokens import InitialTokenStore
from idp.oidc.logos import Logo
from idp.signin.ports import Consents, Grants, SignInUnit


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code. ``request`` is the JSON text of the authorization request it answers."""

    digest: str
    grant_id: str
    client_id: str
    account_id: str
    epoch: int
    session_id: str
    sub: str
    sid: str
    request: str
    auth_time: Instant
    amr: tuple[str, ...]
    acr: str
    created_at: Instant
    expires_at: Instant
    used_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a member's sign-in gave a client: the family of its refresh tokens, the parent of its access tokens."""

    id: str
    client_id: str
    account_id: str
    epoch: int
    session_id: str
    sub: str
    sid: str
    scope: str
    offline: bool
    auth_time: Instant
    amr: tuple[str, ...]
    acr: str
    created_at: Instant
    expires_at: Instant
    claims: str | None = None
    """The ``claims`` parameter as JSON text (OpenID Connect Core 5.5)."""
    resource: str | None = None
    """The resource indicators granted, separated by spaces (RFC 8707)."""


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """One refresh token of a family; ``parent`` is the digest of the one it replaced."""

    digest: str
    family: str
    parent: str | None
    created_at: Instant
    expires_at: Instant
    first_used_at: Instant | None = None
    dead_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class AccessToken:
    """One access token, opaque or a JWT; its scope may be narrower than the grant's."""

    digest: str
    grant_id: str
    client_id: str
    account_id: str
    epoch: int
    scope: str
    created_at: Instant
    expires_at: Instant
    resource: str | None = None
    """The resource servers it is for, separated by spaces; None: for userinfo."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What a member allowed a client: scopes, and since when."""

    account_id: str
    client_id: str
    words: frozenset[str]
    given_at: Instant


@dataclass(frozen=True, slots=True)
class Pushed:
    """A pushed authorization request (RFC 9126): ``request`` is the JSON text of its parameters, pair by pair."""

    digest: str
    client_id: str
    request: str
    created_at: Instant
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class ClientToken:
    """An access token of a client itself (RFC 6749 4.4): no member, no grant. ``resource`` as in ``AccessToken``."""

    digest: str
    client_id: str
    scope: str
    resource: str | None
    created_at: Instant
    expires_at: Instant


class ClientStore(Protocol):
    """The clients."""

    def get(self, client_id: str) -> Client | None:
        """Return a client, which stays until a unit of work that writes is over; None for an unknown id and for text
        that cannot be one."""
        ...

    def hold(self, client_id: str) -> Client | None:
        """Return a client and keep others from changing or removing it in this unit of work."""
        ...

    def all(self) -> tuple[Client, ...]:
        """Return every client."""
        ...

    def registered(self) -> int:
        """Return how many clients manage their own registration."""
        ...

    def keep_logo(self, client_id: str, logo: Logo | None) -> None:
        """Replace a client's logo, or forget it."""
        ...

    def logo(self, client_id: str) -> Logo | None:
        """Return a client's logo; None for an unknown id and for text that cannot be one."""
        ...

    def add(self, client: Client) -> None:
        """Keep a new client."""
        ...

    def update(self, client: Client) -> None:
        """Replace a client's metadata, secret and version."""
        ...

    def remove(self, client_id: str) -> None:
        """Delete a client and everything that was issued to it."""
        ...

    def seal(self, client_id: str, secret: str) -> bytes:
        """Return a client's secret encrypted, for ``Client.sealed_secret``."""
        ...

    def readable_secret(self, client: Client) -> str | None:
        """Return the secret of a client that was sealed; None when there is none, or nobody can read it any more."""
        ...

    def use_assertion(self, client_id: str, jti: str, forget_at: Instant) -> bool:
        """Use an assertion up, by the digest of its ``jti``: True for one caller only (law 2, RFC 7523 3)."""
        ...


class GrantStore(Grants, Protocol):
    """Subjects, codes, grants and tokens."""

    def subject(self, account_id: str, sector: str) -> str | None:
        """Return the stored subject, or None before the first code for this sector."""
        ...

    def ensure_subject(self, account_id: str, sector: str, now: Instant) -> str:
        """Return the stored subject, made now if need be; one wins."""
        ...

    def ensure_sid(self, session_id: str, client_id: str, now: Instant) -> str:
        """Return the session's name at one client, made now if need be; one wins."""
        ...

    def end_of_client(self, account_id: str, client_id: str, now: Instant) -> None:
        """Revoke everything a member's sign-ins gave one client, and expire the codes on their way."""
        ...

    def sid_is_of(self, sid: str, session_id: str, client_id: str) -> bool:
        """Tell whether a ``sid`` names this session at this client."""
        ...

    def add_code(self, code: Code) -> None:
        """Keep a new code."""
        ...

    def find_code(self, digest: str) -> Code | None:
        """Return a code, spent or not, honoured or not."""
        ...

    def redeem(self, digest: str, now: Instant) -> bool:
        """Spend a code: True for one caller only, while code, account, epoch and session are good (law 2)."""
        ...

    def open(self, grant: Grant) -> None:
        """Keep a new grant."""
        ...

    def lock_family(self, refresh_digest: str) -> str | None:
        """Return the family of a refresh token and keep others from deciding on it in this unit of work."""
        ...

    def living(self, grant_id: str, now: Instant) -> Grant | None:
        """Return a grant that is honoured now."""
        ...

    def revoke(self, grant_id: str, now: Instant) -> None:
        """Revoke a grant and with it everything issued from it."""
        ...

    def add_refresh(self, token: RefreshToken) -> None:
        """Keep a new refresh token."""
        ...

    def find_refresh(self, digest: str) -> RefreshToken | None:
        """Return a refresh token, spent or not."""
        ...

    def spend_refresh(self, digest: str, now: Instant) -> bool:
        """Spend a refresh token: True for one caller only (law 2)."""
        ...

    def bury_successor(self, parent: str, now: Instant) -> bool:
        """Kill the unused successor of a spent token: False when there is none, or when it was used."""
        ...

    def add_access(self, token: AccessToken) -> None:
        """Keep a new access token."""
        ...

    def find_access(self, digest: str, now: Instant) -> AccessToken | None:
        """Return an access token that is honoured now."""
        ...

    def drop_access(self, digest: str, client_id: str) -> str | None:
        """Forget an access token of this client; returns its account, None when there is no such token."""
        ...

    def revoke_family(self, refresh_digest: str, client_id: str, now: Instant) -> str | None:
        """Revoke the grant that a refresh token of this client is of; returns its account, None when nothing was."""
        ...

    def is_subject(self, text: str) -> bool:
        """Tell whether a text is a member's subject, in any sector."""
        ...


class ConsentStore(Consents, Protocol):
    """What members allowed clients."""

    def remember(self, account_id: str, client_id: str, words: frozenset[str], now: Instant) -> None:
        """Add what a member allows a client to what was allowed before."""
        ...

    def of_account(self, account_id: str) -> tuple[Consent, ...]:
        """Return every consent of a member, the newest first."""
        ...

    def withdraw(self, account_id: str, client_id: str) -> bool:
        """Forget a consent; False when there was none."""
        ...


class PushedStore(Protocol):
    """Requests that clients pushed (RFC 9126)."""

    def push(self, pushed: Pushed) -> None:
        """Keep a new one."""
        ...

    def get(self, digest: str, now: Instant) -> Pushed | None:
        """Return one that is in time and not yet answered."""
        ...

    def spend(self, digest: str, now: Instant) -> bool:
        """Mark it answered: True for one caller only (law 2). Its time does not matter any more."""
        ...


class ClientTokenStore(Protocol):
    """Access tokens of clients themselves."""

    def add(self, token: ClientToken) -> None:
        """Keep a new one."""
        ...

    def find(self, digest: str, now: Instant) -> ClientToken | None:
        """Return one that is in time."""
        ...

    def drop(self, digest: str, client_id: str) -> bool:
        """Forget one of this client; False when there is no such token."""
        ...


class OidcUnit(SignInUnit, Protocol):
    """One unit of work as the provider sees it."""

    @property
    def clients(self) -> ClientStore: ...
    @property
    def grants(self) -> GrantStore: ...
    @property
    def consents(self) -> ConsentStore: ...
    @property
    def pushed(self) -> PushedStore: ...
    @property
    def devices(self) -> DeviceStore: ...
    @property
    def client_tokens(self) -> ClientTokenStore: ...
    @property
    def initial_tokens(self) -> InitialTokenStore: ...


Begin = Callable[..., AbstractContextManager[OidcUnit]]
