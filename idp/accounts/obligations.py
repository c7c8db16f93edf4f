"""What an account owes before a portal hears of it: derived from facts, never stored as a to-do (law 1)."""

from __future__ import annotations

from enum import StrEnum

from idp.accounts.account import Account

PROVISIONAL = "provisional"
"""The ``amr`` of a session that signed in with a provisional password."""


class Obligation(StrEnum):
    """Hard obligations refuse every receipt; soft ones stop the next interactive request only."""

    CHANGE_PASSWORD = "change_password"  # noqa: S105 (an obligation, not a secret)
    ACCEPT_TERMS = "accept_terms"


def owes_change(account: Account, amr: tuple[str, ...]) -> bool:
    """The change is owed by an account without an own password and by every session whose amr is provisional."""
    return not account.has_password or PROVISIONAL in amr


def owes_terms(account: Account, revision: int) -> bool:
    """New terms are owed when the newest acceptance is older than the current revision."""
    return account.terms_accepted < revision


def pending(account: Account, amr: tuple[str, ...], revision: int) -> tuple[Obligation, ...]:
    """Return what is owed, in the order it is asked."""
    owed = []
    if owes_change(account, amr):
        owed.append(Obligation.CHANGE_PASSWORD)
    if owes_terms(account, revision):
        owed.append(Obligation.ACCEPT_TERMS)
    return tuple(owed)
