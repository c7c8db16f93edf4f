"""What sign-in needs of the store, small and its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from idp.accounts.account import Account
from idp.accounts.email_code import EmailCodes
from idp.accounts.provisional import Provisional
from idp.accounts.terms import TermsStore
from idp.kernel.audit import AuditEvent
from idp.kernel.clock import Instant
from idp.kernel.effects import Effect
from idp.members.member import Member
from idp.members.nir import Nir
from idp.signin.parked import ParkedStore
from idp.signin.session import Session


@dataclass(frozen=True, slots=True)
class PortalSession:
    """A session as one portal knows it that got tokens in it: ``sub`` and ``sid`` are those of its ID tokens.

    ``is_told``: it registered where it is told of the end (OpenID Connect Back-Channel Logout 2.2).
    """

    client: str
    sub: str
    sid: str
    is_told: bool


class SessionStore(Protocol):
    """Sessions by the digest of their cookie."""

    def find(self, secret_digest: str) -> Session | None:
        """Return the session a cookie names, ended or not."""
        ...

    def add(self, session: Session, secret_digest: str) -> None:
        """Keep a new session."""
        ...

    def renew(self, session: Session, secret_digest: str) -> bool:
        """Rewrite a live session under a new cookie. False when it ended meanwhile."""
        ...

    def touch(self, session_id: str, now: Instant) -> None:
        """Remember the last visit."""
        ...

    def end(self, session_id: str, now: Instant) -> bool:
        """End one session: True for one caller only. Codes of it that are being redeemed are redeemed first."""
        ...

    def living_of(self, account_id: str, now: Instant) -> tuple[str, ...]:
        """Return the ids of the account's sessions that neither ended nor are past their absolute life, in order."""
        ...

    def previous_auth_time(self, account_id: str, session_id: str) -> Instant | None:
        """Return when this account signed in before this session, or None."""
        ...


class AccountStore(TermsStore, Protocol):
    """Accounts, passwords and provisional passwords."""

    def get(self, account_id: str) -> Account | None:
        """Return the account."""
        ...

    def of_member(self, member_id: str) -> Account | None:
        """Return the member's account, or None before the first delivery."""
        ...

    def password_hash(self, account_id: str) -> str | None:
        """Return the stored hash of the own password."""
        ...

    def rehash(self, account_id: str, old: str, new: str) -> None:
        """Replace a hash made with old parameters, if it is still that one."""
        ...

    def provisional(self, account_id: str, digest: str) -> Provisional | None:
        """Return the copy with this digest of this account and its current epoch, expired or not."""
        ...

    def provisional_by_id(self, provisional_id: str) -> Provisional | None:
        """Return a copy by its id, or None once burned."""
        ...

    def complete_change(
        self, account_id: str, epoch: int, password_hash: str, provisional: Provisional | None, now: Instant
    ) -> bool:
        """Store the own password, raise the epoch, burn every copy and open delivery, open the account; take over the
        address the used copy went to. False, and nothing done, unless the epoch is still ``epoch``."""
        ...


class Freezing(Protocol):
    """Freezing an account with the code of a letter."""

    def spend(self, code_digest: str, now: Instant) -> str | None:
        """Use a code up; returns its account, None when it is unknown, used or past its time."""
        ...

    def keeps_frozen(self, code_digest: str) -> bool:
        """Tell whether this code was used and its account is still frozen."""
        ...

    def freeze(self, account_id: str, now: Instant) -> bool:
        """Raise the epoch, burn what is on its way, suspend; deletes nothing else. False for a closed account."""
        ...


class Outbox(Protocol):
    """What leaves the house."""

    def put(self, effect: Effect, now: Instant) -> None:
        """Queue an effect in this unit of work."""
        ...


class Grants(Protocol):
    """What ends with a session at the portals."""

    def end_session(self, session_id: str, now: Instant) -> tuple[PortalSession, ...]:
        """Revoke every grant of an ended session that has no ``offline_access``; return the portals that got any."""
        ...


class Consents(Protocol):
    """What members allowed."""

    def allowed(self, account_id: str, audience: str) -> frozenset[str]:
        """Return what this member allowed this audience, nothing when they never did."""
        ...


class Members(Protocol):
    """Whom the fund knows."""

    def find_by_nir(self, nir: Nir) -> Member | None:
        """Return the member with this number."""
        ...

    def get(self, member_id: str) -> Member | None:
        """Return the member."""
        ...

    def nir_of(self, member_id: str) -> str:
        """Return the number, for comparing a password with it; never shown."""
        ...


class Audit(Protocol):
    """The security events."""

    def add(self, event: AuditEvent) -> None:
        """Remember an event in this unit of work."""
        ...


class SignInUnit(Protocol):
    """One unit of work as sign-in sees it."""

    @property
    def accounts(self) -> AccountStore: ...
    @property
    def sessions(self) -> SessionStore: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def freezing(self) -> Freezing: ...
    @property
    def parked(self) -> ParkedStore: ...
    @property
    def members(self) -> Members: ...
    @property
    def grants(self) -> Grants: ...
    @property
    def consents(self) -> Consents: ...
    @property
    def email_codes(self) -> EmailCodes: ...
    @property
    def audit(self) -> Audit: ...


Begin = Callable[..., AbstractContextManager[SignInUnit]]
