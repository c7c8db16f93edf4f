"""An agent enrolls a member who called (S4): budgets, the registry, the judgement, the delivery, the audit.

    take (agent, number) → read the member → ask the registry → settle ─┬─ by post, to the address on record
                                                                        ├─ by e-mail, the person being seen
                                                                        └─ nothing is sent, and why

The agent learns of each trait whether it matches, of all at once and after the last: no result helps to guess another.
Nothing matches a number that is nobody's, and it costs the same tries and the same questions as a member's.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from idp.accounts.account import Account, Channel, Delivery, Vouched
from idp.accounts.throttle import Attempts, Limit
from idp.enrollment.by_phone import Results, compare, decide
from idp.enrollment.facts import Answer
from idp.enrollment.issue import owe_mail
from idp.enrollment.letters import Withheld, owe_letter
from idp.enrollment.ports import EnrollmentUnit
from idp.enrollment.told import Told
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import DAY, MINUTE, Clock, Instant, months_before, paris_date
from idp.kernel.ids import new_id
from idp.kernel.vault import Pepper
from idp.members.member import Member
from idp.members.nir import Nir
from idp.members.registry import Payment, RegistryUnavailable

AGENT = Limit(burst=20, interval=5 * MINUTE)
NUMBER = Limit(burst=3, interval=DAY)

_LOOK_BACK = 13
"""Months of payments among which the last one is looked for: what the tables keep."""


class Outcome(StrEnum):
    """How a call ends; the values are stored in the audit and printed by ``--json``."""

    LETTER = "letter"
    EMAIL = "email"
    REFUSED = "refused"
    OPEN = "open"
    CLOSED = "closed"
    FROZEN = "frozen"
    NO_ADDRESS = "no_address"
    TOO_MANY = "too_many"

    @property
    def sent(self) -> bool:
        """Whether a password is on its way."""
        return self in (Outcome.LETTER, Outcome.EMAIL)


@dataclass(frozen=True, slots=True)
class Call:
    """One call. ``email`` is set only when the agent sees the person and their papers."""

    agent: str
    nir: Nir
    told: Told
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """What the agent is shown."""

    results: Results
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class TooSoon:
    """A budget is used up; ``free_at`` is when the next call is judged."""

    free_at: Instant


@dataclass(frozen=True)
class PhoneDesk:
    """What serves a call. ``payments`` asks the registry for what a member received since a day."""

    begin: Callable[..., AbstractContextManager[EnrollmentUnit]]
    attempts: Attempts
    pepper: Pepper
    clock: Clock
    payments: Callable[[str, date], tuple[Payment, ...]]

    def serve(self, call: Call) -> Ended | TooSoon:
        """Judge a call and owe the password. Raises ``RegistryUnavailable``: then no try was used."""
        free_at = self._take(call)
        if free_at is not None:
            with self.begin() as unit:
                details = {"agent": call.agent, "outcome": "too_soon"}
                unit.audit.add(AuditEvent(Tag.PHONE_CHECKED, details=details))
            return TooSoon(free_at)
        with self.begin(write=False) as unit:
            member = unit.members.find_by_nir(call.nir)
        last_payment = self._last_payment(call, member)
        with self.begin() as unit:
            return self._settle(unit, call, unit.members.find_by_nir(call.nir), last_payment)

    def _buckets(self, call: Call) -> tuple[tuple[str, Limit], ...]:
        number = self.pepper.lookup("phone", call.nir.value).digest
        return (f"phone:agent:{call.agent}", AGENT), (f"phone:number:{number}", NUMBER)

    def _take(self, call: Call) -> Instant | None:
        waits = (self.attempts.take(bucket, limit) for bucket, limit in self._buckets(call))
        return next((free_at for free_at in waits if free_at is not None), None)

    def _last_payment(self, call: Call, member: Member | None) -> date | None:
        today = paris_date(self.clock.now())
        try:
            # Somebody unknown is asked about too: how long it takes, or that it fails, tells nothing.
            received = self.payments(member.id if member else new_id(), months_before(today, _LOOK_BACK))
        except RegistryUnavailable:
            for bucket, limit in self._buckets(call):
                self.attempts.give_back(bucket, limit)
            raise
        return max((payment.paid_on for payment in received if payment.paid_on <= today), default=None)

    def _settle(self, unit: EnrollmentUnit, call: Call, member: Member | None, last_payment: date | None) -> Ended:
        results = compare(member, last_payment, call.told)
        outcome = Outcome.REFUSED
        if member is not None and decide(results):
            outcome = self._owe(unit, call, member)
        known = member.id if member else None
        told = {str(trait): "matches" if right else "does not match" for trait, right in results.items()}
        details = {"agent": call.agent, "outcome": str(outcome), **told}
        unit.audit.add(AuditEvent(Tag.PHONE_CHECKED, member=known, details=details))
        if member is not None and outcome.sent:
            account = unit.accounts.of_member(member.id)
            done = {"agent": call.agent, "channel": str(outcome)}
            unit.audit.add(AuditEvent(Tag.PHONE_ENROLLED, known, account.id if account else None, details=done))
        return Ended(results, outcome)

    def _owe(self, unit: EnrollmentUnit, call: Call, member: Member) -> Outcome:
        now = self.clock.now()
        account = unit.accounts.lock(unit.accounts.ensure(member.id, now).id)
        against = _reason_against(account, by_mail=call.email is not None)
        if account is None or against is not None:
            return against or Outcome.CLOSED
        if call.email is None:
            return _by_post(unit, member, now)
        seen = Vouched.IN_PERSON
        delivery = Delivery(new_id(), account.id, account.epoch, Channel.EMAIL, call.email, None, now, proof=seen)
        owe_mail(unit, member, delivery, confirm=True)
        return Outcome.EMAIL


def _reason_against(account: Account | None, *, by_mail: bool) -> Outcome | None:
    if account is None or account.closed_at is not None:
        return Outcome.CLOSED
    if account.frozen_at is not None:
        return Outcome.FROZEN if by_mail else None  # a letter is the way back
    return Outcome.OPEN if account.opened_at is not None else None


def _by_post(unit: EnrollmentUnit, member: Member, now: Instant) -> Outcome:
    match owe_letter(unit, member.id, Answer.NO_QUESTION, Vouched.BY_PHONE, now):
        case Delivery():
            return Outcome.LETTER
        case Withheld.NO_ADDRESS:
            return Outcome.NO_ADDRESS
        case Withheld.TOO_MANY:
            return Outcome.TOO_MANY
        case _:
            return Outcome.CLOSED
