"""The post survives a crash at every point (design section 9): nothing owed is lost, whatever left works."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from email.message import EmailMessage
from enum import Enum, auto
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from idp.adapters.smtp import SmtpTransport
from idp.kernel.clock import DAY, HOUR, MINUTE, SECOND, Instant
from idp.kernel.effects import Mail
from idp.kernel.errors import Conflict
from idp.post.deliverer import TemporaryFailure
from idp.post.outbox import LEASE, Job, Outcome, Queue
from idp.storage.accounts import SqlAccounts
from idp.storage.database import Database
from idp.storage.outbox import SqlOutbox
from idp.storage.tables import metadata
from tests.support.clock import FakeClock
from tests.support.post import ADDRESS, Crash, KeptMails, Post, word_of
from tests.support.smtp import SmtpServer, part, smtp_server


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with smtp_server() as running:
        yield running


@pytest.fixture
def post(database: Database, clock: FakeClock, server: SmtpServer) -> Post:
    return Post(database, clock, SmtpTransport(server.url))


class Fragile:
    """An outbox whose process dies at one of its calls, before the call is made."""

    def __init__(self, inner: Queue, dies_at: str) -> None:
        self._inner = inner
        self._dies_at = dies_at

    def __getattr__(self, name: str) -> Any:
        if name == self._dies_at:
            raise Crash(name)
        return getattr(self._inner, name)


class DiesBeforeSending:
    def send(self, message: EmailMessage) -> None:
        raise Crash("before SMTP")


def test_a_mail_is_sent_once_and_its_word_works(post: Post, server: SmtpServer) -> None:
    delivery = post.owe()
    assert post.worker().run_once() == 1
    assert post.worker().run_once() == 0
    [mail] = server.messages
    assert mail["To"] == ADDRESS
    assert "Bonjour Marie Le Goff," in part(mail, "plain")
    assert post.is_live(delivery, word_of(mail))
    assert (post.row(delivery).outcome, post.row(delivery).due_at) == ("sent", None)


def test_a_crash_before_the_digest_leaves_the_job_to_the_next_worker(post: Post, server: SmtpServer) -> None:
    delivery = post.owe()
    with pytest.raises(Crash):
        post.worker(outbox=Fragile(post.outbox, "bear")).run_once()
    assert post.worker().run_once() == 0, "the lease of the dead one still stands"

    post.clock.advance(LEASE)
    post.worker().run_once()
    [mail] = server.messages
    assert post.is_live(delivery, word_of(mail))


def test_a_crash_after_the_digest_and_before_smtp_makes_a_new_word(post: Post, server: SmtpServer) -> None:
    delivery = post.owe()
    with pytest.raises(Crash):
        post.worker(transport=DiesBeforeSending()).run_once()
    assert server.messages == []

    post.clock.advance(LEASE)
    post.worker().run_once()
    [mail] = server.messages
    assert post.is_live(delivery, word_of(mail))
    assert post.row(delivery).tries == 2


def test_accepted_but_the_answer_lost_sends_again_and_both_words_work(post: Post, server: SmtpServer) -> None:
    delivery = post.owe()
    server.behaviour.hang_up_after_data = True
    post.worker().run_once()
    assert post.row(delivery).due_at == post.clock.now() + 30 * SECOND

    server.behaviour.hang_up_after_data = False
    post.clock.advance(30 * SECOND)
    post.worker().run_once()
    first, second = (word_of(mail) for mail in server.messages)
    assert first != second
    assert post.is_live(delivery, first)
    assert post.is_live(delivery, second)


def test_accepted_but_the_mark_lost_sends_again_and_both_words_work(post: Post, server: SmtpServer) -> None:
    delivery = post.owe()
    with pytest.raises(Crash):
        post.worker(outbox=Fragile(post.outbox, "settle")).run_once()

    post.clock.advance(LEASE)
    post.worker().run_once()
    words = [word_of(mail) for mail in server.messages]
    assert len(set(words)) == 2
    assert all(post.is_live(delivery, word) for word in words)


def test_changed_before_the_retry_sends_nothing_more(post: Post, server: SmtpServer) -> None:
    delivery = post.owe()
    with pytest.raises(Crash):
        post.worker(outbox=Fragile(post.outbox, "settle")).run_once()
    word = word_of(server.messages[0])
    assert post.change(delivery, word)

    post.clock.advance(LEASE)
    post.worker().run_once()
    assert len(server.messages) == 1
    assert not post.is_live(delivery, word)
    assert (post.row(delivery).outcome, post.row(delivery).due_at) == ("dropped", None)


def test_a_corrected_address_gets_no_further_copy_but_what_left_still_works(post: Post, server: SmtpServer) -> None:
    delivery = post.owe()
    server.behaviour.hang_up_after_data = True
    post.worker().run_once()
    with post.database.begin() as connection:
        SqlAccounts(connection).close_delivery(delivery.id, post.clock.now())

    post.clock.advance(MINUTE)
    post.worker().run_once()
    assert len(server.messages) == 1
    assert post.row(delivery).outcome == "dropped"
    assert post.is_live(delivery, word_of(server.messages[0]))


def test_the_same_copy_is_put_in_the_outbox_once(post: Post) -> None:
    delivery = post.owe()
    with pytest.raises(Conflict), post.database.begin() as connection:
        SqlOutbox(connection).put(Mail(delivery.id, 1), post.clock.now())
    with post.database.begin() as connection:
        SqlOutbox(connection).put(Mail(delivery.id, 2), post.clock.now())
    assert post.worker().run_once() == 2


def test_two_workers_send_one_delivery_once(post: Post, server: SmtpServer) -> None:
    deliveries = [post.owe(f"m{number}@exemple.test") for number in range(5)]
    start = threading.Barrier(2)

    def work() -> None:
        worker = post.worker()
        start.wait(5)
        worker.run_once()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    post.worker().run_once()  # what one of them was not allowed to see while the other claimed
    assert sorted(mail["To"] for mail in server.messages) == [d.address for d in deliveries]
    assert {post.row(d).outcome for d in deliveries} == {"sent"}


def test_a_worker_that_lost_its_lease_makes_no_word_and_marks_nothing(post: Post, server: SmtpServer) -> None:
    delivery = post.owe()

    class Slow:
        """Sleeps past its lease between claim and digest, while another worker does the job."""

        def __getattr__(self, name: str) -> Any:
            return getattr(post.outbox, name)

        def bear(self, job: Job, digest: str, now: Instant, expires_at: Instant) -> bool:
            post.clock.advance(LEASE)
            assert post.worker().run_once() == 1
            return post.outbox.bear(job, digest, now, expires_at)

        def settle(self, job: Job, outcome: Outcome | None, now: Instant, **_: object) -> bool:
            raise AssertionError("the job is not this worker's any more")

    post.worker(outbox=Slow()).run_once()
    assert len(server.messages) == 1
    assert post.row(delivery).outcome == "sent"


def test_a_recipient_refused_for_good_fails_at_once_and_stays_visible(post: Post, server: SmtpServer) -> None:
    delivery = post.owe()
    server.behaviour.at_recipient = f"550 5.1.1 <{ADDRESS}> unknown"
    post.worker().run_once()
    row = post.row(delivery)
    assert (row.outcome, row.due_at) == ("refused", None)
    assert row.last_error == "the server refused the recipient: 550 5.1.1"


def test_a_server_away_for_an_hour_delays_the_mail_and_loses_nothing(post: Post, server: SmtpServer) -> None:
    delivery = post.owe()
    server.behaviour.at_recipient = "450 later"
    waits = []
    while (due := post.row(delivery).due_at) is not None and due < delivery.created_at + HOUR:
        waits.append((due - post.clock.now()) // SECOND)
        post.clock.instant = due
        post.worker().run_once()
    assert waits == [0, 30, 2 * 60, 10 * 60, 30 * 60]

    server.behaviour.at_recipient = None
    post.clock.advance(HOUR)
    post.worker().run_once()
    assert post.is_live(delivery, word_of(server.messages[0]))


def test_a_server_away_for_a_day_fails_the_mail(post: Post, server: SmtpServer) -> None:
    delivery = post.owe()
    server.stop()
    while (due := post.row(delivery).due_at) is not None:
        post.clock.instant = due
        post.worker().run_once()
    row = post.row(delivery)
    assert row.outcome == "failed"
    assert delivery.created_at + DAY - HOUR <= (row.done_at or 0) <= delivery.created_at + DAY


def test_the_word_is_in_no_table_and_no_log(post: Post, server: SmtpServer) -> None:
    post.owe()
    server.behaviour.hang_up_after_data = True
    with capture_logs() as logs:
        post.worker().run_once()
        server.behaviour.hang_up_after_data = False
        post.clock.advance(MINUTE)
        post.worker().run_once()
    with post.database.begin(write=False) as connection:
        stored = repr([connection.execute(table.select()).all() for table in metadata.sorted_tables])
    for word in map(word_of, server.messages):
        for secret in (word, word.replace("-", "")):
            assert secret not in stored
            assert secret not in repr(logs)
    assert ADDRESS not in repr(logs)
    assert [log["event"] for log in logs] == ["post.retry", "post.done"]


def test_the_mail_leaves_within_a_second_of_the_commit(post: Post, server: SmtpServer) -> None:
    worker = post.worker()
    worker.start()
    try:
        delivery = post.owe()
        arrived = threading.Event()
        for _ in range(100):
            if post.row(delivery).outcome == "sent":
                break
            arrived.wait(0.01)
    finally:
        worker.stop()
    assert len(server.messages) == 1
    assert post.row(delivery).outcome == "sent"


def test_a_change_under_way_is_waited_for_and_the_word_is_not_born(post: Post, server: SmtpServer) -> None:
    delivery = post.owe()
    with pytest.raises(Crash):
        post.worker(outbox=Fragile(post.outbox, "settle")).run_once()
    post.clock.advance(LEASE)

    changing, may_commit = threading.Event(), threading.Event()

    def change() -> None:
        with post.database.begin() as connection:
            post.change_within(connection, delivery, word_of(server.messages[0]))
            changing.set()
            may_commit.wait(5)

    member = threading.Thread(target=change)
    worker = threading.Thread(target=post.worker().run_once)
    member.start()
    assert changing.wait(5)
    worker.start()
    worker.join(0.2)
    assert worker.is_alive(), "the digest waits for the change"
    may_commit.set()
    member.join(10)
    worker.join(10)
    assert len(server.messages) == 1
    assert post.row(delivery).outcome == "dropped"


class Fault(Enum):
    """What befalls one try of the worker."""

    BEFORE_THE_DIGEST = auto()
    AFTER_THE_DIGEST = auto()
    REFUSED_FOR_NOW = auto()
    ANSWER_LOST = auto()
    MARK_LOST = auto()
    CHANGED_FIRST = auto()


class Faulty(KeptMails):
    """A way out on which the fault of the moment strikes."""

    fault: Fault | None = None

    def send(self, message: EmailMessage) -> None:
        if self.fault is Fault.AFTER_THE_DIGEST:
            raise Crash("before SMTP")
        if self.fault is Fault.REFUSED_FOR_NOW:
            raise TemporaryFailure("later")
        super().send(message)
        if self.fault is Fault.ANSWER_LOST:
            raise TemporaryFailure("the answer was lost")


_DIES_AT = {Fault.BEFORE_THE_DIGEST: "bear", Fault.MARK_LOST: "settle"}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(faults=st.lists(st.sampled_from(Fault), max_size=6))
def test_whatever_crashes_every_mail_that_left_holds_a_word_that_works_until_the_change(
    database: Database, clock: FakeClock, faults: list[Fault]
) -> None:
    transport = Faulty()
    post = Post(database, clock, transport)
    delivery = post.owe()
    changed = False
    for fault in [*faults, None]:
        before = len(transport.messages)
        transport.fault = fault
        if fault is Fault.CHANGED_FIRST and transport.messages and not changed:
            changed = post.change(delivery, word_of(transport.messages[-1]))
        inner = Fragile(post.outbox, _DIES_AT[fault]) if fault in _DIES_AT else post.outbox
        try:
            post.worker(outbox=inner).run_once()
        except Crash:
            clock.advance(LEASE)
        clock.advance(HOUR)
        words = [word_of(mail) for mail in transport.messages]
        assert [post.is_live(delivery, word) for word in words] == [not changed] * len(words)
        assert not changed or len(words) == before, "nothing leaves after the change"
    assert transport.messages, "what was owed left in the end"
    assert post.row(delivery).outcome in ({"sent", "dropped"} if changed else {"sent"})
