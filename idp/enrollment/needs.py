"""What enrollment is given by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from idp.accounts.throttle import Attempts
from idp.enrollment.disclosure import Uniform
from idp.enrollment.ports import EnrollmentUnit
from idp.members.registry import Registry
from idp.web.shell import Shell


@dataclass(frozen=True)
class EnrollmentNeeds:
    """Everything the steps may touch.

    ``proof_tries``: wrong answers per 7 days; ``letter_days``: life of a posted password; ``confirm_all``: a letter
    confirms every sign-up by e-mail, not only those proven by an amount; ``uniform``: None tells what the guide tells.
    """

    shell: Shell
    begin: Callable[..., AbstractContextManager[EnrollmentUnit]]
    attempts: Attempts
    registry: Registry
    proof_tries: int
    letter_days: int
    confirm_all: bool
    uniform: Uniform | None
