"""Step 5: the question (S8–S10). Right: password by e-mail. Wrong, or no document: password by post (S14).

A try is reserved before the answer is judged and settled with it (law 9). An answer that cannot be read as a serial or
an amount, or an amount that many members share, is asked again and not counted.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto

from starlette.requests import Request

from idp.accounts.throttle import RIGHT_SOURCE
from idp.enrollment.facts import Answer, Enrollment, Facts, Purpose
from idp.enrollment.flow import Advance, AskAgain, Outcome, Step, ask_again
from idp.enrollment.needs import EnrollmentNeeds
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import Instant, paris_date
from idp.kernel.errors import Conflict
from idp.kernel.log import get_logger
from idp.members.amount import AmountError, plain, read_amount
from idp.members.proof import Settlement, Verdict
from idp.members.question import Question, window
from idp.members.registry import RegistryUnavailable
from idp.members.serial import SerialError, read_serial
from idp.web.french import day
from idp.web.reading import Form

REFUSED = ("franceconnect", "refuse")
"""The query of this page after an upstream identity that proved nothing."""


class Unjudged(Enum):
    """Why an answer was not judged."""

    SPENT = auto()
    """No try is left."""
    UNAVAILABLE = auto()
    """The registry did not answer; the try is void."""
    STOPPED = auto()
    """This source gave far more right answers than people do."""


_TAGS = {Settlement.RIGHT: Tag.PROOF_RIGHT, Settlement.WRONG: Tag.PROOF_WRONG, Settlement.VOID: Tag.PROOF_VOID}


def done(facts: Facts) -> bool:
    """Answered; a member without a question counts as answered: by post."""
    return facts.enrollment.answer is not None


def _read(question: Question, typed: str) -> str:
    """Return the answer as a registry judges it. Raises ``SerialError``, ``AmountError``."""
    return read_serial(typed) if question.about_card else plain(read_amount(typed))


async def ask(
    needs: EnrollmentNeeds, request: Request, facts: Facts, form: Form
) -> Verdict | Unjudged | SerialError | AmountError | None:
    """Take a try, let the registry judge with nothing held, and settle the try at once.

    Raises ``Conflict`` when another tab's answer is being judged.

    The try is settled in a unit of work of its own: a tab that moves the enrollment meanwhile gives no guess back.
    """
    holder, question = facts.enrollment.holder, facts.question
    if holder is None or question is None or form.get("action") == "by_post":
        return None
    try:
        answer = _read(question, form.get("answer"))
    except (SerialError, AmountError) as error:
        return error
    source = needs.shell.sources.of(request)
    beats = needs.shell.beats
    reservation = await beats.take(lambda: _reserve(needs, holder, source))
    if isinstance(reservation, Unjudged):
        return reservation
    verdict = None
    try:
        verdict = _told(facts, await needs.registry.verify(holder, question, answer, reservation))
    except RegistryUnavailable as unavailable:
        get_logger().warning("enrollment.registry_unavailable", reason=str(unavailable))
    return await beats.settle(lambda: _settle(needs, facts, reservation, verdict, source))


def _bucket(source: str) -> str:
    return "right:source:" + source


def _reserve(needs: EnrollmentNeeds, holder: str, source: str) -> str | Unjudged:
    """Reserve a try of the member, and one right answer of the source: it is given back unless the answer is right."""
    now: Instant = needs.shell.clock.now()
    with needs.begin() as unit:
        reservation = unit.members.take_proof(holder, needs.proof_tries, now)
        if reservation is None:
            if unit.members.proof_is_pending(holder, now):
                raise Conflict("another tab's answer is being judged")
            return Unjudged.SPENT
    if needs.attempts.take(_bucket(source), RIGHT_SOURCE) is None:
        return reservation
    with needs.begin() as unit:
        unit.members.settle_proof(reservation, Settlement.VOID)
        unit.audit.add(AuditEvent(Tag.PROOF_STOPPED, source=source))
    get_logger().error("enrollment.right_answers_stopped", source=source)
    return Unjudged.STOPPED


def _told(facts: Facts, verdict: Verdict) -> Verdict:
    """Return what the visitor is told: where all must see the same, only a first enrollment's right answer differs."""
    if not facts.uniform or verdict is Verdict.COMMON:
        return verdict
    enrolled = facts.enrollment.purpose is Purpose.ENROLLMENT and facts.account_is_taken
    return Verdict.RIGHT if verdict is Verdict.RIGHT and not enrolled else Verdict.WRONG


