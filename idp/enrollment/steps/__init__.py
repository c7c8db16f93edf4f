"""One file per question, in the order they are asked."""

from __future__ import annotations

from idp.enrollment.facts import Purpose
from idp.enrollment.flow import Step, Walk
from idp.enrollment.steps import (
    contact,
    documents,
    identifier,
    mailbox,
    profile,
    proof,
    sending,
    terms,
)

STEPS: tuple[Step, ...] = (
    profile.STEP,
    identifier.STEP,
    documents.STEP,
    contact.STEP,
    proof.STEP,
    mailbox.STEP,
    terms.STEP,
    sending.STEP,
)

WALK = Walk(Purpose.ENROLLMENT, STEPS, "enrollment")
