"""Step 5: the question (S9). Right: password by e-mail. Wrong, or no document: password by post (S14).

A try is reserved before the answer is judged and settled with it (law 9). An answer that cannot be read as a serial
is asked again and not counted. A member whose question is not the card's goes by post without being asked.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto

from starlette.requests import Request

from idp.enrollment.facts import Answer, Enrollment, Facts
from idp.enrollment.flow import Advance, AskAgain, Outcome, Step, ask_again
from idp.enrollment.needs import EnrollmentNeeds
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import Instant
from idp.kernel.errors import Conflict
from idp.members.proof import Verdict
from idp.members.registry import RegistryUnavailable
from idp.members.serial import SerialError, read_serial
from idp.web.reading import Form


class Unjudged(Enum):
    """Why an answer was not judged."""

    BUSY = auto()
    """Another tab's answer is being judged."""
    SPENT = auto()
    """No try is left."""
    UNAVAILABLE = auto()
    """The registry did not answer; the try is void."""


_TAGS = {
    Verdict.RIGHT: Tag.PROOF_RIGHT,
    Verdict.WRONG: Tag.PROOF_WRONG,
    Verdict.NO_QUESTION: Tag.PROOF_VOID,
}


def done(facts: Facts) -> bool:
    """Answered; a member without a question this release can ask counts as answered: by post."""
    return facts.enrollment.answer is not None


def _reserve(needs: EnrollmentNeeds, member_id: str, now: Instant) -> str | Unjudged:
    with needs.begin() as unit:
        reservation = unit.members.take_proof(member_id, needs.proof_tries, now)
        if reservation is not None:
            return reservation
        return Unjudged.BUSY if unit.members.proof_is_pending(member_id, now) else Unjudged.SPENT


async def ask(
    needs: EnrollmentNeeds, _request: Request, facts: Facts, form: Form
) -> Verdict | Unjudged | SerialError | None:
    """Take a try, let the registry judge with nothing held, and settle the try at once.

    Raises ``Conflict`` when another tab's answer is being judged.

    The try is settled in a unit of work of its own: a tab that moves the enrollment meanwhile gives no guess back.
    """
    member, question = facts.member, facts.question
    if member is None or question is None or form.get("action") == "by_post":
        return None
    try:
        serial = read_serial(form.get("answer"))
    except SerialError as error:
        return error
    beats = needs.shell.beats
    reservation = await beats.take(lambda: _reserve(needs, member.id, needs.shell.clock.now()))
    if reservation is Unjudged.BUSY:
        raise Conflict("another tab's answer is being judged")
    if isinstance(reservation, Unjudged):
        return reservation
    try:
        verdict = await beats.ask(lambda: needs.registry.verify(member.id, question, serial))
    except RegistryUnavailable:
        return Unjudged.UNAVAILABLE
    return await beats.settle(lambda: _settle(needs, member.id, reservation, verdict))


def _settle(needs: EnrollmentNeeds, member_id: str, reservation: str, verdict: Verdict) -> Verdict | Unjudged:
    """Return the verdict, unless the reservation was voided before it came."""
    with needs.begin() as unit:
        settled = unit.members.settle_proof(reservation, verdict.settlement)
        unit.audit.add(AuditEvent(_TAGS[verdict], member=member_id, details={"settled": settled}))
        return verdict if settled else Unjudged.UNAVAILABLE


def decide(facts: Facts, form: Form, asked: object) -> Outcome:
    """Right goes on to the mailbox; everything else that was judged ends in a letter."""
    enrollment = facts.enrollment
    if form.get("action") == "by_post" or facts.question is None:
        return by_post(enrollment)
    match asked:
        case SerialError():
            return ask_again("answer", f"enrollment.proof.vitale.error.{asked.problem}")
        case Unjudged.UNAVAILABLE:
            return AskAgain({"answer": ("enrollment.proof.error.unavailable", {})}, status=503)
        case Unjudged.SPENT:
            return Advance(replace(enrollment, answer=Answer.WRONG), issue=True)
        case Verdict.RIGHT:
            return Advance(replace(enrollment, answer=Answer.RIGHT))
        case Verdict.WRONG:
            return Advance(replace(enrollment, answer=Answer.WRONG), issue=True)
        case Verdict.NO_QUESTION:
            return by_post(enrollment)
    raise Conflict("nothing was judged")


def by_post(enrollment: Enrollment) -> Advance:
    """End in a letter without using a try."""
    return Advance(replace(enrollment, answer=Answer.NO_QUESTION), issue=True)


def forget(enrollment: Enrollment) -> Enrollment:
    """An answer is never forgotten; ``reachable`` lets nobody come back here."""
    return enrollment


def view(facts: Facts, _query: Form) -> dict[str, object]:
    """Say which side of the card to read."""
    return {"question": facts.question}


STEP = Step(
    stage=5,
    slug="verification",
    template="enrollment/verification.html",
    done=done,
    decide=decide,
    forget=forget,
    view=view,
    ask=ask,
)
