"""The registry over the imported tables: judges serials and amounts, tells the payments."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, Executable, Row, Select, Table, bindparam, func, select
from sqlalchemy.exc import OperationalError

from idp.kernel.clock import Clock, paris_date
from idp.kernel.vault import Pepper
from idp.members.amount import read_amount
from idp.members.proof import Verdict
from idp.members.question import Question, window
from idp.members.registry import Payment, Registry, RegistryUnavailable
from idp.storage.database import Database
from idp.storage.serials import UnknownKey, no_serial, serial_matches
from idp.storage.tables import invoices, members, payments

LATEST = 200
"""Amounts of one member that are looked at: the imported tables keep 13 months of them (law 10)."""

T = TypeVar("T")

_CARD = select(members.c.vitale_serial, members.c.left_at).where(members.c.id == bindparam("member"))
_PAYMENTS = (
    select(payments.c.paid_on, payments.c.label, payments.c.amount_cents)
    .where(payments.c.member_id == bindparam("member"), payments.c.paid_on >= bindparam("since"))
    .order_by(payments.c.paid_on.desc(), payments.c.label, payments.c.amount_cents.desc(), payments.c.ordinal)
    .limit(LATEST)
)
_NO_AMOUNT = 0
"""The amount of no payment: asks whether there is a question, and judges nothing."""


class Threads(Protocol):
    """Runs database work in a thread of its own (the beat *ask*)."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]:
        """Return what ``work`` returns."""
        ...


@dataclass(frozen=True, slots=True)
class _Found:
    """What the record says. ``right`` is None when it has nothing to judge the answer by."""

    left: bool
    right: bool | None
    common: bool = False


class ImportedRegistry(Registry):
    """See ``members.registry.Registry``. One query whoever is asked about, known or not.

    An amount that more than ``common`` members share within the window is nobody's proof.
    """

    def __init__(self, database: Database, pepper: Pepper, clock: Clock, run: Threads, common: int) -> None:
        self._database = database
        self._pepper = pepper
        self._clock = clock
        self._run = run
        self._amounts = {
            Question.PAYMENT: _judging(payments, common),
            Question.INVOICE: _judging(invoices, common),
        }

    async def can_ask(self, member_id: str, question: Question) -> bool:
        """Tell whether there is a card, or within the window an amount that few share; of nobody who left."""
        found = await self._run(lambda: self._look(member_id, question, ""))
        return found.right is not None and not found.left

    async def verify(self, member_id: str, question: Question, answer: str, attempt: str) -> Verdict:  # noqa: ARG002
        """Judge an answer; a second time it is judged again, the tables being read and never written.

        That an amount is common depends on the amount alone: it is said of it before anything of the member.
        """
        found = await self._run(lambda: self._look(member_id, question, answer))
        if found.common:
            return Verdict.COMMON
        if found.left:
            return Verdict.LEFT
        if found.right is None:
            return Verdict.NO_QUESTION
        return Verdict.RIGHT if found.right else Verdict.WRONG

    async def latest_payments(self, member_id: str, since: date) -> tuple[Payment, ...]:
        """Return at most ``LATEST`` payments of ``since`` and later, newest first."""
        values = {"member": member_id, "since": since.isoformat()}
        rows = await self._run(lambda: self._rows(_PAYMENTS, values))
        return tuple(Payment(date.fromisoformat(row.paid_on), row.label, row.amount_cents) for row in rows)

    def _look(self, member_id: str, question: Question, answer: str) -> _Found:
        if question.about_card:
            return self._card(member_id, answer)
        return self._amount(member_id, question, read_amount(answer) if answer else _NO_AMOUNT)

    def _card(self, member_id: str, serial: str) -> _Found:
        rows = self._rows(_CARD, {"member": member_id})
        stored: str | None = rows[0].vitale_serial if rows else None
        try:
            right = serial_matches(self._pepper, member_id, stored or no_serial(self._pepper), serial)
        except UnknownKey as error:
            raise RegistryUnavailable(str(error)) from error
        left = bool(rows) and rows[0].left_at is not None
        return _Found(left, None if stored is None else right)

    def _amount(self, member_id: str, question: Question, cents: int) -> _Found:
        first, last = window(question, paris_date(self._clock.now()))
        values = {"member": member_id, "cents": cents, "first": first.isoformat(), "last": last.isoformat()}
        (row,) = self._rows(self._amounts[question], values)
        return _Found(bool(row.left), bool(row.right) if row.askable else None, bool(row.common))

    def _rows(self, statement: Executable, values: Mapping[str, object]) -> list[Row[Any]]:
        try:
            with self._database.begin(write=False) as connection:
                return list(connection.execute(statement, values).all())
        except OperationalError as error:
            raise RegistryUnavailable("the imported tables do not answer") from error


def _judging(table: Table, common: int) -> Select[bool, bool, bool, bool]:
    """Return the one statement that judges an amount: one row, whoever the member is."""
    within = table.c.paid_on.between(bindparam("first"), bindparam("last"))
    own = select(table.c.amount_cents).where(table.c.member_id == bindparam("member"), within)
    latest = own.order_by(table.c.paid_on.desc()).limit(LATEST).subquery()
    gone = select(members.c.id).where(members.c.id == bindparam("member"), members.c.left_at.is_not(None))
    return select(
        (_sharing(table, bindparam("cents"), common) > common).label("common"),
        gone.exists().label("left"),
        own.where(table.c.amount_cents == bindparam("cents")).exists().label("right"),
        select(latest.c.amount_cents)
        .where(_sharing(table, latest.c.amount_cents, common) <= common)
        .exists()
        .label("askable"),
    )


def _sharing(table: Table, cents: ColumnElement[int], common: int) -> ColumnElement[int]:
    """How many members have this amount in the window, counted no further than one too many (law 10)."""
    other = table.alias("other")
    within = other.c.paid_on.between(bindparam("first"), bindparam("last"))
    some = select(other.c.member_id).distinct().where(other.c.amount_cents == cents, within).limit(common + 1)
    return select(func.count()).select_from(some.correlate_except(other).subquery()).scalar_subquery()
