"""What a lane's deliverer is, and how it says that it could not."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Protocol

from idp.kernel.clock import Instant
from idp.kernel.errors import IdpError
from idp.post.outbox import Job, Outcome


class TemporaryFailure(IdpError):
    """It may work later. The reason is stored and logged: never an address or a server's sentence."""


class PermanentFailure(IdpError):
    """It will never work: the job fails at once. The reason is stored and logged, as above."""


class RecipientRefused(PermanentFailure):
    """The server of this address will never take a mail for it: the member is told at the next visit."""


class Deliverer(Protocol):
    """Works the jobs of one lane."""

    def deliver(self, job: Job, now: Instant) -> Outcome:
        """Bring one job out of the house: ``SENT``, or ``DROPPED`` when it is owed no longer.

        Raises ``TemporaryFailure``, ``PermanentFailure``, ``LeaseLost``.
        """
        ...


class MailTransport(Protocol):
    """Hands one finished message over."""

    def send(self, message: EmailMessage) -> None:
        """Return once the message is accepted. Raises ``TemporaryFailure``, ``PermanentFailure``.

        Raises ``ConnectionHeld`` when called with a database connection held.
        """
        ...
