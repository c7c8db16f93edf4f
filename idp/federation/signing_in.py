"""Signing in with a linked identity: it ends where a password ends, in a session and at the dispatcher."""

from __future__ import annotations

from idp.accounts.account import Account
from idp.accounts.upstream import UpstreamIdentity
from idp.federation.franceconnect import Returned
from idp.federation.ports import FederationUnit
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import Instant
from idp.kernel.errors import IdpError
from idp.signin.opening import Evidence, open_session
from idp.signin.session import Session


class NotSignedIn(IdpError):
    """Base: nobody was signed in."""


class NotLinkedYet(NotSignedIn):
    """No account is linked to the identity: it signs in with its password and links, or enrolls."""


class AccountShut(NotSignedIn):
    """The account is frozen, closed, or has no password of its own: an upstream identity is no way back into it."""


def sign_in(
    unit: FederationUnit, before: Session | None, browser: str, back: Returned, amr: str, source: str, now: Instant
) -> str:
    """Open a session for the account that an identity is linked to and return its cookie. Raises ``NotSignedIn``."""
    found = unit.upstream.link_of(back.identity.issuer, back.identity.sub)
    account = unit.accounts.lock(found.account_id) if found is not None else None
    # Read again under the account's lock: an unlink may have been faster.
    found = unit.upstream.link_of(back.identity.issuer, back.identity.sub)
    if account is None or found is None or found.account_id != account.id:
        raise NotLinkedYet("the identity opens no account")
    if not account.stands or not account.has_password or account.opened_at is None:
        raise AccountShut("the account does not stand")
    opened = open_session(unit, before, account, browser, Evidence((amr,), back.identity.acr), now)
    unit.upstream.remember(opened.session.id, back.identity, back.id_token, now)
    unit.audit.add(AuditEvent(Tag.SIGNIN_DONE, account=account.id, source=source, details={"upstream": True}))
    return opened.cookie


def open_proven(
    unit: FederationUnit, before: Session | None, account: Account, browser: str, evidence: Evidence,
    identity: UpstreamIdentity, now: Instant,
) -> str:
    """Sign in a member whom an identity has just proven at enrollment; the change of password is owed. Returns the
    cookie. The session upstream is over already."""
    opened = open_session(unit, before, account, browser, evidence, now)
    unit.upstream.remember(opened.session.id, identity, None, now)
    return opened.cookie
