"""Parked requests: what a portal asked, kept while the member meets the prompts (design section 6).

A row belongs to one browser, one tab (its id) and, once signed in, one account and epoch. Its demands are fixed when
it is parked and judged against newer facts; nothing is recomputed on resume.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from idp.kernel.clock import MINUTE, Instant
from idp.signin.policy import Demand

LIFE = 60 * MINUTE


@dataclass(frozen=True, slots=True)
class Parked:
    """One authorization request that waits. ``request`` is the protocol's JSON text; ``browser`` may be empty until
    the first browser presents it."""

    id: str
    browser: str
    client_id: str
    request: str
    created_at: Instant
    expires_at: Instant
    not_before: Instant | None
    differs_from: Instant | None
    own_password: bool = False
    verified_email: bool = False
    account_id: str | None = None
    epoch: int | None = None
    completed_at: Instant | None = None
    consented_at: Instant | None = None
    """When the member allowed the portal for this very request."""
    pushed_id: str | None = None
    """The pushed request (RFC 9126) that this one presents: its completion spends both."""

    @property
    def demand(self) -> Demand:
        """What the gate must hold against newer facts."""
        return Demand(
            self.client_id,
            self.not_before,
            self.differs_from,
            own_password=self.own_password,
            verified_email=self.verified_email,
            agreed=self.consented_at is not None,
        )

    def belongs(self, browser: str | None, now: Instant) -> bool:
        """Tell whether this browser may go on with it: its own, in time, not yet answered."""
        return browser is not None and self.browser == browser and now < self.expires_at and self.completed_at is None

    def is_anothers(self, account_id: str, epoch: int) -> bool:
        """Tell whether it was already stamped by another account, or by this one in an ended epoch."""
        return self.account_id is not None and (self.account_id, self.epoch) != (account_id, epoch)


class ParkedStore(Protocol):
    """Where parked requests wait."""

    def park(self, parked: Parked) -> None:
        """Keep a new one."""
        ...

    def get(self, parked_id: str) -> Parked | None:
        """Return one, or None."""
        ...

    def adopt(self, parked_id: str, browser: str) -> bool:
        """Bind a row without a browser to the first that presents it; one wins."""
        ...

    def stamp(self, parked_id: str, account_id: str, epoch: int) -> None:
        """Bind a row to the account and epoch that signed in for it; the first stamp stays."""
        ...

    def raise_epoch(self, browser: str, account_id: str, epoch: int) -> None:
        """Give this browser's waiting requests of this account the new epoch (law 1)."""
        ...

    def consent(self, parked_id: str, now: Instant) -> None:
        """Remember that the member agreed to this very request."""
        ...

    def complete(self, parked_id: str, now: Instant) -> bool:
        """Mark it answered. False when it already was: once means once (law 2)."""
        ...
