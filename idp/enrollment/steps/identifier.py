"""Step 2: the social security number (S3–S5). An open account or a live delivery shows the invitation view."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.requests import Request

from idp.accounts.throttle import LOOKUP_SOURCE
from idp.enrollment.facts import Enrollment, Facts
from idp.enrollment.flow import Advance, AskAgain, Outcome, Step, ask_again
from idp.enrollment.needs import EnrollmentNeeds
from idp.kernel.clock import minutes_until
from idp.members.member import Member
from idp.members.nir import Nir, NirError, read_nir
from idp.web.reading import Form


def done(facts: Facts) -> bool:
    """A member is named, has no open account, and waits for no password, or says that nothing came.

    Once the question is answered the number stands: what others do with it meanwhile turns nobody back.
    """
    enrollment = facts.enrollment
    if enrollment.member_id is None or enrollment.answer is not None:
        return enrollment.member_id is not None
    return not facts.account_is_open and (not facts.live_delivery or enrollment.second_door_at is not None)


def _second_door(facts: Facts, form: Form) -> bool:
    """The member named already says that nothing came."""
    return form.get("action") == "not_received" and facts.enrollment.member_id is not None


async def ask(
    needs: EnrollmentNeeds, request: Request, facts: Facts, form: Form
) -> Member | NirError | AskAgain | None:
    """Read the number, take a look-up of this source, and only then look the number up."""
    if _second_door(facts, form):
        return None
    try:
        nir = read_nir(form.get("nir"))
    except NirError as error:
        return error
    bucket = "lookup:source:" + needs.shell.sources.of(request)
    free_at = await needs.shell.beats.take(lambda: needs.attempts.take(bucket, LOOKUP_SOURCE))
    if free_at is not None:
        minutes = minutes_until(free_at, needs.shell.clock.now())
        return AskAgain({"nir": ("enrollment.identifier.error.throttled", {"minutes": minutes})}, status=429)
    return await needs.shell.beats.ask(lambda: _find(needs, nir))


def _find(needs: EnrollmentNeeds, nir: Nir) -> Member | None:
    with needs.begin(write=False) as unit:
        return unit.members.find_by_nir(nir)


def decide(facts: Facts, form: Form, asked: Member | NirError | AskAgain | None) -> Outcome:
    """Keep the member; the second door of the invitation view keeps the number and goes on."""
    enrollment = facts.enrollment
    if _second_door(facts, form):
        return AskAgain({}) if facts.account_is_open else Advance(replace(enrollment, second_door_at=facts.now))
    match asked:
        case AskAgain():
            return asked
        case NirError():
            return ask_again("nir", f"enrollment.identifier.error.{asked.problem}", count=asked.count)
        case Member():
            return Advance(replace(enrollment, member_id=asked.id))
    return ask_again("nir", "enrollment.identifier.error.not_found")


def forget(enrollment: Enrollment) -> Enrollment:
    """Ask again; the number typed is not shown."""
    return replace(enrollment, member_id=None, second_door_at=None)


def view(facts: Facts, _query: Form) -> dict[str, Any]:
    """Tell which invitation the existing view makes."""
    return {"live_delivery": not facts.account_is_open}


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
