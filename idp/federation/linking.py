"""Linking an identity to an account, and ending the link (C3, C6): decided on facts re-read in one unit of work."""

from __future__ import annotations

from idp.accounts.account import Account
from idp.accounts.upstream import UpstreamIdentity
from idp.federation.franceconnect import Returned
from idp.federation.ports import FederationUnit
from idp.federation.reconciling import is_member
from idp.federation.transactions import Link, Purpose, Transaction
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import Instant
from idp.kernel.effects import Kind, Notice
from idp.kernel.errors import IdpError
from idp.kernel.ids import new_id
from idp.signin.opening import end_session
from idp.signin.policy import Cleared
from idp.signin.session import AMR_FEDERATED, AMR_FRANCECONNECT


class NotLinked(IdpError):
    """Base: no link was made, and nothing changed."""


class OtherMember(NotLinked):
    """The person who came back is not the member on record, or the link was asked for in another session."""


class OtherPersonLinked(NotLinked):
    """The account has a link to another identity of the provider: its civil status may have changed (facts 1.9)."""


class TakenElsewhere(NotLinked):
    """The identity opens another account."""


def link(
    unit: FederationUnit, transaction: Transaction, cleared: Cleared, session_id: str, back: Returned, now: Instant
) -> bool:
    """Link who came back to the account that asked. False when it was linked already. Raises ``NotLinked``.

    ``cleared`` and ``session_id`` are of the browser that came back: they must be those that set out.
    """
    asked = (transaction.session_id, transaction.account_id, transaction.epoch)
    account = unit.accounts.lock(cleared.account)
    if account is None or asked != (session_id, account.id, account.epoch) or cleared.epoch != account.epoch:
        raise OtherMember("the session is not the one that asked")
    member = unit.members.get(account.member_id)
    if member is None or not is_member(back.person, member):
        raise OtherMember("the identity is not the member on record")
    identity = back.identity
    former = unit.upstream.link_for(account.id, identity.issuer)
    if former is not None and former.sub == identity.sub:
        return False
    holder = unit.upstream.link_of(identity.issuer, identity.sub)
    if holder is not None:
        raise TakenElsewhere("the identity opens another account")
    if former is not None:
        if transaction.purpose is not Purpose.RELINK:
            raise OtherPersonLinked("the account is linked to another identity")
        unit.upstream.unlink(former.id)
        _end_what_it_opened(unit, account.id, now)
    if not _keep(unit, account, identity, now):
        raise TakenElsewhere("the identity was linked meanwhile")
    return True


def link_proven(unit: FederationUnit, session_id: str, account: Account, now: Instant) -> None:
    """Link the identity that proved a member at enrollment, now that the account has its own password."""
    identity = unit.upstream.identity_of(session_id)
    if identity is not None:
        _keep(unit, account, identity, now)


def unlink(unit: FederationUnit, account_id: str, issuer: str, now: Instant) -> bool:
    """End the account's link: the identity is forgotten; what it opened, or is about to, ends. False without one."""
    account = unit.accounts.lock(account_id)
    found = unit.upstream.link_for(account_id, issuer)
    if account is None or found is None or not unit.upstream.unlink(found.id):
        return False
    _end_what_it_opened(unit, account_id, now)
    unit.outbox.put(Notice(Kind.FRANCECONNECT_UNLINKED, account_id), now)
    unit.audit.add(AuditEvent(Tag.FEDERATED_UNLINKED, account=account_id, member=account.member_id))
    return True


def _end_what_it_opened(unit: FederationUnit, account_id: str, now: Instant) -> None:
    """What is linked no longer holds nothing open: end its sessions, what portals got in them, and what waits."""
    for session_id in unit.upstream.sessions_of(account_id):
        end_session(unit, session_id, now)
    unit.grants.end_opened_by(account_id, (AMR_FRANCECONNECT, AMR_FEDERATED), now)
    unit.upstream.abandon(account_id, now)
    unit.upstream.forget(account_id)


def _keep(unit: FederationUnit, account: Account, identity: UpstreamIdentity, now: Instant) -> bool:
    """Keep the link. False when the identity, or the account, has one: one identity, one account (facts 4.2, 36)."""
    kept = Link(new_id(), account.id, identity.issuer, identity.sub, identity.acr, now)
    if not unit.upstream.link(kept):
        return False
    unit.outbox.put(Notice(Kind.FRANCECONNECT_LINKED, account.id), now)
    unit.audit.add(AuditEvent(Tag.FEDERATED_LINKED, account=account.id, member=account.member_id))
    return True
