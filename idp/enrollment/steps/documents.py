"""Step 3: what to prepare, before it is asked (S6)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from idp.enrollment.facts import Enrollment, Facts
from idp.enrollment.flow import Advance, Outcome, Step
from idp.web.reading import Form


def decide(facts: Facts, _form: Form, _asked: Any) -> Outcome:
    """The member has read it."""
    return Advance(replace(facts.enrollment, documents_read_at=facts.now))


def forget(enrollment: Enrollment) -> Enrollment:
    """Show it again."""
    return replace(enrollment, documents_read_at=None)


def view(facts: Facts, _query: Form) -> dict[str, object]:
    """Name the question to come."""
    return {"question": facts.question or "none", "tries": facts.tries_left, "vouchers": facts.may_be_vouched_for}


STEP = Step(
    stage=3,
    slug="documents",
    template="enrollment/documents.html",
    done=lambda facts: facts.enrollment.documents_read_at is not None,
    decide=decide,
    forget=forget,
    view=view,
)
