"""The code that proves an e-mail address, by e-mail to that address (laws 3 and 4).

    draw ──► bear (digest committed) ──► render ──► hand over ──► sent

The digits exist from here on, in the mail alone. A crash after *bear* costs nothing: the next try draws other digits,
and the last mail that left is the one whose digits count.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from idp.accounts.email_code import LIFE, code_digest, draw
from idp.kernel.clock import Instant
from idp.kernel.vault import Pepper
from idp.post.deliverer import MailTransport, RecipientRefused
from idp.post.message import BadAddress, Draft, compose, message_host, recipient
from idp.post.outbox import Job, Outcome
from idp.post.provisional_mail import Frame, Render
from idp.web.french import clock_time


class Codes(Protocol):
    """Keeps the digests."""

    def bear_email_code(self, job: Job, digest: str, now: Instant, expires_at: Instant) -> str | None:
        """Store the digest of a new code, renew the lease, and return the address the code is to prove.

        None, and nothing is stored, when it counts no longer: the job is to be dropped. Raises ``LeaseLost``.
        """
        ...


class CodeMail:
    """Brings codes to the addresses they prove."""

    def __init__(
        self,
        codes: Codes,
        pepper: Pepper,
        transport: MailTransport,
        frame: Frame,
        render: Render,
        t: Callable[..., str],
    ) -> None:
        self._codes = codes
        self._pepper = pepper
        self._transport = transport
        self._frame = frame
        self._render = render
        self._t = t

    def deliver(self, job: Job, now: Instant) -> Outcome:
        """Send a code; see ``Deliverer``."""
        code = draw()
        expires_at = now + LIFE
        digest = code_digest(self._pepper, job.about["asked"], code)
        address = self._codes.bear_email_code(job, digest, now, expires_at)
        if address is None:
            return Outcome.DROPPED
        try:
            recipient(address)
        except BadAddress as error:
            raise RecipientRefused(f"the e-mail address is unusable: {error}") from error
        draft = self._draft(job, address, code, now, expires_at)
        self._transport.send(compose(draft, self._frame.sender, message_host(self._frame.issuer.url)))
        return Outcome.SENT

    def _draft(self, job: Job, address: str, code: str, now: Instant, expires_at: Instant) -> Draft:
        subject = self._t("mail.code.subject")
        context = {
            "subject": subject,
            "name": job.member_name,
            "code": code,
            "time": clock_time(expires_at),
            "site": self._frame.issuer.host,
        }
        return Draft(
            # Two births of one code are two messages: a mailbox that joins equal ids would hide the one that counts.
            id=f"{job.id}.{job.tries}",
            to=address,
            subject=subject,
            text=self._render("mail/code.txt", context),
            html=self._render("mail/code.html", context),
            date=now,
        )
