"""Step 4: e-mail and phone (S7). The address on record is not shown before the proof."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from idp.accounts.addresses import email_problem, read_email
from idp.enrollment.facts import Enrollment, Facts
from idp.enrollment.flow import Advance, AskAgain, Outcome, Step
from idp.enrollment.phones import phone_problem, read_phone
from idp.web.reading import Form


def decide(facts: Facts, form: Form, _asked: Any) -> Outcome:
    """Keep both, or say what is wrong with each."""
    email, phone = read_email(form.get("email")), read_phone(form.get("phone"))
    if email is None or phone is None:
        errors = {"email": email_problem(form.get("email")), "phone": phone_problem(form.get("phone"))}
        return AskAgain({name: problem for name, problem in errors.items() if problem})
    return Advance(replace(facts.enrollment, email=email, phone=phone))


def forget(enrollment: Enrollment) -> Enrollment:
    """Ask again."""
    return replace(enrollment, email=None, phone=None)


STEP = Step(
    stage=4,
    slug="coordonnees",
    template="enrollment/coordonnees.html",
    done=lambda facts: facts.enrollment.email is not None,
    decide=decide,
    forget=forget,
)
