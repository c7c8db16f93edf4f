"""The mail of the provisional password: what it says, and when it is not written at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from idp.accounts.account import Channel
from idp.accounts.provisional import word_digest
from idp.kernel.clock import DAY
from idp.post.deliverer import PermanentFailure, RecipientRefused
from idp.post.outbox import Job, LeaseLost, Outcome
from idp.post.provisional_mail import ProvisionalMail
from tests.support.post import FRAME, PAGES, KeptMails, word_of
from tests.support.smtp import part
from tests.unit.post.fakes import DELIVERY, JOB, NOW, MemoryOutbox


def deliver(outbox: MemoryOutbox, mails: KeptMails, job: Job = JOB) -> Outcome:
    return ProvisionalMail(outbox, mails, FRAME, PAGES.text, PAGES.t).deliver(job, NOW)


def test_the_word_of_the_mail_is_the_one_whose_digest_was_kept_for_seven_days() -> None:
    outbox, mails = MemoryOutbox(), KeptMails()
    assert deliver(outbox, mails) is Outcome.SENT
    [mail] = mails.messages
    assert outbox.born == [("job", word_digest(word_of(mail)), NOW + 7 * DAY)]


def test_the_mail_greets_the_member_and_says_until_when() -> None:
    mails = KeptMails()
    deliver(MemoryOutbox(), mails)
    [mail] = mails.messages
    assert mail["Subject"] == "Votre mot de passe provisoire"
    assert mail["Message-ID"] == "<delivery.1@compte.fonds.test>"
    for kind in ("plain", "html"):
        text = part(mail, kind)
        assert "Marie Le Goff" in text
        assert "vendredi 22 janvier 2027" in text
        assert "9\u00a0h\u00a000" in text
        assert text.count("https://compte.fonds.test/connexion") == 1
        assert word_of(mail) in text


def test_the_only_link_is_the_bare_sign_in_page() -> None:
    mails = KeptMails()
    deliver(MemoryOutbox(), mails)
    html = part(mails.messages[0], "html")
    assert [piece.split('"')[0] for piece in html.split('href="')[1:]] == ["https://compte.fonds.test/connexion"]
    assert "src=" not in html


def test_a_name_is_text_in_the_html_part() -> None:
    mails = KeptMails()
    deliver(MemoryOutbox(), mails, replace(JOB, member_name="<b>Marie</b> & Cie"))
    assert "&lt;b&gt;Marie&lt;/b&gt; &amp; Cie" in part(mails.messages[0], "html")
    assert "<b>Marie</b> & Cie" in part(mails.messages[0], "plain")


def test_two_tries_are_two_words() -> None:
    outbox, mails = MemoryOutbox(), KeptMails()
    deliver(outbox, mails)
    deliver(outbox, mails)
    assert len({word_of(mail) for mail in mails.messages}) == 2


def test_a_delivery_that_no_longer_stands_is_dropped_without_a_mail() -> None:
    mails = KeptMails()
    assert deliver(MemoryOutbox(open_=False), mails) is Outcome.DROPPED
    assert mails.messages == []


def test_a_lost_lease_is_nobodys_mail() -> None:
    mails = KeptMails()
    with pytest.raises(LeaseLost):
        deliver(MemoryOutbox(lost=True), mails)
    assert mails.messages == []


@pytest.mark.parametrize("address", ["a@b.test\r\nBcc: c@d.test", "a@b.test, c@d.test", ""])
def test_an_address_with_control_characters_or_two_of_them_is_refused_before_a_word_is_born(
    address: str,
) -> None:
    outbox, mails = MemoryOutbox(), KeptMails()
    with pytest.raises(RecipientRefused) as refused:
        deliver(outbox, mails, replace(JOB, delivery=replace(DELIVERY, address=address)))
    assert "d.test" not in str(refused.value)
    assert (outbox.born, mails.messages) == ([], [])


def test_a_delivery_by_post_is_never_mailed() -> None:
    outbox, mails = MemoryOutbox(), KeptMails()
    with pytest.raises(PermanentFailure):
        deliver(outbox, mails, replace(JOB, delivery=replace(DELIVERY, channel=Channel.POST, address=None)))
    assert (outbox.born, mails.messages) == ([], [])
