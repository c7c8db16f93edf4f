"""What an account owes before a portal hears of it: derived from facts, never stored as a to-do (law 1).

The change of password is a hard obligation: it refuses every receipt. New terms are a soft one: they stop the next
interactive request only.
"""

from __future__ import annotations

from idp.accounts.account import Account

PROVISIONAL = "provisional"
"""The ``amr`` of a session that signed in with a provisional password."""


def owes_change(account: Account, amr: tuple[str, ...]) -> bool:
    """The change is owed by an account without an own password and by every session whose amr is provisional."""
    return not account.has_password or PROVISIONAL in amr


def owes_terms(account: Account, revision: int) -> bool:
    """New terms are owed when the newest acceptance is older than the current revision."""
    return account.terms_accepted < revision
