"""What federation needs of the store, small and its own; beside it, that of sign-in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from idp.accounts.account import Account
from idp.accounts.upstream import UpstreamIdentity
from idp.federation.transactions import Link, Transaction
from idp.kernel.clock import Instant
from idp.members.member import Member
from idp.signin.ports import AccountStore, Grants, Members, SignInUnit


class UpstreamStore(Protocol):
    """Transactions, links, and the sessions that an upstream provider opened."""

    def begin(self, transaction: Transaction) -> None:
        """Keep a new transaction; the earlier ones of its browser that still wait die."""
        ...

    def consume(self, state: str, browser: str, now: Instant) -> Transaction | None:
        """Use a live transaction of this browser up, once (law 2); None when there is none."""
        ...

    def abandon(self, account_id: str, now: Instant) -> None:
        """Let every waiting transaction of an account die."""
        ...

    def link_of(self, issuer: str, sub: str) -> Link | None:
        """Return the link of an identity."""
        ...

    def link_for(self, account_id: str, issuer: str) -> Link | None:
        """Return the account's link to a provider."""
        ...

    def link(self, link: Link) -> bool:
        """Keep a link. False when the identity, or the account at this provider, has one already."""
        ...

    def unlink(self, link_id: str) -> bool:
        """End a link. False when it was gone."""
        ...

    def forget(self, account_id: str) -> None:
        """Forget every identity that is kept beside the links: of sessions, of the enrollment it proved."""
        ...

    def remember(self, session_id: str, identity: UpstreamIdentity, id_token: str | None, now: Instant) -> None:
        """Keep who opened a session, and the ID token encrypted, for logging out there alone."""
        ...

    def identity_of(self, session_id: str) -> UpstreamIdentity | None:
        """Return who opened a session, or None."""
        ...

    def id_token_of(self, session_id: str) -> str | None:
        """Return the ID token to log out with, or None."""
        ...

    def sessions_of(self, account_id: str) -> tuple[str, ...]:
        """Return the ids of the account's living sessions that an upstream provider opened."""
        ...


class LockingAccounts(AccountStore, Protocol):
    """Accounts, locked where they decide."""

    def lock(self, account_id: str) -> Account | None:
        """Return the account with its row locked until the end of this unit of work."""
        ...


class SearchedMembers(Members, Protocol):
    """Members, and who shares a birth date."""

    def born_on(self, birthdate: str) -> tuple[Member, ...]:
        """Return the members with this birth date as recorded."""
        ...


class EndingGrants(Grants, Protocol):
    """What portals got, ended by what opened the session."""

    def end_opened_by(self, account_id: str, amr: tuple[str, ...], now: Instant) -> None:
        """Revoke every grant of an account that sessions of these ``amr`` gave, ``offline_access`` or not; a code that
        is still to be redeemed is worth nothing either."""
        ...


class FederationUnit(SignInUnit, Protocol):
    """One unit of work as federation sees it."""

    @property
    def accounts(self) -> LockingAccounts: ...
    @property
    def members(self) -> SearchedMembers: ...
    @property
    def grants(self) -> EndingGrants: ...
    @property
    def upstream(self) -> UpstreamStore: ...


Begin = Callable[..., AbstractContextManager[FederationUnit]]
