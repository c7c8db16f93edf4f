"""Letters survive a crash at every point (design section 9): one paper per copy, and what is on it works."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from idp.accounts import freeze
from idp.accounts.account import Channel, Delivery
from idp.accounts.provisional import word_digest
from idp.adapters.letter_spool import LetterSpool
from idp.kernel.effects import Confirmation, Effect, Kind, Letter
from idp.kernel.ids import new_id
from idp.members.member import Address
from idp.post.deliverer import Deliverer
from idp.post.letter_deliverer import ConfirmationLetter, ProvisionalLetter
from idp.post.letters.addressee import Addressee, Origin
from idp.post.letters.file import LetterFile
from idp.post.letters.writer import Letterhead, LetterWriter
from idp.post.outbox import LEASE, Job
from idp.post.worker import Worker
from idp.storage.accounts import SqlAccounts
from idp.storage.database import Database
from idp.storage.outbox import SqlOutbox, SqlQueue
from idp.storage.tables import freeze_codes, outbox, provisionals
from idp.web.words import Catalogue
from tests.support.clock import FakeClock
from tests.support.letters import see
from tests.support.post import Crash, KeptMails, Post, word_of

HEAD = Letterhead(
    "Caisse", "1 rue X, 59000 Lille", "03", "à 9 h", "compte.fonds.test", "compte.fonds.test/securite/gel"
)
HOME = Address("12 rue des Moissons", "59999", "Limerchin", "FR")
DAYS = 20


class Fragile:
    """Something whose process dies at one of its calls, before the call is made."""

    def __init__(self, inner: Any, dies_at: str) -> None:
        self._inner = inner
        self._dies_at = dies_at

    def __getattr__(self, name: str) -> Any:
        if name == self._dies_at:
            raise Crash(name)
        return getattr(self._inner, name)


class Records:
    """The fund's records know one address for everybody."""

    def __init__(self, address: Address | None = HOME) -> None:
        self._address = address

    def addressee(self, job: Job) -> Addressee:
        return Addressee(("Mme Le Goff Marie",), self._address, job.created_at, Origin.ENROLLMENT)


class Desk:
    """A member owed a letter of one kind, and workers that come, crash and are replaced."""

    def __init__(self, database: Database, clock: FakeClock, folder: Path, kind: Kind) -> None:
        self.clock = clock
        self.spool = LetterSpool(folder, clock=clock)
        self.folder = folder
        self.kind = kind
        self.mails = KeptMails()
        self.post = Post(database, clock, self.mails)
        self.mailed = self.post.owe()
        self.delivery = self._owe()

    @property
    def letter(self) -> LetterFile:
        return LetterFile(self.delivery.id, 1, self.kind)

    @property
    def bears(self) -> str:
        """The call of the outbox that commits a digest of this kind."""
        return "bear" if self.kind is Kind.PROVISIONAL_LETTER else "bear_freeze_code"

    def work(self, *, outbox: Any = None, spool: Any = None, records: Records | None = None) -> int:
        """Let a fresh worker have a pass; its parts can be replaced by ones that crash."""
        queue = outbox or SqlQueue(self.post.database)
        spool, records, writer = spool or self.spool, records or Records(), LetterWriter(HEAD, Catalogue("fr"))
        deliverers: dict[Kind, Deliverer] = {
            Kind.PROVISIONAL_LETTER: ProvisionalLetter(queue, spool, records, writer, DAYS),
            Kind.CONFIRMATION_LETTER: ConfirmationLetter(queue, spool, records, writer),
        }
        return Worker(queue, deliverers, self.clock, self.post.wake, new_id()).run_once()

    def die(self, **parts: Any) -> None:
        """Let a worker die, and its lease run out."""
        with pytest.raises(Crash):
            self.work(**parts)
        self.clock.advance(LEASE)

    def change(self) -> None:
        """The member signs in with an e-mailed password and completes the change."""
        self.post.worker().run_once()
        assert self.post.change(self.mailed, word_of(self.mails.messages[0]))

    def codes(self) -> list[str]:
        """The code on every paper there is."""
        pdfs = [see(path.read_bytes()) for path in sorted(self.folder.glob("*.pdf"))]
        groups = 5 if self.kind is Kind.PROVISIONAL_LETTER else 2
        return [
            word
            for pdf in pdfs
            for word in pdf.text.split()
            if word.count("-") == groups - 1 and word.isupper() and word[1] != "-"
        ]

    def live(self) -> list[str]:
        """The digests of this delivery that would be honoured now."""
        table = provisionals if self.kind is Kind.PROVISIONAL_LETTER else freeze_codes
        with self.post.database.begin(write=False) as connection:
            born = select(table.c.digest).where(
                table.c.delivery_id == self.delivery.id, table.c.expires_at > self.clock.now()
            )
            return list(connection.execute(born).scalars())

    def digest(self, code: str) -> str:
        return word_digest(code) if self.kind is Kind.PROVISIONAL_LETTER else freeze.code_digest(code)

    def outcome(self) -> tuple[str | None, int]:
        """How the letter's job ended, and after how many tries."""
        with self.post.database.begin(write=False) as connection:
            row = connection.execute(
                select(outbox.c.outcome, outbox.c.tries).where(
                    outbox.c.delivery_id == self.delivery.id, outbox.c.kind == self.kind
                )
            ).one()
        return row.outcome, row.tries

    def _owe(self) -> Delivery:
        now = self.clock.now()
        if self.kind is Kind.CONFIRMATION_LETTER:
            self._put(Confirmation(self.mailed.id))
            return self.mailed
        delivery = Delivery(new_id(), self.mailed.account_id, 0, Channel.POST, None, None, now)
        with self.post.database.begin() as connection:
            SqlAccounts(connection).owe(delivery, "wrong")
        self._put(Letter(delivery.id, 1))
        return delivery

    def _put(self, effect: Effect) -> None:
        with self.post.database.begin() as connection:
            SqlOutbox(connection).put(effect, self.clock.now())


