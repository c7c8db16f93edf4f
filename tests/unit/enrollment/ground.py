"""The ground of every walk: a database in memory with the demo's members, emptied between walks, and a node over it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, delete, insert, select, update

from idp.accounts.provisional import word_digest
from idp.demo.members import write_members
from idp.demo.people import PEOPLE
from idp.demo.person import Person
from idp.enrollment.disclosure import Uniform
from idp.enrollment.needs import EnrollmentNeeds
from idp.kernel.clock import DAY, Instant, paris_date
from idp.kernel.effects import Kind
from idp.kernel.ids import new_id
from idp.kernel.vault import Pepper, Vault
from idp.members.records import read_folder
from idp.members.registry import RegistryUnavailable
from idp.post.deliverer import Deliverer, RecipientRefused
from idp.post.outbox import Job, Outcome
from idp.post.worker import Worker
from idp.posting import LetterRequests
from idp.storage.attempts import SqlAttempts
from idp.storage.database import Database
from idp.storage.members_import import import_members
from idp.storage.migrate import publish_first_terms
from idp.storage.outbox import SqlQueue
from idp.storage.question_shares import question_shares
from idp.storage.registry import ImportedRegistry
from idp.storage.tables import accounts, deliveries, members, metadata
from idp.storage.unit import units
from idp.web.shell import Shell
from tests.support.clock import FakeClock
from tests.support.post import Crash

T = TypeVar("T")
START = 1_800_000_000_000_000
PEPPER, VAULT = Pepper({1: b"p" * 32}), Vault({1: b"v" * 32})
NOBODIES = tuple(f"2530749588{order:03}" for order in range(157, 173))
"""Numbers that are well formed and nobody's."""
REFUSED = "refuse@courriel.example"
"""The server of this address takes no mail for it."""
KNOWN = "connu@courriel.example"
"""The verified address of those whose account is open when a walk begins."""
NAMED = {person.birth_name: person for person in PEOPLE}
_STAYS = {"members", "member_lookups", "payments", "invoices", "terms"}


class Before(Enum):
    """What a member's account is when a walk begins."""

    NONE = auto()
    OPEN = auto()
    OPENED_YESTERDAY = auto()
    OPENED_BY_LETTER = auto()
    FROZEN = auto()
    WAITING = auto()
    """A letter left ten days ago."""
    TIRED = auto()
    """The third letter within 90 days did."""


_LETTERS = {Before.WAITING: (10,), Before.TIRED: (70, 40, 10)}
"""How many days ago they left; these accounts never opened."""


@dataclass(frozen=True)
class World:
    """What one walk meets: two members, somebody whom the fund does not know, and what the fund has chosen.

    ``tries``: wrong answers until the letter. ``days``: how old the fund's last file is when it begins.
    """

    names: tuple[str, str]
    before: tuple[Before, Before]
    nobody: str
    uniform: bool
    confirm_all: bool
    tries: int = 1
    days: int = 0

    @property
    def cast(self) -> tuple[Person, Person]:
        """The two members; they may be one."""
        one, other = self.names
        return NAMED[one], NAMED[other]


class Beats:
    """The four beats without threads: an await that never waits."""

    async def settle(self, work: Callable[[], T]) -> T:
        return work()

    take = settle
    ask = settle


