"""The amount of a payment or an invoice, as typed (S8, S10). An unreadable one costs no try."""

from __future__ import annotations

import re
from enum import StrEnum

from idp.kernel.errors import IdpError
from idp.members.typed import TYPED_BOUND, folded

_UNIT = re.compile(r"^(?:€|euros?|eur) ?| ?(?:€|euros?|eur)$", re.IGNORECASE)
_EUROS = r"([0-9]{1,9}|[0-9]{1,3}(?: [0-9]{3}){1,2})"
"""Blanks group thousands and nothing else: two amounts side by side are not read as a third one."""
_WHOLE = re.compile(_EUROS + r" ?[.,] ?([0-9]{2})\Z")
_WITHOUT_CENTS = re.compile(_EUROS + r"(?: ?[.,] ?[0-9]?)?\Z")


class AmountProblem(StrEnum):
    """Why a typed amount is not judged; the values end the ids ``enrollment.proof.amount.error.*``."""

    MISSING = "missing"
    FORMAT = "format"
    CENTS = "cents"


class AmountError(IdpError):
    """A text that is no amount. The text itself is not kept."""

    def __init__(self, problem: AmountProblem) -> None:
        super().__init__(f"not an amount: {problem}")
        self.problem = problem


def read_amount(typed: str) -> int:
    """Return the euro cents that ``typed`` holds: one comma or dot, two digits of cents, a unit or none.

    A second separator, a sign and nothing at all (``0,00``) are no amount. Raises ``AmountError``.
    """
    if len(typed) > TYPED_BOUND:
        raise AmountError(AmountProblem.FORMAT)
    text = _UNIT.sub("", _spaced(typed))
    found = _WHOLE.match(text)
    cents = int(found[1].replace(" ", "") + found[2]) if found else 0
    if cents == 0:
        raise AmountError(_problem(text))
    return cents


def plain(cents: int) -> str:
    """Return ``1234.56``, the text a registry judges."""
    return f"{cents // 100}.{cents % 100:02d}"


def _problem(text: str) -> AmountProblem:
    if not text:
        return AmountProblem.MISSING
    return AmountProblem.CENTS if _WITHOUT_CENTS.match(text) else AmountProblem.FORMAT


def _spaced(typed: str) -> str:
    """Return ``typed`` with one ordinary space for any run of blanks, and none around it."""
    return " ".join(folded(typed).split())
