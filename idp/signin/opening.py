"""Opening and renewing sessions: the cookie's secret changes at sign-in and at the change of password (law 1)."""

from __future__ import annotations

from dataclasses import replace

from idp.accounts.account import Account
from idp.accounts.obligations import PROVISIONAL
from idp.accounts.provisional import Provisional
from idp.kernel.clock import Instant
from idp.kernel.ids import digest, new_id, new_secret
from idp.signin.policy import ACR_PASSWORD
from idp.signin.ports import SignInUnit
from idp.signin.session import LIFE, PROVISIONAL_LIFE, Session

PASSWORD = "pwd"  # noqa: S105 (an amr value of RFC 8176)


def open_session(
    unit: SignInUnit, before: Session | None, account: Account, browser: str, used: Provisional | None, now: Instant
) -> str:
    """Sign an account in and return the new cookie.

    ``used`` is the provisional password that was typed, None for the member's own. The same account keeps its
    session's id, so that portals already at work stay; anybody else's session in this browser ends first.
    """
    cookie = new_secret()
    session = Session(
        id=new_id(),
        browser=browser,
        account_id=account.id,
        epoch=account.epoch,
        created_at=now,
        seen_at=now,
        expires_at=now + (LIFE if used is None else PROVISIONAL_LIFE),
        auth_time=now,
        amr=(PASSWORD,) if used is None else (PROVISIONAL,),
        acr=ACR_PASSWORD,
        provisional_id=used.id if used else None,
        ended_at=None,
    )
    if before is not None and before.is_live(now):
        same = before.account_id == account.id and before.epoch == account.epoch
        if same and unit.sessions.renew(replace(session, id=before.id), digest(cookie)):
            return cookie
        end_session(unit, before.id, now)
    unit.sessions.add(session, digest(cookie))
    return cookie


def renew_after_change(unit: SignInUnit, session: Session, epoch: int, now: Instant) -> str | None:
    """Give the session that made the change the new epoch, ``amr`` pwd and a new cookie; None when it ended."""
    cookie = new_secret()
    renewed = replace(
        session,
        epoch=epoch,
        auth_time=now,
        seen_at=now,
        expires_at=now + LIFE,
        amr=(PASSWORD,),
        acr=ACR_PASSWORD,
        provisional_id=None,
    )
    return cookie if unit.sessions.renew(renewed, digest(cookie)) else None


def end_session(unit: SignInUnit, session_id: str, now: Instant) -> None:
    """End a session; what portals got in it ends first, in the same transaction."""
    unit.grants.end_session(session_id, now)
    unit.sessions.end(session_id, now)
