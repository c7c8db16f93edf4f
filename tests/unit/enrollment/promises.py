"""What holds between any two steps of a walk, whatever the road. A witness compares the store before and after each."""

from __future__ import annotations

import json
from collections import Counter, namedtuple
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from idp.accounts.account import Channel
from idp.enrollment.facts import Answer, Enrollment, Purpose
from idp.kernel.clock import DAY, MINUTE, Clock
from idp.kernel.effects import Kind
from idp.post.outbox import Outcome
from idp.storage.database import Database

THIEF = {"email": "voleur@courriel.example", "phone": "0600000000"}
"""What is posted on every page of a recovery, and must arrive nowhere."""
_TYPED = {THIEF["email"], "+33600000000"}

Rows = dict[str, Any]

_TABLES = {
    "bags": "SELECT * FROM enrollments",
    "owed": "SELECT d.*, a.member_id FROM deliveries d JOIN accounts a ON a.id = d.account_id",
    "jobs": "SELECT id, kind, delivery_id, account_id, member_id, about, tries, created_at, outcome FROM outbox",
    "accounts": "SELECT * FROM accounts",
    "copies": "SELECT * FROM provisionals",
}
_BLANK = (None,) * 6


@dataclass(frozen=True)
class Store:
    """What the store says: enrollments, deliveries, jobs, accounts and copies of passwords, by id."""

    bags: Rows
    owed: Rows
    jobs: Rows
    accounts: Rows
    copies: Rows
    number: int = field(compare=False)
    """Another one whenever anything changed."""

    def account_of(self, member_id: str | None) -> Any:
        """Return the member's account."""
        return next((row for row in self.accounts.values() if row.member_id == member_id), None)


def look(database: Database, number: int = 0) -> Store:
    """Read the whole of it."""
    with database.begin(write=False) as connection:
        driver: Any = connection.connection.driver_connection  # half the price, and walks are many
        rows = {name: {row.id: row for row in _rows(driver.execute(sql))} for name, sql in _TABLES.items()}
    return Store(**rows, number=number)


def _rows(cursor: Any) -> Iterator[Any]:
    kind = _kind(tuple(column[0] for column in cursor.description))
    return map(kind._make, cursor)


@cache
def _kind(names: tuple[str, ...]) -> Any:
    return namedtuple("Row", names)


def _new(before: Rows, after: Rows) -> list[Any]:
    return [row for id_, row in after.items() if id_ not in before]


def _kinds(jobs: list[Any]) -> Counter[str]:
    return Counter(job.kind for job in jobs)


@dataclass(frozen=True)
class Judged:
    """What became of the question of one enrollment, and for whom."""

    answer: Answer
    member: str | None


