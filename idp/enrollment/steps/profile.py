"""Step 1: which profile (S2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from idp.enrollment.facts import Enrollment, Facts, Profile
from idp.enrollment.flow import Advance, Outcome, Step, ask_again
from idp.web.reading import Form

ENROLLING = (Profile.PARTICULIER, Profile.EXPLOITANT)


def decide(facts: Facts, form: Form, _asked: Any) -> Outcome:
    """Keep the profile; *Entreprise* and *Autre* stay on this step, which then shows their way in."""
    chosen = form.get("profile")
    if chosen not in list(Profile):
        return ask_again("profile", "enrollment.profile.error.missing")
    return Advance(replace(facts.enrollment, profile=Profile(chosen)))


def forget(enrollment: Enrollment) -> Enrollment:
    """Ask again."""
    return replace(enrollment, profile=None)


STEP = Step(
    stage=1,
    slug="profil",
    template="enrollment/profil.html",
    done=lambda facts: facts.enrollment.profile in ENROLLING,
    decide=decide,
    forget=forget,
)
