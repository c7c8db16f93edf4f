"""Provisional passwords: 20 characters in five groups of four, made for paper and for the phone (law 4).

19 random characters (95 bits), the last a check character. A mistyped word of this shape is caught before any look-up
and costs no try.
"""

from __future__ import annotations

from dataclasses import dataclass

from idp.accounts.account import Channel
from idp.accounts.grammar import Fit, Grammar, normalize
from idp.kernel.clock import DAY, Instant
from idp.kernel.ids import digest

WORD = Grammar(length=20, group=4)
MAIL_LIFE = 7 * DAY
"""S15: an e-mailed provisional password is valid 7 days from its birth."""


@dataclass(frozen=True, slots=True)
class Provisional:
    """One copy that left the house, or is about to: the row, never the word."""

    id: str
    account_id: str
    delivery_id: str
    copy: int
    channel: Channel
    address: str | None
    epoch: int
    expires_at: Instant


def generate() -> str:
    """Return a new provisional password, grouped by hyphens."""
    return WORD.generate()


def fit(typed: str) -> Fit:
    """Tell whether a typed word is a provisional password, one with a slip of the finger, or something else.

    No member's own password has this shape: the policy refuses to set one (``accounts.password``).
    """
    return WORD.fit(typed)


def word_digest(typed: str) -> str:
    """Return the digest a provisional password is stored and looked up by."""
    return digest("provisional:" + normalize(typed))
