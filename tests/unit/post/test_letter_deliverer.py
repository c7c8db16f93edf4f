"""The deliverers of letters, alone: a file is found before a word is born, and what cannot be posted fails."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from idp.accounts import freeze
from idp.accounts.account import Channel, Delivery
from idp.accounts.provisional import word_digest
from idp.kernel.clock import DAY, HOUR, SECOND, Instant
from idp.kernel.effects import Kind
from idp.post.deliverer import Deliverer, PermanentFailure
from idp.post.letter_deliverer import ConfirmationLetter, ProvisionalLetter, end_of_day
from idp.post.letters.addressee import Addressee, Origin
from idp.post.letters.file import LetterFile
from idp.post.outbox import Job, LeaseLost, Outcome
from tests.support.letters import see
from tests.unit.post.letters import HOME, NAME, WRITTEN_AT, writer

NOW = WRITTEN_AT
DELIVERY = Delivery("delivery", "account", 0, Channel.POST, None, None, NOW - DAY)
JOB = Job("job", Kind.PROVISIONAL_LETTER, DELIVERY, "account", "member", {}, 1, 1, NOW - DAY, "Jeanne Delattre", "me")
MAILED = replace(
    JOB, kind=Kind.CONFIRMATION_LETTER, delivery=replace(DELIVERY, channel=Channel.EMAIL, address="a@b.test")
)
ADDRESSEE = Addressee(NAME, HOME, NOW - 3 * DAY, Origin.ENROLLMENT)
DAYS = 20


@dataclass
class House:
    """Outbox, spool and records in one: what was asked of them, in order."""

    addressee_: Addressee | None = ADDRESSEE
    open_: bool = True
    lost: bool = False
    born: list[tuple[str, Instant]] = field(default_factory=list)
    files: dict[LetterFile, bytes] = field(default_factory=dict)

    def addressee(self, job: Job) -> Addressee | None:
        return self.addressee_

    def bear(self, job: Job, digest: str, now: Instant, expires_at: Instant) -> bool:
        if self.lost:
            raise LeaseLost(job.id)
        if self.open_:
            self.born.append((digest, expires_at))
        return self.open_

    bear_freeze_code = bear

    def exists(self, letter: LetterFile) -> bool:
        return letter in self.files

    def write(self, letter: LetterFile, pdf: bytes) -> None:
        self.files[letter] = pdf


def deliverer(house: House, job: Job) -> Deliverer:
    if job.kind is Kind.PROVISIONAL_LETTER:
        return ProvisionalLetter(house, house, house, writer(), DAYS)
    return ConfirmationLetter(house, house, house, writer())


def deliver(house: House, job: Job) -> Outcome:
    return deliverer(house, job).deliver(job, NOW)


def code_of(pdf: bytes, groups: int) -> str:
    """The code of a letter: the one word of capitals and digits in so many groups."""
    [code] = [
        word for word in see(pdf).text.split() if word.count("-") == groups - 1 and word.isupper() and word[1] != "-"
    ]
    return code


def test_the_word_on_the_paper_is_the_one_whose_digest_was_born() -> None:
    house = House()
    assert deliver(house, JOB) is Outcome.SENT
    [pdf] = house.files.values()
    assert house.born == [(word_digest(code_of(pdf, 5)), end_of_day(NOW + DAYS * DAY))]
    seen = see(pdf)
    assert "MME DELATTRE JEANNE" in seen.text
    assert "13 décembre 2026" in seen.text
    assert LetterFile("delivery", 1, Kind.PROVISIONAL_LETTER).reference in seen.text


def test_the_code_on_a_confirmation_is_the_one_whose_digest_was_born() -> None:
    house = House()
    assert deliver(house, MAILED) is Outcome.SENT
    [pdf] = house.files.values()
    assert house.born == [(freeze.code_digest(code_of(pdf, 2)), end_of_day(NOW + freeze.LIFE))]
    assert "a@b.test" not in see(pdf).text


@pytest.mark.parametrize("job", [JOB, MAILED], ids=["password", "confirmation"])
class TestBoth:
    def test_a_letter_that_is_there_is_sent_without_a_second_word(self, job: Job) -> None:
        house = House()
        deliver(house, job)
        before = dict(house.files)
        assert deliver(house, job) is Outcome.SENT
        assert house.files == before
        assert len(house.born) == 1

    @pytest.mark.parametrize("addressee", [None, replace(ADDRESSEE, address=None)], ids=["nobody", "no address"])
    def test_without_an_address_nothing_is_born_and_the_job_fails(self, job: Job, addressee: Addressee | None) -> None:
        house = House(addressee)
        with pytest.raises(PermanentFailure):
            deliver(house, job)
        assert (house.born, house.files) == ([], {})

    def test_a_letter_that_cannot_be_set_fails_before_its_word_is_born(self, job: Job) -> None:
        house = House(replace(ADDRESSEE, lines=("გიორგი",)))
        with pytest.raises(PermanentFailure) as failed:
            deliver(house, job)
        assert "გიორგი" not in str(failed.value)
        assert (house.born, house.files) == ([], {})

    def test_what_is_owed_no_longer_is_dropped_without_a_letter(self, job: Job) -> None:
        house = House(open_=False)
        assert deliver(house, job) is Outcome.DROPPED
        assert house.files == {}

    def test_a_lost_lease_is_nobodys_letter(self, job: Job) -> None:
        house = House(lost=True)
        with pytest.raises(LeaseLost):
            deliver(house, job)
        assert house.files == {}

    def test_two_copies_are_two_letters_with_two_words(self, job: Job) -> None:
        house = House()
        deliver(house, job)
        deliver(house, replace(job, copy=2))
        assert len(house.files) == 2
        assert len({digest for digest, _ in house.born}) == 2


@pytest.mark.parametrize(
    ("at", "end"),
    [
        (datetime(2026, 12, 13, 11, 0, tzinfo=UTC), datetime(2026, 12, 13, 23, 0, tzinfo=UTC)),
        (datetime(2026, 12, 13, 22, 59, tzinfo=UTC), datetime(2026, 12, 13, 23, 0, tzinfo=UTC)),
        (datetime(2026, 12, 13, 23, 0, tzinfo=UTC), datetime(2026, 12, 14, 23, 0, tzinfo=UTC)),
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), datetime(2026, 3, 29, 22, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 23, 0, tzinfo=UTC)),
    ],
)
def test_the_day_on_the_paper_counts_whole_in_paris(at: datetime, end: datetime) -> None:
    assert end_of_day(int(at.timestamp()) * SECOND) == int(end.timestamp()) * SECOND
    assert 0 < end_of_day(NOW) - NOW <= 25 * HOUR
