"""Reading the gate's facts in one unit of work."""

from __future__ import annotations

from idp.kernel.clock import Instant
from idp.kernel.ids import digest
from idp.signin.policy import Demand, Facts
from idp.signin.ports import SignInUnit


def look(unit: SignInUnit, cookie: str | None, demand: Demand, now: Instant) -> Facts:
    """Return what the gate decides on for the browser with this session cookie (None: nobody)."""
    session = unit.sessions.find(digest(cookie)) if cookie else None
    account = unit.accounts.get(session.account_id) if session else None
    allowed: frozenset[str] = frozenset()
    if account is not None and demand.asks:
        allowed = unit.consents.allowed(account.id, demand.audience)
    return Facts(now, session, account, unit.accounts.current_terms().revision, demand, allowed)
