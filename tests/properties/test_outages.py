"""SMTP, the registry and the post die and come back at random: every enrollment ends, every copy that left works.

Visitors walk over real HTTP, several at once, in waves; between two waves time passes.
"""

from __future__ import annotations

import shutil
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc.jwk import ECKey
from sqlalchemy import func, select

from idp.adapters.letter_spool import LetterSpool
from idp.kernel.clock import MINUTE, SECOND, paris_date
from idp.kernel.effects import Kind, Lane
from idp.members.made_up.amounts import FLAT, Amount
from idp.members.made_up.files import COLUMNS, write_made_up
from idp.members.made_up.people import MadeUp, people
from idp.members.nir import Nir
from idp.members.proof import Settlement
from idp.members.question import Question, window
from idp.members.records import read_folder
from idp.post.outbox import Outcome
from idp.storage.database import Database
from idp.storage.members_import import import_members
from idp.storage.tables import accounts, deliveries, outbox, proof_slots
from tests.support.browser import Browser, Page
from tests.support.clock import FakeClock
from tests.support.house import Running, code_of, running_house, word_of
from tests.support.outage import IDLE, REGISTRY_DEATHS, SMTP_DEATHS, Hand
from tests.support.registry import FundMember, Paid, RegistryServer
from tests.support.smtp import part, seat

