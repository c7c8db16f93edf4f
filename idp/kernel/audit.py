"""Security events with stable ``source:subject:action`` tags. Details never hold a secret, a NIR or an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Tag(StrEnum):
    """What happened. Values are stored for 12 months: never renamed, retired ones stay as comments."""

    ENROLLMENT_STARTED = "member:enrollment:started"
    PROOF_RIGHT = "member:proof:right"
    PROOF_WRONG = "member:proof:wrong"
    PROOF_VOID = "system:proof:void"
    NUMBER_LOOKED_UP = "visitor:number:looked_up"
    PROOF_STOPPED = "system:proof:stopped"
    RECOVERY_ASKED = "member:recovery:asked"
    LETTER_WITHHELD = "system:letter:withheld"
    DELIVERY_OWED = "member:delivery:owed"
    DELIVERY_RESENT = "member:delivery:resent"
    DELIVERY_CORRECTED = "member:delivery:corrected"
    DELIVERY_SENT = "system:delivery:sent"
    DELIVERY_DROPPED = "system:delivery:dropped"
    DELIVERY_REFUSED = "system:delivery:refused"
    DELIVERY_FAILED = "system:delivery:failed"
    SIGNIN_DONE = "member:signin:done"
    SIGNIN_REFUSED = "member:signin:refused"
    PASSWORD_CHANGED = "member:password:changed"  # noqa: S105 (a tag, not a secret)
    FREEZE_REFUSED = "visitor:freeze:refused"
    ACCOUNT_FROZEN = "member:account:frozen"
    ACCOUNT_THAWED = "member:account:thawed"
    ACCOUNT_LOCKED = "agent:account:locked"
    ACCOUNT_UNLOCKED = "agent:account:unlocked"
    ACCOUNT_RESET = "agent:account:reset"
    PHONE_CHECKED = "agent:enrollment:checked"
    PHONE_ENROLLED = "agent:enrollment:done"
    AGENT_ADDED = "operator:agent:added"
    AGENT_REMOVED = "operator:agent:removed"
    LETTER_EXPORTED = "operator:letter:exported"
    LETTER_POSTED = "operator:letter:posted"
    FEDERATED_LINKED = "member:franceconnect:linked"
    FEDERATED_UNLINKED = "member:franceconnect:unlinked"
    FEDERATED_REFUSED = "member:franceconnect:refused"
    FEDERATED_PROVEN = "member:franceconnect:proven"
    FEDERATED_ENROLLED = "member:franceconnect:enrolled"
    FEDERATED_FAULT = "upstream:franceconnect:fault"
    DOCUMENTS_CHOSEN = "member:documents:chosen"
    EMAIL_VERIFIED = "member:email:verified"
    EMAIL_REFUSED = "member:email:refused"
    TERMS_ACCEPTED = "member:terms:accepted"
    SIGNED_OUT = "member:session:ended"
    CONSENT_GIVEN = "member:consent:given"
    CONSENT_WITHDRAWN = "member:consent:withdrawn"
    REQUEST_REFUSED = "member:request:refused"
    CODE_ISSUED = "portal:code:issued"
    CODE_REPLAYED = "portal:code:replayed"
    TOKENS_ISSUED = "portal:tokens:issued"
    TOKENS_REVOKED = "portal:tokens:revoked"
    REFRESH_REPLAYED = "portal:refresh:replayed"
    MEMBERS_IMPORTED = "operator:members:imported"
    CLIENT_ADDED = "operator:client:added"
    CLIENT_REMOVED = "operator:client:removed"
    REGISTRATION_ALLOWED = "operator:registration:allowed"
    CLIENT_REGISTERED = "portal:registration:added"
    CLIENT_UNREGISTERED = "portal:registration:removed"
    KEYS_MADE = "operator:keys:made"
    KEYS_ROTATED = "operator:keys:rotated"
    TERMS_PUBLISHED = "operator:terms:published"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One security event. ``source`` is the network source as the throttle names it, cut after 7 days."""

    tag: Tag
    member: str | None = None
    account: str | None = None
    client: str | None = None
    source: str | None = None
    details: Mapping[str, str | int | bool] = field(default_factory=dict)