def _settle(
    needs: EnrollmentNeeds, facts: Facts, reservation: str, verdict: Verdict | None, source: str
) -> Verdict | Unjudged:
    """Return the verdict, unless none came, or the reservation was voided before it did."""
    if verdict is not Verdict.RIGHT:
        needs.attempts.give_back(_bucket(source), RIGHT_SOURCE)
    settlement = verdict.settlement if verdict else Settlement.VOID
    with needs.begin() as unit:
        settled = unit.members.settle_proof(reservation, settlement)
        details = {"settled": settled, "verdict": verdict or "unavailable"}
        unit.audit.add(AuditEvent(_TAGS[settlement], member=facts.enrollment.member_id, details=details))
        return verdict if settled and verdict else Unjudged.UNAVAILABLE


def decide(facts: Facts, form: Form, asked: object) -> Outcome:
    """Right goes on; everything else that was judged ends by post, or with the fund's contacts."""
    if form.get("action") == "by_post" or facts.question is None:
        return by_post(facts.enrollment, Answer.NO_QUESTION)
    match asked:
        case SerialError():
            return ask_again("answer", f"enrollment.proof.vitale.error.{asked.problem}")
        case AmountError():
            return ask_again("answer", f"enrollment.proof.amount.error.{asked.problem}")
        case Unjudged():
            return _not_judged(facts.enrollment, asked)
        case Verdict():
            return _judged(facts, asked)
    raise Conflict("nothing was judged")


def _not_judged(enrollment: Enrollment, why: Unjudged) -> Outcome:
    match why:
        case Unjudged.UNAVAILABLE:
            return AskAgain({"answer": ("enrollment.proof.error.unavailable", {})}, status=503)
        case Unjudged.STOPPED:
            return AskAgain({"answer": ("enrollment.proof.error.stopped", {})}, status=429)
        case Unjudged.SPENT:
            return by_post(enrollment, Answer.WRONG)


def _judged(facts: Facts, verdict: Verdict) -> Outcome:
    enrollment = facts.enrollment
    match verdict:
        case Verdict.RIGHT:
            recovering = enrollment.purpose is Purpose.RECOVERY
            return Advance(replace(enrollment, answer=Answer.RIGHT), issue=recovering)
        case Verdict.WRONG if facts.tries_left:
            return ask_again("answer", "enrollment.proof.error.wrong", tries=facts.tries_left)
        case Verdict.WRONG:
            return by_post(enrollment, Answer.WRONG)
        case Verdict.NO_QUESTION:
            return by_post(enrollment, Answer.NO_QUESTION)
        case Verdict.COMMON:
            return ask_again("answer", "enrollment.proof.amount.error.common")
    return Advance(replace(enrollment, answer=Answer.NO_WAY))


def by_post(enrollment: Enrollment, answer: Answer) -> Advance:
    """End in a request for a letter."""
    return Advance(replace(enrollment, answer=answer), issue=True)


def view(facts: Facts, query: Form) -> dict[str, object]:
    """Say which side of the card to read, or since when the amounts count."""
    question = facts.question
    dated = question is not None and not question.about_card
    since = day(window(question, paris_date(facts.now))[0]) if question is not None and dated else ""
    return {
        "question": question,
        "since": since,
        "tries": facts.tries_left,
        "vouchers": facts.may_be_vouched_for,
        "not_proven": facts.may_be_vouched_for and (REFUSED in query.pairs),
    }


STEP = Step(
    stage=5,
    slug="verification",
    template="enrollment/verification.html",
    done=done,
    decide=decide,
    view=view,
    ask=ask,
)