class Witness:
    """Sees every step of one walk. ``on_record``: members with an address for letters."""

    def __init__(self, database: Database, clock: Clock, on_record: Mapping[str, bool], *, confirm_all: bool) -> None:
        self._database = database
        self._clock = clock
        self._begun = clock.now()
        self._on_record = on_record
        self._confirm_all = confirm_all
        self._judged: dict[str, Judged] = {}
        self.gone: set[str] = set()
        """Members who left the fund."""
        self.store = look(database)

    # --- whatever happened ------------------------------------------------------------------------------------------

    def _step(self) -> tuple[Store, Store]:
        """Look again; what always holds still does."""
        before, after = self.store, look(self._database, self.store.number + 1)
        if before == after:
            return before, before
        self.store = after
        for bag in after.bags.values():
            self._check_bag(bag, after)
        for account in after.accounts.values():
            self._check_letters(account, after)
        told = [row for rows in (after.bags, after.owed, after.accounts) for row in rows.values()]
        assert not any(_TYPED & set(row) for row in told), "nothing typed on a recovery reaches anything"
        return before, after

    def _check_bag(self, bag: Any, store: Store) -> None:
        judged = self._judged.get(bag.id)
        assert bag.answer == (judged and judged.answer), "an answer is never forgotten"
        if judged is not None:
            assert bag.member_id == judged.member, "the number that was judged is the number that goes on"
        if bag.answer != Answer.RIGHT:
            assert (bag.delivery_id, bag.terms_revision) == (None, None), "a wrong answer never mails"
        if bag.purpose == Purpose.RECOVERY:
            assert (bag.profile, bag.email, bag.phone, bag.terms_revision) == _BLANK[:4], "nothing is typed on it"
        if bag.delivery_id is not None:
            delivery = store.owed[bag.delivery_id]
            assert delivery.channel == Channel.EMAIL
            assert delivery.member_id == bag.member_id, "the number proven is the number issued"

    def _check_letters(self, account: Any, store: Store) -> None:
        """Nobody is sent a letter that nobody asked for."""
        # A worker that died is followed by another one: each try may have owed a letter, if a week lay between.
        tries = sum(job.tries for job in store.jobs.values() if job.member_id == account.member_id)
        assert sum(letter.created_at >= self._begun for letter in _letters_of(store, account)) <= tries

    # --- an answer --------------------------------------------------------------------------------------------------

    def after_answer(self, enrollment: Enrollment | None) -> None:
        """An answer was accepted; or None: it was refused, came too late, or nobody gave one."""
        if enrollment is not None and enrollment.answer is not None:
            self._judged.setdefault(enrollment.id, Judged(enrollment.answer, enrollment.member_id))
        before, after = self._step()
        if enrollment is None:
            assert after == before, "what is refused changes nothing"
            return
        bag, was = after.bags[enrollment.id], before.bags.get(enrollment.id)
        assert after.bags == {**before.bags, bag.id: bag}, "an answer is one enrollment's"
        assert after.copies == before.copies, "the secret is born at the delivery"
        assert after.accounts | before.accounts == after.accounts, "nothing typed reaches an account"
        self._check_effects(before, after, bag, was)

    def _check_effects(self, before: Store, after: Store, bag: Any, was: Any) -> None:
        """One thing is owed when it ends, one copy when it is asked for again, and nothing else ever."""
        ended = bag.finished_at is not None and (was is None or was.finished_at is None)
        finished = was is not None and was.finished_at is not None
        corrected = finished and was.delivery_id != bag.delivery_id
        again = finished and not corrected and was.sends < bag.sends
        if corrected or again:
            refused = was.delivery_id is not None and before.owed[was.delivery_id].refused_at is not None
            assert refused or was.sent_at <= self._clock.now() - MINUTE, "a minute apart, unless nothing left"
            assert bag.sends <= 4, "one and three more"
        mailed = bag.answer == Answer.RIGHT and (corrected or (ended and self._may_mail(before, bag)))
        asked = ended and not mailed and self._may_ask(before, bag)

        made, jobs = _new(before.owed, after.owed), _new(before.jobs, after.jobs)
        assert after.jobs | before.jobs == after.jobs
        assert len(made) == mailed, "e-mail only after a right answer, one delivery owed"
        confirmed = mailed and self._is_confirmed(before, bag)
        assert _kinds(jobs) == Counter(
            {Kind.PROVISIONAL_MAIL: mailed or again, Kind.LETTER_ASKED: asked, Kind.CONFIRMATION_LETTER: confirmed}
        )
        closed = {id_ for id_, row in after.owed.items() if row.closed_at and not _closed(before, id_)}
        assert closed == ({was.delivery_id} if corrected else set()), "only what was corrected is taken back"
        for row in _new(before.accounts, after.accounts):
            assert mailed
            assert row.member_id == bag.member_id
            assert _private(row) == _BLANK, "an account is made empty"
        for job in jobs:
            if job.kind == Kind.LETTER_ASKED:
                proof = bag.question if bag.answer == Answer.RIGHT else ""
                assert job.member_id == bag.member_id
                assert json.loads(job.about) == {"reason": bag.answer, "proof": proof}
            else:
                assert job.delivery_id == bag.delivery_id
        for delivery in made:
            self._check_delivery(before, delivery, bag)

    def _may_mail(self, before: Store, bag: Any) -> bool:
        """An enrollment that ends right mails; a recovery does to an address verified for more than 7 days."""
        if bag.purpose == Purpose.ENROLLMENT:
            return True
        account = before.account_of(bag.member_id)
        if account is None or account.opened_at is None or account.frozen_at is not None:
            return False
        verified = account.email_verified_at
        return verified is not None and bool(verified <= self._clock.now() - 7 * DAY)

    def _may_ask(self, before: Store, bag: Any) -> bool:
        """Whatever ends otherwise asks for a letter, but for a recovery that has nothing to recover."""
        account = before.account_of(bag.member_id)
        return bag.answer != Answer.RIGHT or any((account and account.opened_at, account and account.frozen_at))

    def _is_confirmed(self, before: Store, bag: Any) -> bool:
        """A letter tells the address on record of an e-mail: once a week, and always where an amount proved."""
        if bag.question.startswith("vitale") and bag.purpose == Purpose.ENROLLMENT and not self._confirm_all:
            return False
        week = self._clock.now() - 7 * DAY
        recent = [job for job in before.jobs.values() if job.kind == Kind.CONFIRMATION_LETTER and job.created_at > week]
        told = {before.owed[job.delivery_id].member_id for job in recent}
        return self._on_record[bag.member_id] and bag.member_id not in told

    def _check_delivery(self, before: Store, delivery: Any, bag: Any) -> None:
        assert (delivery.id, delivery.member_id) == (bag.delivery_id, bag.member_id)
        assert delivery.closed_at is None
        assert delivery.proof == bag.question
        if bag.purpose == Purpose.RECOVERY:
            account = before.account_of(bag.member_id)
            assert (delivery.address, delivery.phone) == (account.email, None), "only where it is known"
            return
        assert bag.email, "no mail without an address"
        assert (delivery.address, delivery.phone) == (bag.email, bag.phone)
        assert bag.mailbox_confirmed_at is not None
        assert bag.terms_revision is not None, "no mail without the terms"

    # --- the post ---------------------------------------------------------------------------------------------------

    def after_post(self, *, died: bool) -> None:
        """The post worked all that was due, or died before it wrote down what it had done."""
        before, after = self._step()
        assert after.bags == before.bags
        assert after.accounts | before.accounts == after.accounts
        assert after.copies | before.copies == after.copies, "nothing burns a copy that left"
        letters = _new(before.owed, after.owed)
        closed = [row for id_, row in after.owed.items() if row.closed_at and not _closed(before, id_)]
        assert closed == [], "a letter takes no earlier delivery back"
        for row in _new(before.accounts, after.accounts):
            assert _private(row) == _BLANK, "an account is made empty"
        for letter in letters:
            assert letter.channel == Channel.POST
            assert (letter.address, letter.phone) == (None, None), "to the address on record alone"
            assert self._on_record[letter.member_id]
            assert letter.member_id not in self.gone
            assert self._letters(after, letter.member_id, 7) <= 1, "at most one in 7 days"
            assert self._letters(after, letter.member_id, 90) <= 3, "and three in 90"
        settled = [job for id_, job in after.jobs.items() if job.outcome and not _outcome(before, id_)]
        requests = [job for job in settled if job.kind == Kind.LETTER_ASKED]
        if died:
            assert len(letters) <= 1
            assert requests == []
            return
        sent = Counter(job.member_id for job in requests if job.outcome == Outcome.SENT)
        assert sent == Counter(letter.member_id for letter in letters)
        for job in requests:
            assert job.outcome == Outcome.SENT or self._is_withheld(after, job.member_id), "a letter that is due leaves"

    def _is_withheld(self, after: Store, member_id: str | None) -> bool:
        """Nobody, left, no address on record, or a letter within the week, or three within 90 days."""
        if member_id is None or member_id in self.gone or not self._on_record[member_id]:
            return True
        return self._letters(after, member_id, 7) >= 1 or self._letters(after, member_id, 90) >= 3

    def _letters(self, store: Store, member_id: str, days: int) -> int:
        """Count the letters of so many days that no freeze burned."""
        account = store.account_of(member_id)
        since = max(self._clock.now() - days * DAY, (account and account.frozen_at) or 0)
        return sum(letter.created_at > since for letter in _letters_of(store, account))

    # --- the member -------------------------------------------------------------------------------------------------

    def after_change(self, account_id: str, copy: Any) -> None:
        """A member came with a copy that left the house and set a password of their own."""
        before, after = self._step()
        was, account = before.accounts[account_id], after.accounts[account_id]
        assert after.accounts == {**before.accounts, account_id: account}
        delivery = before.owed[copy.delivery_id]
        reached = (account.email, account.phone)
        if copy.channel == Channel.EMAIL:
            assert reached == (delivery.address, delivery.phone or was.phone)
        elif was.frozen_at is None:
            assert reached == (was.email, was.phone), "a letter verifies no address"
        else:
            assert reached == (None, None), "what was known before a freeze may be a thief's"

    def after_others(self) -> None:
        """Somebody begins anew, freezes an account or leaves the fund: nothing is owed for that."""
        before, after = self._step()
        assert after.jobs == before.jobs
        assert after.owed.keys() == before.owed.keys()


def _letters_of(store: Store, account: Any) -> list[Any]:
    letters = (row for row in store.owed.values() if row.channel == Channel.POST)
    return [letter for letter in letters if account is not None and letter.account_id == account.id]


def _closed(store: Store, delivery_id: str) -> bool:
    return delivery_id in store.owed and store.owed[delivery_id].closed_at is not None


def _outcome(store: Store, job_id: str) -> str | None:
    return store.jobs[job_id].outcome if job_id in store.jobs else None


def _private(account: Any) -> tuple[Any, ...]:
    return (
        account.opened_at,
        account.frozen_at,
        account.closed_at,
        account.email,
        account.email_verified_at,
        account.phone,
    )
