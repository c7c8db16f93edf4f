"""The session of one browser: a row, found by the digest of its cookie, honoured only while the epoch is equal."""

from __future__ import annotations

from dataclasses import dataclass

from idp.kernel.clock import HOUR, MINUTE, Instant

LIFE = 12 * HOUR
"""Absolute life of a session (design section 4)."""
PROVISIONAL_LIFE = HOUR
"""Life of a session that still owes the change: as long as a parked request, and no longer on a shared computer."""
IDLE = 30 * MINUTE
"""Idle life of a session *in the space*."""


AMR_FRANCECONNECT = "fc"
"""The ``amr`` of a session that FranceConnect opened."""
AMR_FEDERATED = "fed"
"""The ``amr`` of a session that another upstream provider opened."""


@dataclass(frozen=True, slots=True)
class Session:
    """Who is in front of this browser and how they proved it. ``id`` stays, the cookie's secret rotates."""

    id: str
    browser: str
    account_id: str
    epoch: int
    created_at: Instant
    seen_at: Instant
    expires_at: Instant
    auth_time: Instant
    amr: tuple[str, ...]
    acr: str
    provisional_id: str | None
    ended_at: Instant | None

    def is_live(self, now: Instant) -> bool:
        """Neither ended nor past its absolute life."""
        return self.ended_at is None and now < self.expires_at

    @property
    def is_federated(self) -> bool:
        """An upstream provider opened it: when and how the member acted there is not known to us."""
        return AMR_FRANCECONNECT in self.amr or AMR_FEDERATED in self.amr
