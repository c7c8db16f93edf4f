"""The post, put together: which deliverer works which kind of job. Features contribute what only they can decide.

``enrollment`` decides whether a letter that was asked for may leave; the rest is ``post`` over the adapters.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Mapping

from idp.accounts.account import Delivery
from idp.adapters.smtp import transport_for
from idp.enrollment.letters import owe_letter
from idp.house import House
from idp.kernel.clock import Instant
from idp.kernel.effects import Kind, Lane
from idp.kernel.ids import new_id
from idp.oidc.backchannel import BackChannel, NotTold
from idp.oidc.keys import SigningKeys
from idp.post.code_mail import CodeMail
from idp.post.crew import Crew
from idp.post.deliverer import Deliverer, TemporaryFailure
from idp.post.fan_out import AsyncDeliverer, FanOut
from idp.post.letters.addressee import Addressee, addressee_of
from idp.post.message import read_sender
from idp.post.notice_mail import NoticeMail
from idp.post.outbox import Job, Outcome
from idp.post.provisional_mail import Frame, ProvisionalMail
from idp.post.worker import Worker
from idp.storage.outbox import SqlQueue
from idp.storage.unit import Begin
from idp.web.issuer import Issuer
from idp.web.pages import Pages


class LetterRequests:
    """Answers what a visitor asked for: whether the records allow a letter (S14), where nobody can time it."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def deliver(self, job: Job, now: Instant) -> Outcome:
        """Owe the letter, or not. Done again after a crash it owes no second one: one a week is the most."""
        with self._begin() as unit:
            owed = owe_letter(unit, job.member, job.about["reason"], job.about["proof"] or None, now)
        return Outcome.SENT if isinstance(owed, Delivery) else Outcome.DROPPED


class Records:
    """Whom mails and letters are for, read when they are written."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def addressee(self, job: Job) -> Addressee | None:
        """See ``post.letter_deliverer.Correspondence``."""
        with self._begin(write=False) as unit:
            member = unit.members.get(job.member) if job.member else None
            account = unit.accounts.get(job.owed.account_id)
        return None if member is None or account is None else addressee_of(member, account, job.owed)

    def verified_address(self, job: Job) -> str | None:
        """See ``post.notice_mail.Recipients``."""
        with self._begin(write=False) as unit:
            account = unit.accounts.get(job.account) if job.account else None
        return account.email if account is not None and account.email_verified_at is not None else None


class LogoutTokens:
    """Tells portals that sessions have ended; the protocol writes the token and judges the answer."""

    def __init__(self, back_channel: BackChannel) -> None:
        self._back_channel = back_channel

    async def deliver(self, job: Job, now: Instant) -> Outcome:
        """See ``post.fan_out.AsyncDeliverer``. Each try has a token of its own."""
        try:
            told = await self._back_channel.tell(
                job.about["client"], job.about["sub"], job.about["sid"], job.created_at, now
            )
        except NotTold as error:
            raise TemporaryFailure(str(error)) from error
        return Outcome.SENT if told else Outcome.DROPPED


def make_crew(house: House, pages: Pages, keys: SigningKeys) -> Crew:
    """Return the workers of this process, each woken by its commits.

    Raises ``OperatorError`` for a printer's certificate that cannot be used.
    """
    queue = SqlQueue(house.database)
    owner = f"{socket.gethostname()}:{os.getpid()}:{new_id()[:6]}"
    workers: list[Worker] = []
    deliverers = _deliverers(house, pages, queue)
    for lane in Lane:
        mine = {kind: deliverer for kind, deliverer in deliverers.items() if kind.lane is lane}
        if mine:
            wake = threading.Event()
            house.database.after_commit.append(wake.set)
            workers.append(Worker(queue, mine, house.clock, wake, f"{owner}:{lane}"))
    wake = threading.Event()
    house.database.after_commit.append(wake.set)
    workers.append(FanOut(queue, _logouts(house, keys), house.clock, wake, f"{owner}:{Lane.LOGOUT}"))
    return Crew(tuple(workers))


def _logouts(house: House, keys: SigningKeys) -> Mapping[Kind, AsyncDeliverer]:
    issuer = Issuer(house.settings.issuer)
    return {Kind.BACKCHANNEL_LOGOUT: LogoutTokens(BackChannel(house.begin, keys, issuer.url, house.outbound()))}


def _deliverers(house: House, pages: Pages, queue: SqlQueue) -> Mapping[Kind, Deliverer]:
    settings = house.settings
    records = Records(house.begin)
    transport = transport_for(settings.smtp_url, settings.mail_folder)
    frame = Frame(read_sender(settings.mail_from), Issuer(settings.issuer), pages.url("signin:login"))
    notice = NoticeMail(records, transport, frame, pages.text, pages.t, settings.franceconnect_name)
    return {
        Kind.LETTER_ASKED: LetterRequests(house.begin),
        Kind.PROVISIONAL_MAIL: ProvisionalMail(queue, transport, frame, pages.text, pages.t),
        Kind.EMAIL_CODE: CodeMail(queue, house.pepper, transport, frame, pages.text, pages.t),
        Kind.PASSWORD_CHANGED: notice,
        Kind.RESET_ASKED: notice,
        Kind.FRANCECONNECT_LINKED: notice,
        Kind.FRANCECONNECT_UNLINKED: notice,
        **_letters(house, pages, queue, records),
    }


def _letters(house: House, pages: Pages, queue: SqlQueue, records: Records) -> Mapping[Kind, Deliverer]:
    """Return the deliverers of letters: only a node with a folder for them writes any (design section 10)."""
    settings = house.settings
    if settings.letters_dir is None:
        return {}
    from idp.adapters.letter_spool import LetterSpool
    from idp.post.letter_deliverer import ConfirmationLetter, ProvisionalLetter
    from idp.post.letters.writer import Letterhead, LetterWriter

    certificate = settings.letters_certificate
    spool = LetterSpool(
        settings.path(settings.letters_dir), settings.path(certificate) if certificate else None, house.clock
    )
    site = Issuer(settings.issuer).host
    head = Letterhead(
        settings.organisation,
        settings.contact_address,
        settings.contact_phone,
        settings.contact_hours,
        site,
        site + pages.url("signin:freeze"),
    )
    writer = LetterWriter(head, pages.t)
    return {
        Kind.PROVISIONAL_LETTER: ProvisionalLetter(queue, spool, records, writer, settings.letter_password_days),
        Kind.CONFIRMATION_LETTER: ConfirmationLetter(queue, spool, records, writer),
    }
