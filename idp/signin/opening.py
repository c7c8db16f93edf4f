"""Opening, renewing and ending sessions: the cookie's secret changes at sign-in and at the change of password (law 1).

Whatever ends a session ends it here, so that every portal that got tokens in it is told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from idp.accounts.account import Account
from idp.accounts.obligations import PROVISIONAL, owes_change
from idp.accounts.provisional import Provisional
from idp.kernel.clock import Instant
from idp.kernel.effects import LogoutToken
from idp.kernel.ids import digest, new_id, new_secret
from idp.signin.policy import ACR_PASSWORD
from idp.signin.ports import PortalSession, SignInUnit
from idp.signin.session import LIFE, PROVISIONAL_LIFE, Session

PASSWORD = "pwd"  # noqa: S105 (an amr value of RFC 8176)


@dataclass(frozen=True, slots=True)
class Evidence:
    """How somebody proved who they are, as the session keeps it."""

    amr: tuple[str, ...]
    acr: str
    provisional_id: str | None = None


OWN_PASSWORD = Evidence((PASSWORD,), ACR_PASSWORD)


def provisional_password(used: Provisional) -> Evidence:
    """Return what a provisional password proves."""
    return Evidence((PROVISIONAL,), ACR_PASSWORD, used.id)


@dataclass(frozen=True, slots=True)
class Opened:
    """A session, and the secret of the cookie that names it from now on."""

    session: Session
    cookie: str


def open_session(
    unit: SignInUnit, before: Session | None, account: Account, browser: str, evidence: Evidence, now: Instant
) -> Opened:
    """Sign an account in.

    The same account keeps its session's id, so that portals already at work stay; anybody else's session in this
    browser ends first.
    """
    cookie = new_secret()
    owing = owes_change(account, evidence.amr)
    session = Session(
        id=new_id(),
        browser=browser,
        account_id=account.id,
        epoch=account.epoch,
        created_at=now,
        seen_at=now,
        expires_at=now + (PROVISIONAL_LIFE if owing else LIFE),
        auth_time=now,
        amr=evidence.amr,
        acr=evidence.acr,
        provisional_id=evidence.provisional_id,
        ended_at=None,
    )
    if before is not None and before.is_live(now):
        same = before.account_id == account.id and before.epoch == account.epoch
        kept = replace(session, id=before.id)
        if same and unit.sessions.renew(kept, digest(cookie)):
            return Opened(kept, cookie)
        end_session(unit, before.id, now)
    unit.sessions.add(session, digest(cookie))
    return Opened(session, cookie)


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


def end_session(unit: SignInUnit, session_id: str, now: Instant) -> tuple[PortalSession, ...]:
    """End a session with what portals got in it, and owe each of them the word of it, in the same transaction.

    Returns those portals; none for a session that had ended already: they were told then.
    """
    if not unit.sessions.end(session_id, now):
        return ()
    portals = unit.grants.end_session(session_id, now)
    for portal in portals:
        if portal.is_told:
            unit.outbox.put(LogoutToken(portal.client, portal.sub, portal.sid), now)
    return portals


def end_sessions(unit: SignInUnit, account_id: str, now: Instant, *, but: str | None = None) -> None:
    """End every session of an account whose epoch has just risen, ``but`` one."""
    for session_id in unit.sessions.living_of(account_id, now):
        if session_id != but:
            end_session(unit, session_id, now)


def freeze_account(unit: SignInUnit, account_id: str, now: Instant) -> bool:
    """Shut an account with all that is open of it; deletes nothing else. False for a closed account."""
    if not unit.freezing.freeze(account_id, now):
        return False
    end_sessions(unit, account_id, now)
    return True
