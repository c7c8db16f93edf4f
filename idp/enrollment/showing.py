"""Which page a step shows: its question, or why it cannot go on; and the way back. Pure: facts in, template out."""

from __future__ import annotations

from typing import Any

from idp.enrollment import recovery
from idp.enrollment.facts import Answer, Facts, Purpose
from idp.enrollment.flow import Step, Walk, current, reachable
from idp.web.reading import Form

Shown = tuple[str, dict[str, Any]]
"""A template and its own context."""


def shown(walk: Walk, step: Step, facts: Facts | None, query: Form, letter_days: int) -> Shown:
    """Return the page of a step; some show another one when they cannot go on. ``facts`` is None before any answer."""
    if facts is None:
        return step.template, {}
    context = step.view(facts, query)
    if step.slug == "envoi":
        return _ending(step, facts, context, letter_days)
    enrollment = facts.enrollment
    if current(walk.steps, facts) is not step:
        return step.template, context
    if step.slug == "numero" and enrollment.holder is not None:
        return "enrollment/recovery/unopened.html", {**context, "can_go_back": True}
    if step.slug == "profil" and enrollment.profile is not None:
        return "enrollment/elsewhere.html", {"kind": "company" if enrollment.profile == "entreprise" else "other"}
    if step.slug == "identifiant" and enrollment.holder is not None:
        return "enrollment/existing.html", context
    return step.template, context


def step_before(walk: Walk, step: Step, facts: Facts | None) -> Step | None:
    """Return the question to go back to, None when there is none or it may not be answered again."""
    place = walk.steps.index(step)
    if facts is None or place == 0 or facts.enrollment.finished_at is not None:
        return None
    before = walk.steps[place - 1]
    return before if reachable(walk.steps, facts, before.slug) is not None else None


def is_over(facts: Facts) -> bool:
    """Tell whether the account opened after the question was answered here; told to who may know it."""
    enrollment = facts.enrollment
    if enrollment.purpose is Purpose.RECOVERY or not facts.account_is_taken:
        return False
    told = not facts.uniform and not facts.frozen
    return enrollment.answer is Answer.RIGHT or (enrollment.answer is not None and told)


def _ending(step: Step, facts: Facts, context: dict[str, Any], letter_days: int) -> Shown:
    """Return the last page: on its way, by post, or the fund's contacts where nothing can be sent."""
    enrollment = facts.enrollment
    recovering = enrollment.purpose is Purpose.RECOVERY
    if recovering and recovery.unopened(facts):
        return "enrollment/recovery/unopened.html", {**context, "can_go_back": False}
    no_way = enrollment.answer is Answer.NO_WAY
    nowhere = facts.member is None or facts.member.address is None
    if enrollment.by_letter and not facts.uniform and (no_way or nowhere):
        return "enrollment/no_way.html", {"why": "no_way" if no_way else "no_address"}
    if recovering or not enrollment.by_letter:
        return step.template, context
    reason = "wrong" if enrollment.answer is Answer.WRONG else "no_question"
    already = facts.letter_before and not facts.uniform
    return "enrollment/lettre.html", {"reason": reason, "days": letter_days, "already": already}
