"""A look at a page of the space counts as being here: a member at work is not idle (design section 4)."""

from __future__ import annotations

from idp.kernel.clock import MINUTE
from idp.signin.needs import SignInNeeds
from idp.signin.policy import Facts


def remember(needs: SignInNeeds, facts: Facts) -> None:
    """Remember when a session the gate let in was here, at most once a minute; in a unit of work of its own."""
    session = facts.session
    if session is not None and session.seen_at + MINUTE <= facts.now:
        with needs.begin() as unit:
            unit.sessions.touch(session.id, facts.now)
