"""What enrollment needs of the store, small and its own."""

from __future__ import annotations

from typing import Protocol

from idp.accounts.account import Account, Delivery
from idp.accounts.terms import TermsStore
from idp.enrollment.facts import Enrollment, Purpose
from idp.kernel.audit import AuditEvent
from idp.kernel.clock import Instant
from idp.kernel.effects import Effect
from idp.members.member import Member
from idp.members.nir import Nir
from idp.members.proof import Settlement


class EnrollmentStore(Protocol):
    """Enrollments, found by the digest of their cookie."""

    def find(self, cookie_digest: str, purpose: Purpose) -> Enrollment | None:
        """Return the one a cookie names, expired or not, if it is for this."""
        ...

    def save(self, enrollment: Enrollment) -> bool:
        """Replace the version before this one; version 1 is new. False when another tab was faster."""
        ...

    def renew(self, enrollment_id: str, cookie_digest: str) -> None:
        """Give an enrollment a new cookie; the former one is remembered and opens nothing."""
        ...

    def was(self, cookie_digest: str) -> bool:
        """Tell whether this is the former cookie of an enrollment."""
        ...

    def drop(self, cookie_digest: str) -> None:
        """Take an enrollment from its cookie: the member starts again."""
        ...


class Members(Protocol):
    """Whom the fund knows, and their tries at the question."""

    def find_by_nir(self, nir: Nir) -> Member | None:
        """Return the member with this number."""
        ...

    def get(self, member_id: str) -> Member | None:
        """Return the member."""
        ...

    def take_proof(self, holder: str, tries: int, now: Instant) -> str | None:
        """Reserve a try of a member, or of the shadow of a number; None when none is free."""
        ...

    def settle_proof(self, reservation: str, verdict: Settlement) -> bool:
        """Settle a reservation once. False when it was voided meanwhile."""
        ...

    def tries_taken(self, holder: str, now: Instant) -> int:
        """Count the tries of a holder that were wrong within 7 days, or are being judged."""
        ...

    def proof_is_pending(self, holder: str, now: Instant) -> bool:
        """Tell whether another tab's answer is being judged."""
        ...


class Accounts(TermsStore, Protocol):
    """Accounts and what is owed to them."""

    def of_member(self, member_id: str) -> Account | None:
        """Return the member's account."""
        ...

    def ensure(self, member_id: str, now: Instant) -> Account:
        """Return the account, made with the first delivery."""
        ...

    def lock(self, account_id: str) -> Account | None:
        """Return the account, locked where it decides."""
        ...

    def keep_contact(self, account_id: str, email: str, phone: str | None) -> None:
        """Keep the contact details of an account that is not open yet; nobody has verified the address."""
        ...

    def owe(self, delivery: Delivery, reason: str) -> None:
        """Remember that a provisional password is owed."""
        ...

    def delivery(self, delivery_id: str) -> Delivery | None:
        """Return a delivery."""
        ...

    def close_delivery(self, delivery_id: str, now: Instant) -> None:
        """Let no further copy leave."""
        ...

    def live_delivery(self, account_id: str, mailed_since: Instant, posted_since: Instant) -> Delivery | None:
        """Return the newest open one by e-mail or by post made after these instants."""
        ...

    def letters(self, account_id: str, since: Instant, before: Instant) -> int:
        """Count the letters owed between two instants."""
        ...


class Outbox(Protocol):
    """What leaves the house."""

    def put(self, effect: Effect, now: Instant, *, due_at: Instant | None = None) -> None:
        """Queue an effect in this unit of work, due at once unless a later instant is given."""
        ...

    def confirmations(self, account_id: str, since: Instant) -> int:
        """Count the confirmation letters put after ``since``."""
        ...

    def is_waiting(self, delivery_id: str, since: Instant) -> bool:
        """Tell whether a mail of this delivery put before ``since`` is still to leave."""
        ...

    def mails_since(self, delivery: Delivery, since: Instant) -> int:
        """Count the mails queued for the delivery's address, or for its account, after ``since``."""
        ...


class Audit(Protocol):
    """The security events."""

    def add(self, event: AuditEvent) -> None:
        """Remember an event."""
        ...


class EnrollmentUnit(Protocol):
    """One unit of work as enrollment sees it."""

    @property
    def enrollments(self) -> EnrollmentStore: ...
    @property
    def members(self) -> Members: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def audit(self) -> Audit: ...
