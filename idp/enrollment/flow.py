"""The shape of a step, its three outcomes, and the rule that chooses the next one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from idp.enrollment.facts import Enrollment, Facts, Purpose
from idp.enrollment.needs import EnrollmentNeeds
from idp.web.reading import Form


@dataclass(frozen=True, slots=True)
class Advance:
    """The fact is settled: go on. ``issue`` asks the shell to owe a provisional password, ``again`` another copy."""

    enrollment: Enrollment
    issue: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class AskAgain:
    """The same page with messages: field → (catalogue id, values)."""

    errors: Mapping[str, tuple[str, Mapping[str, object]]]
    status: int = 422


@dataclass(frozen=True, slots=True)
class Leave:
    """Elsewhere, by route name; ``slug`` for a step's own route, ``query`` as it follows the path."""

    route: str
    slug: str | None = None
    query: str = ""


Outcome = Advance | AskAgain | Leave


def ask_again(field_name: str, message: str, **values: object) -> AskAgain:
    """Return the outcome of one wrong field."""
    return AskAgain({field_name: (message, values)})


async def nothing_to_ask(_needs: EnrollmentNeeds, _request: Request, _facts: Facts, _form: Form) -> None:
    """Most steps only settle."""


@dataclass(frozen=True)
class Step:
    """One question. ``ask`` is its exchange with the outside (take, then ask), ``decide`` its pure decision over the
    facts, what was typed and what was asked; ``forget`` clears its fact, where it can be cleared."""

    stage: int
    slug: str
    template: str
    done: Callable[[Facts], bool]
    decide: Callable[[Facts, Form, Any], Outcome]
    view: Callable[[Facts, Form], dict[str, Any]] = field(default=lambda _facts, _query: {})
    ask: Callable[[EnrollmentNeeds, Request, Facts, Form], Awaitable[Any]] = nothing_to_ask
    forget: Callable[[Enrollment], Enrollment] = field(default=lambda enrollment: enrollment)


@dataclass(frozen=True)
class Walk:
    """One way through the questions: its steps in order, and where its pages live (route names)."""

    purpose: Purpose
    steps: tuple[Step, ...]
    routes: str

    def route(self, name: str) -> str:
        """Return the name of one of its routes."""
        return f"{self.routes}:{name}"

    def step(self, slug: str) -> Step | None:
        """Return the step of this slug."""
        return next((step for step in self.steps if step.slug == slug), None)


def current(steps: tuple[Step, ...], facts: Facts) -> Step:
    """Return the first step whose fact is missing; the last one never is done."""
    return next(step for step in steps if not step.done(facts))


def reachable(steps: tuple[Step, ...], facts: Facts, slug: str) -> Step | None:
    """Return the step of this slug when it may be answered now: the current one or an earlier one, but nothing
    before an answered proof: nobody proves one number and then swaps it."""
    places = [step.slug for step in steps]
    if slug not in places:
        return None
    wanted, now = places.index(slug), places.index(current(steps, facts).slug)
    proof = places.index("verification")
    if wanted > now or (facts.enrollment.answer is not None and wanted <= proof):
        return None
    if facts.enrollment.finished_at is not None and slug not in ("envoi", "messagerie"):
        return None
    if facts.enrollment.upstream is not None and slug == "messagerie":
        return None
    if facts.enrollment.by_letter and wanted != now:
        return None
    return steps[wanted]


def forget_after(steps: tuple[Step, ...], enrollment: Enrollment, step: Step) -> Enrollment:
    """Clear every fact later than a step: an earlier question was answered again."""
    for later in steps[steps.index(step) + 1 :]:
        enrollment = later.forget(enrollment)
    return enrollment
