"""What enrollment is given by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from idp.accounts.account import Account
from idp.accounts.throttle import Attempts
from idp.accounts.upstream import UpstreamIdentity
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
    sign_in: Callable[[Any, Request, Account, UpstreamIdentity], str] | None = None
    """Contributed by ``federation``: opens a session for a member whom an identity proved and returns its cookie; it
    owes the change of password, as every account without one. None: no upstream provider."""