class Tables:
    """The threads of the registry: what happens while it judges, and whether it answers."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], None] | None = None
        self.down = False

    async def __call__(self, work: Callable[[], T]) -> T:
        down = self.down
        self.do_meanwhile()
        if down:
            raise RegistryUnavailable("the tables do not answer")
        return work()

    def do_meanwhile(self) -> None:
        """Let happen what waits for it, once."""
        meanwhile, self.meanwhile, self.down = self.meanwhile, None, False
        if meanwhile is not None:
            meanwhile()


class Carrier:
    """Mails and letters as far as a walk sees them: a copy is born and leaves, or its address refuses it."""

    def __init__(self, queue: SqlQueue) -> None:
        self._queue = queue

    def deliver(self, job: Job, now: Instant) -> Outcome:
        if job.delivery is None or job.kind is Kind.CONFIRMATION_LETTER:
            return Outcome.SENT
        if job.owed.address == REFUSED:
            raise RecipientRefused("550")
        born = self._queue.bear(job, word_digest(job.id), now, now + 7 * DAY)
        return Outcome.SENT if born else Outcome.DROPPED


class DiesWhenDone(SqlQueue):
    """A queue whose worker dies before it writes down what it has done."""

    def settle(self, *_: Any, **__: Any) -> bool:
        raise Crash


class Ground:
    """A database with the demo's members, and a node over it; every walk finds it fresh."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock(START)
        # The pool hands the one idle connection out again, so there is one database and it lives as long as the pool.
        self.database = Database("sqlite://", self.clock)
        with self.database.begin() as connection:
            metadata.create_all(connection)
            publish_first_terms(connection, START - DAY)
        write_members(folder, paris_date(START))
        import_members(self.database, PEPPER, VAULT, self.clock, read_folder(folder))
        self.begin = units(self.database, PEPPER, VAULT)
        self.tables = Tables()
        with self.database.begin(write=False) as connection:
            self.uniform = Uniform(PEPPER, question_shares(connection, paris_date(START)))
            ids = {row.birth_name: row.id for row in connection.execute(select(members))}
        self.ids: Mapping[Person, str] = {person: ids[name] for name, person in NAMED.items()}
        self.people: Mapping[str, Person] = {member: person for person, member in self.ids.items()}
        shell = SimpleNamespace(clock=self.clock, beats=Beats(), sources=SimpleNamespace(of=lambda _request: "walk"))
        self.needs = EnrollmentNeeds(
            cast(Shell, shell),
            self.begin,
            SqlAttempts(self.database),
            ImportedRegistry(self.database, PEPPER, self.clock, self.tables, 20),
            proof_tries=1,
            letter_days=20,
            confirm_all=True,
            uniform=None,
        )
        queue = SqlQueue(self.database)
        self.post, self.dying_post = self._worker(queue), self._worker(DiesWhenDone(self.database))

    def _worker(self, queue: SqlQueue) -> Worker:
        deliverers: dict[Kind, Deliverer] = dict.fromkeys(Kind, Carrier(queue))
        deliverers[Kind.LETTER_ASKED] = LetterRequests(self.begin)
        return Worker(queue, deliverers, self.clock, threading.Event(), new_id())

    def prepare(self, world: World) -> None:
        """Empty the database, and bring about what was before in this world."""
        self.clock.instant = START + world.days * DAY
        self.tables.meanwhile, self.tables.down = None, False
        with self.database.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                if table.name not in _STAYS:
                    connection.execute(delete(table))
            connection.execute(update(members).values(left_at=None))
            for person, before in dict(zip(world.cast, world.before, strict=True)).items():
                if before is not Before.NONE:
                    self._be(connection, person, before)

    def _be(self, connection: Connection, person: Person, before: Before) -> None:
        now, account = self.clock.now(), new_id()
        at = now - (DAY if before is Before.OPENED_YESTERDAY else 80 * DAY)
        opened = before not in _LETTERS
        mailed = opened and before is not Before.OPENED_BY_LETTER
        row = {
            "id": account,
            "member_id": self.ids[person],
            "epoch": int(opened),
            "created_at": at,
            "opened_at": at if opened else None,
            "frozen_at": now - DAY if before is Before.FROZEN else None,
            "email": KNOWN if mailed else None,
            "email_verified_at": at if mailed else None,
            "phone": "+33639980000" if opened else None,
        }
        connection.execute(insert(accounts), row)
        for days in _LETTERS.get(before, ()):
            letter = {"id": new_id(), "account_id": account, "epoch": 0, "channel": "post", "reason": "no_question"}
            connection.execute(insert(deliveries), {**letter, "created_at": now - days * DAY})
