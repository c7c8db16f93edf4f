"""How many members get which question: what the pages shown to unknown numbers are drawn from (design section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import ColumnElement, Connection, Table, case, func, literal, select

from idp.members.member import Situation
from idp.members.question import Question, window
from idp.storage.tables import invoices, members, payments


def question_shares(connection: Connection, today: date) -> Mapping[Question | None, int]:
    """Count the members on record by question, as ``question_for`` chooses it; None where nothing can be asked.

    ``today`` is the day in Paris. Reads every member: not for each visitor.
    """
    # That an amount is shared by many is left aside: it would cost a count per member and move few of them.
    asked = (
        select(
            case(
                (members.c.situation == Situation.EXPLOITANT.value, _amount(invoices, Question.INVOICE, today)),
                ((members.c.health_rights == 1) & members.c.vitale_serial.is_not(None), _side()),
                else_=_amount(payments, Question.PAYMENT, today),
            ).label("question")
        )
        .where(members.c.left_at.is_(None))
        .subquery()
    )
    rows = connection.execute(select(asked.c.question, func.count()).group_by(asked.c.question))
    return {Question(question) if question else None: count for question, count in rows}


def _side() -> ColumnElement[str]:
    """A card not recorded to bear a photo is read on its back."""
    front, back = literal(Question.VITALE_FRONT.value), literal(Question.VITALE_BACK.value)
    return case((members.c.vitale_photo == 1, front), else_=back)


def _amount(table: Table, question: Question, today: date) -> ColumnElement[str | None]:
    first, last = (day.isoformat() for day in window(question, today))
    some = select(table.c.id).where(table.c.member_id == members.c.id, table.c.paid_on.between(first, last))
    return case((some.exists(), literal(question.value)))