_BUDGET = tomllib.loads((Path(__file__).parent.parent / "budget.toml").read_text("utf-8"))["outages"]
FEW, MANY = _BUDGET["enrollments"], _BUDGET["deep_enrollments"]
"""Enrollments of a commit's test and of the deep one."""
WALKERS = 8
WAVE = 20
"""So many visitors come at once."""
WAITS = (31 * SECOND, 61 * SECOND, 2 * MINUTE, 5 * MINUTE, 11 * MINUTE)
"""Between two waves: a retry is due, or a lease is over; rarely an enrollment."""
WRONG_SERIAL, WRONG_AMOUNT = "12345678", "9,99"
"""Nobody's: made-up serials are longer, made-up amounts are larger."""


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up member as the fund has them, and what they know of themselves."""

    fund: FundMember
    profile: str
    question: Question
    answer: str | None
    """None: the record has nothing to ask about."""


@dataclass
class Visitor:
    """A person in front of a browser, who comes back as often as it takes."""

    person: Person
    mail: str
    answer: str
    impatient: bool
    browser: Browser
    hand: Hand
    over: bool = False
    sent_away: int = 0

    @property
    def is_right(self) -> bool:
        return self.answer == self.person.answer

    def go_on(self) -> bool:
        """Walk on from where the way stands; tell whether this visitor comes back no more."""
        page = self._see(self.browser.get("/inscription/reprendre"))
        if self.over:
            if page.path == "/inscription/envoi":
                self._see(self.browser.submit({"action": "resend"}), 429)
            return True
        patience = 2
        while page.path != "/inscription/envoi":
            page = self._see(self.browser.submit(self._typed(page)), 503)
            if page.status == 503:
                assert page.path == "/inscription/verification"
                assert "Votre essai ne compte pas." in page.text
                self.sent_away += 1
                patience -= 1
                if patience == 0:
                    return False
        self.over = True
        return not self.impatient

    def signs_in(self, word: str) -> bool:
        """Tell whether a word leads to the page of the change, in a browser where nobody was before."""
        self.browser.client.cookies.clear()
        self.browser.get("/connexion")
        page = self.browser.submit({"identifier": self.person.fund.nir, "password": word})
        return page.status == 200 and page.path == "/mot-de-passe"

    def _typed(self, page: Page) -> dict[str, str]:
        typed = {
            "profil": {"profile": self.person.profile},
            "identifiant": {"nir": self.person.fund.nir},
            "coordonnees": {"email": self.mail, "phone": "06 39 98 12 34"},
            "verification": {"answer": self.answer},
            "conditions": {"accept": "yes"},
        }
        return typed.get(page.path.removeprefix("/inscription/"), {})

    def _see(self, page: Page, *also: int) -> Page:
        """Look at a page, which tells how to go on."""
        assert page.status in (200, *also), (page.url, page.status, page.text)
        self.hand.page()
        return page


@dataclass(frozen=True, slots=True)
class Job:
    """What the outbox says of one job in the end."""

    kind: Kind
    delivery: str | None
    copy: int
    tries: int
    outcome: str | None


class Town:
    """Everybody who enrolls, the provider, and the hand that kills around it."""

    def __init__(self, running: Running, visitors: Sequence[Visitor], hand: Hand, random: Random) -> None:
        self.running = running
        self.visitors = visitors
        self.hand = hand
        self._random = random

    def enroll(self) -> None:
        """Let visitors come in waves until nobody has to come back; then let the post end what is left."""
        coming, waiting = list(self.visitors), list[Visitor]()
        with ThreadPoolExecutor(WALKERS) as walkers:
            while coming or waiting:
                waiting, coming = waiting + coming[:WAVE], coming[WAVE:]
                ended = list(walkers.map(Visitor.go_on, waiting))
                waiting = [visitor for visitor, over in zip(waiting, ended, strict=True) if not over]
                self.hand.post.catch_up()
                self.running.clock.advance(self._random.choice(WAITS))
        while (due := self.hand.post.next_due()) is not None:
            self.hand.rest()
            self.running.clock.instant = max(self.running.clock.instant, due)
            self.hand.post.catch_up()

    def jobs(self) -> dict[str, list[Job]]:
        """Return what was put in the outbox, by member."""
        account = func.coalesce(deliveries.c.account_id, outbox.c.account_id)
        told = (
            select(func.coalesce(accounts.c.member_id, outbox.c.member_id).label("member"))
            .add_columns(outbox.c.kind, outbox.c.delivery_id, outbox.c.copy, outbox.c.tries, outbox.c.outcome)
            .join_from(outbox, deliveries, deliveries.c.id == outbox.c.delivery_id, isouter=True)
            .join(accounts, accounts.c.id == account, isouter=True)
        )
        found = defaultdict(list)
        with self.running.house.database.begin(write=False) as connection:
            for member, kind, *facts in connection.execute(told):
                found[member].append(Job(Kind(kind), *facts))
        return found

    def mails(self) -> dict[tuple[str, int], list[tuple[str, str]]]:
        """Return address and word of every mail that left, by delivery and copy."""
        found = defaultdict(list)
        for message in self.running.smtp.messages:
            delivery, _, copy = message["Message-ID"].strip("<>").partition("@")[0].rpartition(".")
            word = word_of(part(message, "plain"))
            assert word is not None
            found[delivery, int(copy)].append((message["To"], word))
        return found

    def letters(self) -> dict[tuple[str, int, Kind], Path]:
        """Return every letter there is, by delivery, copy and kind."""
        folder = self.running.folder / "var" / "letters"
        waiting = LetterSpool(folder, clock=self.running.clock).waiting()
        return {(one.delivery, one.copy, Kind(one.kind)): folder / f"{one.name}.pdf" for one in waiting}

    def tries(self) -> dict[str, list[str | None]]:
        """Return how the tries of the question ended, by member."""
        found = defaultdict(list)
        with self.running.house.database.begin(write=False) as connection:
            for holder, verdict in connection.execute(select(proof_slots.c.holder, proof_slots.c.verdict)):
                found[holder].append(verdict)
        return found

    def member_id(self, visitor: Visitor) -> str:
        with self.running.house.begin(write=False) as unit:
            member = unit.members.find_by_nir(Nir(visitor.person.fund.nir))
        assert member is not None
        return member.id


def crowd(count: int, seed: int, today: date) -> list[Person]:
    """Return made-up members whom a letter reaches."""
    reached = (made for made in people(seed, today) if _cells(made)["address_line"])
    return [person_of(made, today) for made in islice(reached, count)]


def _cells(made: MadeUp) -> dict[str, str]:
    return dict(zip(COLUMNS, made.cells, strict=True))


def person_of(made: MadeUp, today: date) -> Person:
    cells = _cells(made)
    serial, farms = cells["vitale_serial"], cells["situation"] == "exploitant"
    if not farms and cells["health_rights"] == "yes" and serial:
        question = Question.VITALE_FRONT if cells["vitale_photo"] == "yes" else Question.VITALE_BACK
        answer: str | None = serial
    else:
        question = Question.INVOICE if farms else Question.PAYMENT
        first, _ = window(question, today)
        rows = [_paid(row) for row in (made.invoices if farms else made.payments)]
        own = [cents for day, label, cents in rows if day >= first and label not in {flat[0] for flat in FLAT}]
        answer = f"{own[0] // 100},{own[0] % 100:02d}" if own else None
    fund = FundMember(
        made.nir,
        cells["ref"] or None,
        serial or None,
        tuple(map(_paid, made.payments)),
        tuple(map(_paid, made.invoices)),
    )
    return Person(fund, cells["situation"], question, answer)


def _paid(row: Amount) -> Paid:
    day, amount, label = row
    return date.fromisoformat(day), label, int(amount.replace(".", ""))


@contextmanager
def town(database_url: str, clock: FakeClock, folder: Path, count: int, seed: int) -> Iterator[Town]:
    """Run a provider and the fund's registry, with made-up members who are about to enroll."""
    today = paris_date(clock.now())
    persons = crowd(count, seed, today)
    key = ec.generate_private_key(ec.SECP256R1())
    pem = folder / "registry.pem"
    pem.touch(mode=0o600)
    pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    write_made_up(folder / "fund", 2 * count, seed, today)
    with ExitStack() as opened:
        kept = opened.enter_context(seat())
        registry = RegistryServer(tuple(person.fund for person in persons), clock, port=kept.getsockname()[1])
        registry.start()
        opened.callback(registry.stop)
        running = opened.enter_context(
            running_house(
                database_url,
                clock,
                folder,
                registry_url=registry.url,
                registry_key=pem,
                trusted_proxies="127.0.0.1",
            )
        )
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        registry.bearer = ECKey.import_key(public), running.url
        house = running.house
        import_members(house.database, house.pepper, house.vault, clock, read_folder(folder / "fund"))
        hand = opened.enter_context(Hand(running, registry, seed))
        random = Random(seed)  # noqa: S311 (people who must come out the same again, no secret)
        yield Town(running, [_visitor(running, hand, random, *who, opened) for who in enumerate(persons)], hand, random)


