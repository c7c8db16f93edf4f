"""Step 2: the social security number (S3–S5). An open account or a live delivery shows the invitation view.

Where everybody must see the same, a number that is nobody's is kept as its shadow and goes on like any other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request

from idp.accounts.throttle import LOOKUP_SOURCE
from idp.enrollment.facts import Enrollment, Facts
from idp.enrollment.flow import Advance, AskAgain, Outcome, Step, ask_again
from idp.enrollment.needs import EnrollmentNeeds
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import minutes_until
from idp.members.member import Member
from idp.members.nir import Nir, NirError, read_nir
from idp.members.question import Question, question_for
from idp.members.registry import RegistryUnavailable
from idp.web.reading import Form


@dataclass(frozen=True, slots=True)
class Identified:
    """What a number stands for: a member, or only its shadow; and the question that can be asked."""

    member_id: str | None
    shadow: str | None
    question: Question | None


def done(facts: Facts) -> bool:
    """A member is named, has no open account, and waits for no password, or says that nothing came.

    Once the question is answered the number stands: what others do with it meanwhile turns nobody back.
    """
    enrollment = facts.enrollment
    if enrollment.holder is None or enrollment.answer is not None or facts.uniform:
        return enrollment.holder is not None
    if enrollment.second_door_at is not None:
        return not facts.account_is_taken or facts.frozen
    return not facts.account_is_taken and facts.live_delivery is None


def _second_door(facts: Facts, form: Form) -> bool:
    """The member named already says that nothing came; where all must see the same, no page has this door."""
    named = facts.enrollment.holder is not None and not facts.uniform
    return form.get("action") == "not_received" and named


async def ask(
    needs: EnrollmentNeeds, request: Request, facts: Facts, form: Form
) -> Identified | NirError | AskAgain | None:
    """Read the number, take a look-up of this source, and only then look the number up."""
    if _second_door(facts, form):
        return None
    try:
        nir = read_nir(form.get("nir"))
    except NirError as error:
        return error
    source = needs.shell.sources.of(request)
    free_at = await needs.shell.beats.take(lambda: needs.attempts.take("lookup:source:" + source, LOOKUP_SOURCE))
    if free_at is not None:
        minutes = minutes_until(free_at, needs.shell.clock.now())
        return AskAgain({"nir": ("enrollment.identifier.error.throttled", {"minutes": minutes})}, status=429)
    member = await needs.shell.beats.settle(lambda: _find(needs, nir, source))
    shadow = needs.uniform.shadow(nir) if needs.uniform else None
    if member is not None:
        return Identified(member.id, shadow, await _possible(needs, member.id, question_for(member)))
    if needs.uniform is None or shadow is None:
        return None
    return Identified(None, shadow, await _drawn(needs, shadow, needs.uniform.question(shadow)))


async def _possible(needs: EnrollmentNeeds, member_id: str, question: Question) -> Question | None:
    """Return the question if the record can judge it; when the registry does not answer it is asked all the same."""
    if question.about_card:
        return question
    try:
        return question if await needs.registry.can_ask(member_id, question) else None
    except RegistryUnavailable:
        return question


async def _drawn(needs: EnrollmentNeeds, shadow: str, question: Question | None) -> Question | None:
    """Return the question of a number that is nobody's; the registry is asked as about a member, and decides nothing.

    Where it does not answer there is always a question, as a member would have one.
    """
    asked = question or Question.PAYMENT
    possible = await _possible(needs, shadow, asked)
    return question if possible is None else asked


def _find(needs: EnrollmentNeeds, nir: Nir, source: str) -> Member | None:
    with needs.begin() as unit:
        member = unit.members.find_by_nir(nir)
        found = {"known": member is not None}
        unit.audit.add(
            AuditEvent(Tag.NUMBER_LOOKED_UP, member=member.id if member else None, source=source, details=found)
        )
        return member


def decide(facts: Facts, form: Form, asked: Identified | NirError | AskAgain | None) -> Outcome:
    """Keep the member; the second door of the invitation view keeps the number and goes on."""
    enrollment = facts.enrollment
    if _second_door(facts, form):
        opened = facts.account_is_taken and not facts.frozen
        return AskAgain({}) if opened else Advance(replace(enrollment, second_door_at=facts.now))
    match asked:
        case AskAgain():
            return asked
        case NirError():
            return ask_again("nir", f"enrollment.identifier.error.{asked.problem}", count=asked.count)
        case Identified():
            known = replace(enrollment, member_id=asked.member_id, shadow=asked.shadow, question=asked.question)
            return Advance(known)
    return ask_again("nir", "enrollment.identifier.error.not_found")


def forget(enrollment: Enrollment) -> Enrollment:
    """Ask again; the number typed is not shown."""
    return replace(enrollment, member_id=None, shadow=None, question=None, second_door_at=None)


def view(facts: Facts, _query: Form) -> dict[str, Any]:
    """Tell which invitation the existing view makes."""
    delivery = facts.live_delivery
    return {
        "frozen": facts.frozen,
        "live_delivery": not facts.account_is_taken,
        "refused": delivery is not None and delivery.refused_at is not None,
    }


STEP = Step(
    stage=2,
    slug="identifiant",
    template="enrollment/identifiant.html",
    done=done,
    decide=decide,
    forget=forget,
    view=view,
    ask=ask,
)
