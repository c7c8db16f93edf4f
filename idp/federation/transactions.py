"""One way to the upstream provider and back: begun in one browser, for one purpose, good for one callback (law 2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from idp.kernel.clock import MINUTE, Instant

LIFE = 35 * MINUTE
"""FranceConnect's own pages wait 30 minutes (facts 1.10)."""


class Purpose(StrEnum):
    """What a way upstream is for; the values are stored."""

    SIGNIN = "signin"
    LINK = "link"
    RELINK = "relink"
    PROOF = "proof"


@dataclass(frozen=True, slots=True)
class Transaction:
    """``state`` and ``browser`` are digests. ``destination``: where a sign-in leads, as the sign-in page has it.

    A link names the session, account and epoch that asked for it; a proof names its enrollment.
    """

    state: str
    browser: str
    purpose: Purpose
    issuer: str
    destination: str
    created_at: Instant
    expires_at: Instant
    session_id: str | None = None
    account_id: str | None = None
    epoch: int | None = None
    enrollment_id: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """An identity that opens an account."""

    id: str
    account_id: str
    issuer: str
    sub: str
    acr: str
    linked_at: Instant
