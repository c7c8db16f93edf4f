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
    """Asked with no database connection held (beat *ask*, design section 2)."""

    def verify(self, member_id: str, question: Question, answer: str) -> Verdict:
        """Judge an answer; a serial comes as ``read_serial`` returns it. Raises ``RegistryUnavailable``."""
        ...

    def latest_payments(self, member_id: str, since: date) -> tuple[Payment, ...]:
        """Return payments of ``since`` and later, newest first. Raises ``RegistryUnavailable``."""
        ...
