"""Mails without a secret: they tell the member at the verified address what happened to the account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from idp.kernel.clock import Instant
from idp.kernel.effects import Kind
from idp.post.deliverer import MailTransport
from idp.post.message import Draft, compose, message_host
from idp.post.outbox import Job, Outcome
from idp.post.provisional_mail import Frame, Render
from idp.web.french import clock_time, long_date


class Recipients(Protocol):
    """Knows where a notice goes."""

    def verified_address(self, job: Job) -> str | None:
        """Return the account's verified e-mail address, None when it has none. No connection stays held."""
        ...


class NoticeMail:
    """Sends notices. The instant they tell is when the job was put, not when it leaves."""

    def __init__(
        self,
        recipients: Recipients,
        transport: MailTransport,
        frame: Frame,
        render: Render,
        t: Callable[..., str],
        upstream: str,
    ) -> None:
        self._recipients = recipients
        self._transport = transport
        self._frame = frame
        self._render = render
        self._t = t
        self._upstream = upstream

    def deliver(self, job: Job, now: Instant) -> Outcome:
        """Send one notice; dropped when there is no address to send it to."""
        address = self._recipients.verified_address(job)
        if address is None:
            return Outcome.DROPPED
        draft = self._draft(job, address, now)
        self._transport.send(compose(draft, self._frame.sender, message_host(self._frame.issuer.url)))
        return Outcome.SENT

    def _said(self, job: Job) -> tuple[str, list[str]]:
        """Return the subject and the sentences. ``upstream`` is the name of the upstream provider."""
        t, name = self._t, self._upstream
        about = {"date": long_date(job.created_at), "time": clock_time(job.created_at)}
        match job.kind:
            case Kind.PASSWORD_CHANGED:
                lines = [t("mail.password_changed.text", **about), t("mail.password_changed.you")]
                return t("mail.password_changed.subject"), lines
            case Kind.FRANCECONNECT_LINKED:
                return t("mail.fc_linked.subject", name=name), [t("mail.fc_linked.text", name=name, **about)]
            case Kind.FRANCECONNECT_UNLINKED:
                return t("mail.fc_unlinked.subject", name=name), [t("mail.fc_unlinked.text", name=name, **about)]
            case _:
                return t("mail.reset_asked.subject"), [t("mail.reset_asked.text", **about)]

    def _draft(self, job: Job, address: str, now: Instant) -> Draft:
        subject, lines = self._said(job)
        context = {"subject": subject, "lines": lines, "name": job.member_name, "site": self._frame.issuer.host}
        return Draft(
            id=f"{job.id}.{job.copy}",
            to=address,
            subject=subject,
            text=self._render("mail/notice.txt", context),
            html=self._render("mail/notice.html", context),
            date=now,
        )
