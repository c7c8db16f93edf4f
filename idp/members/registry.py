"""The port of the fund's registry: it judges answers and tells payments; amounts and serials stay with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from idp.kernel.errors import IdpError
from idp.members.proof import Verdict
from idp.members.question import Question


class RegistryUnavailable(IdpError):
    """The registry gave no verdict: the try is void, and the person is asked to come back."""


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment the member received. ``amount_cents`` is euro cents."""

    paid_on: date
    label: str
    amount_cents: int


class Registry(Protocol):
    """Asked on the event loop with no database connection held (beat *ask*, design section 2).

    Somebody unknown is asked about as long and as often as a member is: time tells nothing (design section 5).
    """

    async def can_ask(self, member_id: str, question: Question) -> bool:
        """Tell whether the record has anything to judge such an answer by. Raises ``RegistryUnavailable``."""
        ...

    async def verify(self, member_id: str, question: Question, answer: str, attempt: str) -> Verdict:
        """Judge an answer: the digits of a serial, or an amount as ``members.amount.plain`` writes it.

        ``attempt`` names this judged try: asked again under the same name, the registry repeats its verdict.
        Raises ``RegistryUnavailable``.
        """
        ...

    async def latest_payments(self, member_id: str, since: date) -> tuple[Payment, ...]:
        """Return payments of ``since`` and later, newest first. Raises ``RegistryUnavailable``."""
        ...
