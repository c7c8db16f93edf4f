"""Step 6, part 1: confirm the e-mail address; the pencil changes it (S11). After the sending it corrects it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from idp.accounts.addresses import email_problem, read_email
from idp.enrollment.facts import Enrollment, Facts
from idp.enrollment.flow import Advance, AskAgain, Outcome, Step
from idp.enrollment.steps.sending import too_soon
from idp.web.reading import Form


def decide(facts: Facts, form: Form, _asked: Any) -> Outcome:
    """Without a field: confirmed. With one: another address, shown again before the sending, sent to at once after."""
    enrollment = facts.enrollment
    if all(name != "email" for name, _ in form.pairs):
        return Advance(replace(enrollment, mailbox_confirmed_at=facts.now))
    email = read_email(form.get("email"))
    if email is None:
        problem = email_problem(form.get("email"))
        return AskAgain({"email": problem} if problem else {})
    if enrollment.finished_at is None:
        return Advance(replace(enrollment, email=email, mailbox_confirmed_at=None))
    return too_soon(facts) or Advance(replace(enrollment, email=email), issue=True)


def forget(enrollment: Enrollment) -> Enrollment:
    """Confirm again."""
    return replace(enrollment, mailbox_confirmed_at=None)


def view(facts: Facts, query: Form) -> dict[str, object]:
    """Show the address; ``modifier`` in the query or a refused address opens the field."""
    editing = facts.enrollment.finished_at is not None or any(name in ("modifier", "email") for name, _ in query.pairs)
    return {"email": facts.enrollment.email, "edit": editing}


STEP = Step(
    stage=6,
    slug="messagerie",
    template="enrollment/messagerie.html",
    # Nothing is mailed to who was proven by an identity: there is no address to confirm.
    done=lambda facts: (
        facts.enrollment.by_letter
        or facts.enrollment.upstream is not None
        or facts.enrollment.mailbox_confirmed_at is not None
    ),
    decide=decide,
    forget=forget,
    view=view,
)
