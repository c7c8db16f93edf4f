"""Notices: to the verified address alone, and never to be mistaken for a mail that brings a password."""

from __future__ import annotations

from dataclasses import dataclass, replace
from email.message import EmailMessage

import pytest

from idp.accounts import freeze
from idp.accounts.grammar import Fit
from idp.accounts.provisional import WORD
from idp.kernel.clock import HOUR
from idp.kernel.effects import Kind
from idp.post.notice_mail import NoticeMail
from idp.post.outbox import Job, Outcome
from tests.support.post import FRAME, PAGES, KeptMails
from tests.support.smtp import part
from tests.unit.post import fakes
from tests.unit.post.fakes import NOW

VERIFIED = "jeanne@exemple.test"
JOB = replace(fakes.JOB, kind=Kind.PASSWORD_CHANGED, delivery=None)
NOTICES = [Kind.PASSWORD_CHANGED, Kind.RESET_ASKED, Kind.FRANCECONNECT_LINKED, Kind.FRANCECONNECT_UNLINKED]
KINDS = pytest.mark.parametrize("kind", NOTICES)


@dataclass
class Records:
    """The account's verified address, or none."""

    address: str | None = VERIFIED

    def verified_address(self, job: Job) -> str | None:
        return self.address


def sent(job: Job, now: int = NOW) -> EmailMessage:
    mails = KeptMails()
    assert NoticeMail(Records(), mails, FRAME, PAGES.text, PAGES.t, "FranceConnect").deliver(job, now) is Outcome.SENT
    [mail] = mails.messages
    return mail


@KINDS
def test_a_notice_goes_to_the_verified_address_and_names_its_job(kind: Kind) -> None:
    mail = sent(replace(JOB, kind=kind, copy=3))
    assert mail["To"] == VERIFIED
    assert mail["From"] == str(FRAME.sender)
    assert mail["Message-ID"] == "<job.3@compte.fonds.test>"
    assert mail["Auto-Submitted"] == "auto-generated"


def test_without_a_verified_address_the_notice_is_dropped() -> None:
    mails = KeptMails()
    notice = NoticeMail(Records(None), mails, FRAME, PAGES.text, PAGES.t, "FranceConnect")
    assert notice.deliver(JOB, NOW) is Outcome.DROPPED
    assert mails.messages == []


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (Kind.PASSWORD_CHANGED, "Votre mot de passe a changé"),
        (Kind.RESET_ASKED, "Un nouveau mot de passe a été demandé"),
        (Kind.FRANCECONNECT_LINKED, "FranceConnect est lié à votre compte"),
        (Kind.FRANCECONNECT_UNLINKED, "FranceConnect n’est plus lié à votre compte"),
    ],
)
def test_it_tells_what_happened_and_when_it_did_not_when_it_left(kind: Kind, subject: str) -> None:
    mail = sent(replace(JOB, kind=kind), NOW + 5 * HOUR)
    assert mail["Subject"] == subject
    for content in ("plain", "html"):
        text = part(mail, content)
        assert "Marie Le Goff" in text
        assert "vendredi 15 janvier 2027 à 9\u00a0h\u00a000" in text
        assert "03 53 01 24 60" in text


@KINDS
def test_no_line_is_one_unbroken_word_so_that_none_is_taken_for_a_password(kind: Kind) -> None:
    lines = [line.split() for line in part(sent(replace(JOB, kind=kind)), "plain").splitlines()]
    assert [words for words in lines if len(words) == 1] == []


@KINDS
def test_it_holds_no_secret_and_no_link(kind: Kind) -> None:
    mail = sent(replace(JOB, kind=kind))
    for content in ("plain", "html"):
        text = part(mail, content)
        words = text.replace("<", " ").replace(">", " ").split()
        assert [word for word in words if Fit.RIGHT in (WORD.fit(word), freeze.fit(word))] == []
        assert [trace for trace in ("href=", "src=", "http://", "https://") if trace in text] == []


def test_a_name_is_text_in_the_html_part() -> None:
    mail = sent(replace(JOB, member_name="<b>Marie</b> & Cie"))
    assert "&lt;b&gt;Marie&lt;/b&gt; &amp; Cie" in part(mail, "html")
    assert "<b>Marie</b> & Cie" in part(mail, "plain")
