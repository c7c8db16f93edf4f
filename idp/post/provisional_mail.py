"""The deliverer of lane *mail*: a provisional password by e-mail (S15, law 4).

    generate ──► bear (digest committed) ──► render ──► hand over ──► sent

A crash between any two arrows costs nothing: before *bear* nothing exists; after it a digest whose word
nobody has; after the hand-over a second mail with a second word. Whatever left the house works.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.headerregistry import Address

from idp.accounts.provisional import MAIL_LIFE, generate, word_digest
from idp.kernel.clock import Instant
from idp.post.deliverer import MailTransport, PermanentFailure, RecipientRefused
from idp.post.message import BadAddress, Draft, compose, message_host, recipient
from idp.post.outbox import Job, Outcome, Queue
from idp.web.french import clock_time, long_date
from idp.web.issuer import Issuer

Render = Callable[[str, Mapping[str, object]], str]
"""Renders a template by its path; sentences, the fund's name and its contacts are the renderer's own."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What every mail of this fund has in common.

    ``signin_path`` leads to the bare sign-in page; the link carries nothing and changes nothing (law 7).
    """

    sender: Address
    issuer: Issuer
    signin_path: str


class ProvisionalMail:
    """Brings provisional passwords to the e-mail address of their delivery."""

    def __init__(
        self, outbox: Queue, transport: MailTransport, frame: Frame, render: Render, t: Callable[..., str]
    ) -> None:
        self._outbox = outbox
        self._transport = transport
        self._frame = frame
        self._render = render
        self._t = t

    def deliver(self, job: Job, now: Instant) -> Outcome:
        """Send one copy with a word of its own; see ``Deliverer``."""
        address = _address_of(job)
        word = generate()
        expires_at = now + MAIL_LIFE
        if not self._outbox.bear(job, word_digest(word), now, expires_at):
            return Outcome.DROPPED
        draft = self._draft(job, address, word, now, expires_at)
        self._transport.send(compose(draft, self._frame.sender, message_host(self._frame.issuer.url)))
        return Outcome.SENT

    def _draft(self, job: Job, address: str, word: str, now: Instant, expires_at: Instant) -> Draft:
        context = {
            "subject": self._t("mail.provisional.subject"),
            "name": job.member_name,
            "code": word,
            "date": long_date(expires_at),
            "time": clock_time(expires_at),
            "site": self._frame.issuer.host,
            "signin_url": self._frame.issuer.link(self._frame.signin_path),
        }
        return Draft(
            id=f"{job.owed.id}.{job.copy}",
            to=address,
            subject=self._t("mail.provisional.subject"),
            text=self._render("mail/provisional.txt", context),
            html=self._render("mail/provisional.html", context),
            date=now,
        )


def _address_of(job: Job) -> str:
    """Return the address, known to be one, before a word is born for it."""
    if job.owed.address is None:
        raise PermanentFailure("the delivery has no e-mail address")
    try:
        recipient(job.owed.address)
    except BadAddress as error:
        raise RecipientRefused(f"the e-mail address is unusable: {error}") from error
    return job.owed.address
