"""Step 6, part 2: the general conditions; accepting them activates the sending (S12)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from idp.accounts.terms import Acceptance
from idp.enrollment.facts import Enrollment, Facts
from idp.enrollment.flow import Advance, AskAgain, Outcome, Step, ask_again
from idp.web.reading import Form


def decide(facts: Facts, form: Form, _asked: Any) -> Outcome:
    """Accept exactly the text that was shown, and let the password leave."""
    terms = facts.terms
    if not form.get("accept"):
        return ask_again("accept", "enrollment.terms.error.missing")
    if form.get("revision") != str(terms.revision):
        return AskAgain({})
    acceptance = Acceptance(terms.revision, terms.language, terms.digest, facts.now)
    return Advance(replace(facts.enrollment, terms=acceptance), issue=True)


def forget(enrollment: Enrollment) -> Enrollment:
    """Ask again."""
    return replace(enrollment, terms=None)


def view(facts: Facts, _query: Form) -> dict[str, object]:
    """Show the current text."""
    return {"terms": facts.terms, "proven": facts.enrollment.upstream is not None}


STEP = Step(
    stage=6,
    slug="conditions",
    template="enrollment/conditions.html",
    done=lambda facts: facts.enrollment.by_letter or facts.enrollment.terms is not None,
    decide=decide,
    forget=forget,
    view=view,
)
