"""The account: made with a member's first delivery, open once the first change of password is complete."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from idp.kernel.clock import Instant


class Channel(StrEnum):
    """How a provisional password leaves the house."""

    EMAIL = "email"
    POST = "post"


BY_LETTER = "letter"
BY_FRANCECONNECT = "franceconnect"
"""Values of ``Account.proven_by`` beside the questions and how an agent ``Vouched``."""


@dataclass(frozen=True, slots=True)
class Account:
    """The facts every decision about an account reads (law 1).

    ``epoch`` rises when a change of password completes, at freeze and at closing: whatever carries another epoch is
    worth nothing. ``has_password`` tells whether the member owns a password of their own.
    """

    id: str
    member_id: str
    epoch: int
    opened_at: Instant | None
    frozen_at: Instant | None
    closed_at: Instant | None
    email: str | None
    email_verified_at: Instant | None
    phone: str | None
    has_password: bool
    terms_accepted: int
    """The newest revision of the terms this account accepted, 0 when none."""
    proven_by: str | None = None
    """How the member was known when the own password was set: a question, how an agent ``Vouched``, ``letter``,
    ``franceconnect``; None for accounts of before this was kept."""
    documents_by_email_at: Instant | None = None
    """Since when documents go by e-mail (S19); None: by post."""

    @property
    def stands(self) -> bool:
        """Neither frozen nor closed."""
        return self.frozen_at is None and self.closed_at is None


class Vouched(StrEnum):
    """How an agent knows whom a password is for; the values are stored as a delivery's ``proof``."""

    BY_PHONE = "by_phone"
    IN_PERSON = "in_person"
    BY_AGENT = "by_agent"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One provisional password owed. ``address`` is an e-mail address, None for post: the address on record.

    ``proof`` names the question that was answered right before it, or how an agent ``Vouched``; None when neither.
    ``refused_at``: the server of this address said that it will never take a mail for it.
    """

    id: str
    account_id: str
    epoch: int
    channel: Channel
    address: str | None
    phone: str | None
    created_at: Instant
    closed_at: Instant | None = None
    proof: str | None = None
    refused_at: Instant | None = None
