"""Step 2: the social security number (S3–S5). An open account or a live delivery shows the invitation view."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.requests import Request

from idp.accounts.throttle import LOOKUP_SOURCE
from idp.enrollment.flow import Advance, AskAgain, Enrollment, Facts, Outcome, Step, ask_again
from idp.enrollment.needs import EnrollmentNeeds
from idp.enrollment.ports import EnrollmentUnit
from idp.kernel.clock import MINUTE
from idp.members.member import Member
from idp.members.nir import NirError, read_nir
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


async def ask(needs: EnrollmentNeeds, request: Request, facts: Facts, form: Form) -> AskAgain | None:
    """Take a look-up of this source before any number is looked up."""
    if _second_door(facts, form):
        return None
    bucket = "lookup:source:" + needs.shell.sources.of(request)
    free_at = await needs.shell.beats.take(lambda: needs.attempts.take(bucket, LOOKUP_SOURCE))
    if free_at is None:
        return None
    minutes = max(1, -(-(free_at - needs.shell.clock.now()) // MINUTE))
    values = {"minutes": minutes, "phone": needs.shell.pages.contact.phone}
    return AskAgain({"nir": ("enrollment.identifier.error.throttled", values)}, status=429)


def find(unit: EnrollmentUnit, form: Form) -> Member | NirError | None:
    """Return the member with the number typed, or what is wrong with it."""
    try:
        return unit.members.find_by_nir(read_nir(form.get("nir")))
    except NirError as error:
        return error


def decide(facts: Facts, form: Form, asked: AskAgain | None, found: Member | NirError | None) -> Outcome:
    """Keep the member; the second door of the invitation view keeps the number and goes on."""
    enrollment = facts.enrollment
    if _second_door(facts, form) and not facts.account_is_open:
        return Advance(replace(enrollment, second_door_at=facts.now))
    if asked is not None:
        return asked
    if _second_door(facts, form):
        return AskAgain({})
    if isinstance(found, NirError):
        return ask_again("nir", f"enrollment.identifier.error.{found.problem}", count=found.count)
    if found is None:
        return ask_again("nir", "enrollment.identifier.error.not_found")
    return Advance(replace(enrollment, member_id=found.id))


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
    find=find,
)
