"""Answers of the fund's registry, read strictly: what ``docs/registry.openapi.yaml`` does not say is no answer.

No reason told here holds a value of the answer: amounts, labels and verdicts stay out of every log.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from idp.members.proof import Verdict
from idp.members.registry import Payment, RegistryUnavailable

if TYPE_CHECKING:
    from idp.outbound.exchange import Answered

MOST_PAYMENTS = 200
LABEL_BOUND = 200

_AMOUNT = re.compile(r"(\d{1,9})\.(\d{2})\Z", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)


def read_possible(answered: Answered) -> bool:
    """Return whether there is something to ask. Raises ``RegistryUnavailable``, as all of this module do."""
    possible = _object(answered).get("possible")
    if not isinstance(possible, bool):
        raise RegistryUnavailable("the registry's answer lacks a readable possible")
    return possible


def read_verdict(answered: Answered) -> Verdict:
    """Return the verdict."""
    verdict = _object(answered).get("verdict")
    if not isinstance(verdict, str) or verdict not in tuple(Verdict):
        raise RegistryUnavailable("the registry's answer lacks a known verdict")
    return Verdict(verdict)


def read_payments(answered: Answered, since: date) -> tuple[Payment, ...]:
    """Return the payments, newest first, in the order of the imported tables."""
    listed = _object(answered).get("payments")
    if not isinstance(listed, list) or len(listed) > MOST_PAYMENTS:
        raise RegistryUnavailable("the registry's answer lacks a readable list of payments")
    payments = [_payment(one) for one in listed]
    if any(payment.paid_on < since for payment in payments):
        raise RegistryUnavailable("the registry told a payment from before the day asked for")
    return tuple(sorted(payments, key=lambda one: (-one.paid_on.toordinal(), one.label, -one.amount_cents)))


def _payment(one: object) -> Payment:
    fields = [one.get(name) for name in ("paid_on", "label", "amount")] if isinstance(one, dict) else []
    match fields:
        case [str(paid_on), str(label), str(amount)]:
            return Payment(_day(paid_on), _label(label), _cents(amount))
    raise RegistryUnavailable("the registry told a payment without a field, or with one of a wrong type")


def _day(text: str) -> date:
    try:
        if _DAY.match(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise RegistryUnavailable("the registry told a payment whose day is no date")


def _label(text: str) -> str:
    if not text.strip() or len(text) > LABEL_BOUND or not text.isprintable():
        raise RegistryUnavailable("the registry told a payment whose label is empty, too long or not printable")
    return text


def _cents(text: str) -> int:
    found = _AMOUNT.match(text)
    cents = int(found[1]) * 100 + int(found[2]) if found else 0
    if cents == 0:
        raise RegistryUnavailable("the registry told a payment whose amount is not like 123.45")
    return cents


def _object(answered: Answered) -> Mapping[str, object]:
    if answered.status != 200:
        raise RegistryUnavailable(f"the registry answered with status {answered.status}")
    if answered.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise RegistryUnavailable("the registry's answer is not application/json")
    try:
        told = json.loads(answered.body.decode("utf-8"))
    except (ValueError, RecursionError):
        # The cause would quote the answer.
        raise RegistryUnavailable("the registry's answer is no JSON") from None
    if not isinstance(told, dict):
        raise RegistryUnavailable("the registry's answer is no JSON object")
    return told