def _visitor(running: Running, hand: Hand, random: Random, number: int, person: Person, opened: ExitStack) -> Visitor:
    """Let a person come from an address of their own; one in five answers wrong, one in five asks for another copy."""
    source = {"X-Forwarded-For": f"10.0.{number // 250}.{number % 250 + 1}"}
    wrong = WRONG_SERIAL if person.question.about_card else WRONG_AMOUNT
    answer = wrong if person.answer is None or random.randrange(5) == 0 else person.answer
    return Visitor(
        person,
        f"membre{number}@courriel.example",
        answer,
        answer == person.answer and random.randrange(5) == 0,
        opened.enter_context(running.browser(**source)),
        hand,
    )


def everything_ended_well(town: Town) -> None:
    """Hold what left the house against what each visitor did."""
    jobs, mails, letters, tries = town.jobs(), town.mails(), town.letters(), town.tries()
    with town.running.house.begin(write=False) as unit:
        state = unit.outbox.state(town.running.clock.now())
    assert (state.waiting, state.failed) == (0, ())
    twice = sum(len(sent) - 1 for sent in mails.values())
    unheard = town.hand.post_deaths + sum(death in ("kept", IDLE) for death in town.hand.smtp.deaths)
    assert twice <= unheard, "a mail leaves twice only where a death kept it from being known"
    for visitor in town.visitors:
        member = town.member_id(visitor)
        mine = jobs.pop(member)
        kinds = Counter(job.kind for job in mine)
        if visitor.is_right:
            assert 1 <= kinds.pop(Kind.PROVISIONAL_MAIL) <= 1 + visitor.impatient
            assert kinds == {Kind.CONFIRMATION_LETTER: 1}
            assert tries[member] == [Settlement.RIGHT]
        else:
            assert kinds == {Kind.LETTER_ASKED: 1, Kind.PROVISIONAL_LETTER: 1}
            assert visitor.person.answer is None or tries[member] == [Settlement.WRONG]
        for job in mine:
            # A request whose worker died once the letter was owed finds it owed.
            assert job.outcome == Outcome.SENT or (job.kind is Kind.LETTER_ASKED and job.tries > 1)
            if job.kind is Kind.PROVISIONAL_MAIL:
                sent = mails.pop((job.delivery or "", job.copy))
                assert {address for address, _ in sent} == {visitor.mail}
                assert len(sent) <= job.tries
                assert all(visitor.signs_in(word) for _, word in sent)
            elif job.kind.lane is Lane.LETTER:
                pdf = letters.pop((job.delivery or "", job.copy, job.kind)).read_bytes()
                assert job.kind is not Kind.PROVISIONAL_LETTER or visitor.signs_in(code_of(pdf))
    assert (jobs, mails, letters) == ({}, {}, {}), "nobody else was written to"


def test_a_few_enrollments_all_end_whatever_dies_meanwhile(
    sqlite_template: Path, clock: FakeClock, tmp_path: Path
) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    with town(f"sqlite:///{tmp_path / 'idp.db'}", clock, tmp_path, FEW, seed=5) as small:
        small.enroll()
        everything_ended_well(small)
        assert min(small.hand.post_deaths, len(small.hand.smtp.deaths), len(small.hand.registry.deaths)) > 0


@pytest.mark.deep
def test_two_hundred_enrollments_all_end_whatever_dies_meanwhile(
    database: Database, clock: FakeClock, tmp_path: Path
) -> None:
    url = database.url.render_as_string(hide_password=False)
    with town(url, clock, tmp_path, MANY, seed=8) as whole:
        whole.enroll()
        everything_ended_well(whole)
        assert {visitor.person.question for visitor in whole.visitors} == set(Question)
        assert set(whole.hand.smtp.deaths) == set(SMTP_DEATHS)
        assert set(whole.hand.registry.deaths) == set(REGISTRY_DEATHS)
        assert whole.hand.post_deaths >= MANY // 10
        assert sum(visitor.sent_away for visitor in whole.visitors) >= MANY // 10
