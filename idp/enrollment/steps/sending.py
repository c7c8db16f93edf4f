"""Step 6, part 3: on its way, by e-mail or by post (S13–S15); *send again* and *correct it* in the same browser."""

from __future__ import annotations

from typing import Any

from idp.enrollment.facts import Facts
from idp.enrollment.flow import Advance, AskAgain, Leave, Outcome, Step
from idp.kernel.clock import SECOND, minutes_until
from idp.web.reading import Form

RESENDS = 3
APART = 60 * SECOND


def too_soon(facts: Facts) -> AskAgain | None:
    """Return the refusal of another sending: the third was the last, and they stay 60 s apart.

    An address that its server refused is corrected at once: nothing left for it.
    """
    wait = wait_minutes(facts)
    if facts.enrollment.sends > RESENDS:
        return AskAgain({"email": ("enrollment.sending.resend_over", {})}, status=429)
    if wait is not None and not is_refused(facts):
        return AskAgain({"email": ("enrollment.sending.resend_limit", {"minutes": wait})}, status=429)
    return None


def is_refused(facts: Facts) -> bool:
    """Tell whether the server of the address will never take a mail for it."""
    return facts.delivery is not None and facts.delivery.refused_at is not None


def wait_minutes(facts: Facts) -> int | None:
    """Return the minutes until another sending is possible, None when it is now or never."""
    sent_at = facts.enrollment.sent_at
    if sent_at is None or facts.now >= sent_at + APART:
        return None
    return minutes_until(sent_at + APART, facts.now)


def decide(facts: Facts, form: Form, _asked: Any) -> Outcome:
    """Another copy, or another address."""
    if facts.enrollment.by_letter or facts.enrollment.delivery_id is None:
        return Leave("enrollment:resume")
    match form.get("action"):
        case "resend":
            refused = too_soon(facts)
            return AskAgain({}, refused.status) if refused else Advance(facts.enrollment, again=True)
        case "correct":
            return Leave("enrollment:step", slug="messagerie", query="?modifier=1")
    return Leave("signin:login")


def view(facts: Facts, form: Form) -> dict[str, object]:
    """Say what to check; the wait is told to who asked too soon."""
    enrollment = facts.enrollment
    refused = is_refused(facts)
    return {
        "email": enrollment.email,
        "refused": refused,
        "confirmation": facts.confirmed,
        "delayed": facts.delayed and not refused,
        "can_resend": enrollment.sends <= RESENDS and not refused and not facts.delayed,
        "resent": enrollment.sends > 1,
        "wait_minutes": wait_minutes(facts) if form.get("action") == "resend" else None,
    }


STEP = Step(
    stage=6,
    slug="envoi",
    template="enrollment/envoi.html",
    done=lambda _facts: False,
    decide=decide,
    view=view,
)
