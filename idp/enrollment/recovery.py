"""A forgotten password: number, question, and another provisional password (design section 5).

    numero ─→ verification ─→ envoi

It goes only to the e-mail address verified for more than 7 days, or to the address on record; both are told at once,
and nothing can be typed or changed on the way. Asking changes nothing but the outbox: the old password lives until a
new one is set. An account that never opened is led to enrollment.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from idp.enrollment.facts import Answer, Facts, Purpose
from idp.enrollment.flow import Leave, Outcome, Step, Walk
from idp.enrollment.steps import identifier, proof
from idp.web.reading import Form


def unopened(facts: Facts) -> bool:
    """There is no password to forget; told to everybody in ``guide``, else only to who proved who they are."""
    told = not facts.uniform or facts.enrollment.answer is Answer.RIGHT
    return told and facts.enrollment.holder is not None and not facts.account_is_taken


def _identified(facts: Facts) -> bool:
    enrollment = facts.enrollment
    return enrollment.holder is not None and (enrollment.answer is not None or not unopened(facts))


def _stay(_facts: Facts, _form: Form, _asked: Any) -> Outcome:
    """Nothing is asked on the last page."""
    return Leave("signin:login")


WALK = Walk(
    Purpose.RECOVERY,
    (
        replace(identifier.STEP, slug="numero", template="enrollment/recovery/numero.html", done=_identified),
        proof.STEP,
        Step(
            stage=6,
            slug="envoi",
            template="enrollment/recovery/envoi.html",
            done=lambda _facts: False,
            decide=_stay,
        ),
    ),
    "recovery",
)
