"""The registry over the imported tables: judges the serial of a card, tells the payments."""

from __future__ import annotations

from datetime import date

from sqlalchemy import bindparam, select
from sqlalchemy.exc import OperationalError

from idp.kernel.clock import Clock
from idp.kernel.vault import Pepper
from idp.members.proof import Verdict
from idp.members.question import Question
from idp.members.registry import Payment, Registry, RegistryUnavailable
from idp.storage.database import Database
from idp.storage.serials import UnknownKey, serial_matches
from idp.storage.tables import members, payments

LATEST = 200
"""Payments told at once: the imported tables keep 13 months of them (law 10)."""

_SERIAL = select(members.c.vitale_serial).where(members.c.id == bindparam("id_"), members.c.left_at.is_(None))
_PAYMENTS = (
    select(payments.c.paid_on, payments.c.label, payments.c.amount_cents)
    .where(payments.c.member_id == bindparam("id_"), payments.c.paid_on >= bindparam("since"))
    .order_by(payments.c.paid_on.desc(), payments.c.label, payments.c.amount_cents.desc(), payments.c.ordinal)
    .limit(LATEST)
)


class ImportedRegistry(Registry):
    """See ``members.registry.Registry``. Amount questions are not judged: their members get the letter."""

    def __init__(self, database: Database, pepper: Pepper, clock: Clock) -> None:
        self._database = database
        self._pepper = pepper
        self._clock = clock

    def verify(self, member_id: str, question: Question, answer: str) -> Verdict:
        """Judge the serial of the card on record; nothing is asked of one who left or has no card."""
        if not question.about_card:
            return Verdict.NO_QUESTION
        try:
            with self._database.begin(write=False) as connection:
                stored: str | None = connection.execute(_SERIAL, {"id_": member_id}).scalar_one_or_none()
            if stored is None:
                return Verdict.NO_QUESTION
            right = serial_matches(self._pepper, member_id, stored, answer)
        except OperationalError as error:
            raise RegistryUnavailable("the imported tables do not answer") from error
        except UnknownKey as error:
            raise RegistryUnavailable(str(error)) from error
        return Verdict.RIGHT if right else Verdict.WRONG

    def latest_payments(self, member_id: str, since: date) -> tuple[Payment, ...]:
        """Return at most ``LATEST`` payments of ``since`` and later, newest first."""
        values = {"id_": member_id, "since": since.isoformat()}
        try:
            with self._database.begin(write=False) as connection:
                rows = connection.execute(_PAYMENTS, values).all()
        except OperationalError as error:
            raise RegistryUnavailable("the imported tables do not answer") from error
        return tuple(Payment(date.fromisoformat(row.paid_on), row.label, row.amount_cents) for row in rows)