@pytest.fixture(params=[Kind.PROVISIONAL_LETTER, Kind.CONFIRMATION_LETTER], ids=["password", "confirmation"])
def desk(request: pytest.FixtureRequest, database: Database, clock: FakeClock, tmp_path: Path) -> Desk:
    return Desk(database, clock, tmp_path / "letters", request.param)


def test_a_letter_is_written_once_and_its_code_works(desk: Desk) -> None:
    assert desk.work() == 1
    assert desk.work() == 0
    [code] = desk.codes()
    assert desk.live() == [desk.digest(code)]
    assert desk.outcome() == ("sent", 1)
    [manifest] = desk.spool.waiting()
    assert manifest.reference == desk.letter.reference


def test_a_crash_before_the_digest_leaves_the_letter_to_the_next_worker(desk: Desk) -> None:
    desk.die(outbox=Fragile(SqlQueue(desk.post.database), desk.bears))
    assert desk.live() == []
    assert desk.codes() == []

    desk.work()
    [code] = desk.codes()
    assert desk.live() == [desk.digest(code)]


def test_a_crash_after_the_digest_and_before_the_file_makes_a_new_code(desk: Desk) -> None:
    desk.die(spool=Fragile(desk.spool, "write"))
    [lost] = desk.live()
    assert desk.codes() == []

    desk.work()
    [code] = desk.codes()
    assert set(desk.live()) == {lost, desk.digest(code)}
    assert desk.outcome() == ("sent", 2)


def test_a_crash_in_the_middle_of_the_file_leaves_no_half_letter(desk: Desk) -> None:
    desk.die(spool=Fragile(desk.spool, "write"))
    desk.folder.mkdir(parents=True, exist_ok=True)
    (desk.folder / f".{desk.letter.name}.pdf.part").write_bytes(b"%PDF-1.")

    desk.work()
    [code] = desk.codes()
    assert desk.digest(code) in desk.live()
    assert list(desk.folder.glob(".*")) == []


def test_written_but_the_mark_lost_finds_the_file_and_makes_no_second_code(desk: Desk) -> None:
    desk.die(outbox=Fragile(SqlQueue(desk.post.database), "settle"))
    [code] = desk.codes()

    desk.work()
    assert desk.codes() == [code]
    assert desk.live() == [desk.digest(code)]
    assert desk.outcome() == ("sent", 2)


def test_written_and_posted_before_the_retry_makes_no_second_letter(desk: Desk) -> None:
    desk.die(outbox=Fragile(SqlQueue(desk.post.database), "settle"))
    desk.spool.posted(desk.spool.waiting()[0])

    desk.work()
    assert desk.spool.waiting() == ()
    assert len(desk.live()) == 1
    assert desk.outcome() == ("sent", 2)


def test_a_manifest_lost_with_the_process_is_made_again(desk: Desk) -> None:
    desk.die(outbox=Fragile(SqlQueue(desk.post.database), "settle"))
    (desk.folder / f"{desk.letter.name}.json").write_text("{", "utf-8")

    desk.work()
    [manifest] = desk.spool.waiting()
    assert manifest.reference == desk.letter.reference
    assert json.loads((desk.folder / f"{desk.letter.name}.json").read_text("utf-8"))["kind"] == desk.kind


def test_changed_before_the_retry_writes_no_password_but_still_confirms(desk: Desk) -> None:
    desk.die(spool=Fragile(desk.spool, "write"))
    desk.change()

    desk.work()
    if desk.kind is Kind.PROVISIONAL_LETTER:
        assert desk.codes() == []
        assert desk.live() == []
        assert desk.outcome() == ("dropped", 2)
    else:
        [code] = desk.codes()
        assert desk.digest(code) in desk.live()


def test_changed_after_the_letter_left_finds_the_file_and_its_password_is_burnt(desk: Desk) -> None:
    desk.die(outbox=Fragile(SqlQueue(desk.post.database), "settle"))
    desk.change()

    desk.work()
    [code] = desk.codes()
    assert desk.outcome() == ("sent", 2)
    assert (desk.digest(code) in desk.live()) is (desk.kind is Kind.CONFIRMATION_LETTER)


def test_without_an_address_on_record_the_letter_fails_visibly_and_nothing_is_born(desk: Desk) -> None:
    desk.work(records=Records(None))
    assert desk.outcome() == ("failed", 1)
    assert desk.live() == []
    assert not desk.folder.exists()
