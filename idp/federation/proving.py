"""FranceConnect as the proof of an enrollment: the identity stands for the answer to the question (C6).

Names and birth date are not enough: one more trait must agree and no other member may bear the same; else the
question is asked (twins, homonyms, traits that are not told).
"""

from __future__ import annotations

from starlette.requests import Request

from idp.federation.franceconnect import Returned
from idp.federation.needs import Proving
from idp.federation.ports import FederationUnit
from idp.federation.reconciling import has_another_trait, has_homonym, is_member
from idp.federation.transactions import Transaction
from idp.kernel.audit import AuditEvent, Tag


def prove(
    unit: FederationUnit, proving: Proving, request: Request, transaction: Transaction, back: Returned
) -> str | None:
    """Accept the identity as the proof of the enrollment that asked for it; None when it proves nothing.

    Returns the enrollment's new cookie.
    """
    enrollment_id, member_id = proving.waiting(unit, request) or (None, None)
    if enrollment_id is None or enrollment_id != transaction.enrollment_id:
        return None
    member = unit.members.get(member_id) if member_id else None
    proven = (
        member is not None
        and is_member(back.person, member)
        and has_another_trait(back.person, member)
        and not has_homonym(member, unit.members.born_on(member.birthdate))
        and unit.upstream.link_of(back.identity.issuer, back.identity.sub) is None
    )
    cookie = proving.accept(unit, request, enrollment_id, back.identity) if proven else None
    tag = Tag.FEDERATED_PROVEN if cookie else Tag.FEDERATED_REFUSED
    unit.audit.add(AuditEvent(tag, member=member_id, details={"purpose": "proof"}))
    return cookie
