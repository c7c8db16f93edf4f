"""Numbers that nobody may tell apart: one of every standing, all of them asked the same question.

And a visitor who walks with such a number: every answer is kept, cleaned of what differs by chance, with what it cost.
"""

from __future__ import annotations

import difflib
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from itertools import count
from typing import Any
from urllib.parse import urljoin, urlsplit

import argon2
import httpx2
import pytest
from sqlalchemy import event, select, update

from idp.accounts.account import Channel, Delivery
from idp.accounts.provisional import Provisional
from idp.enrollment.disclosure import Uniform
from idp.kernel.clock import DAY, Instant, months_before, paris_date
from idp.kernel.ids import new_id
from idp.members.member import Address, Gender, Situation
from idp.members.nir import Nir
from idp.members.question import Question
from idp.members.records import AmountRecord, MemberRecord, Records
from idp.storage.members_import import import_members
from idp.storage.question_shares import question_shares
from idp.storage.tables import members, outbox
from idp.storage.unit import Unit
from tests.support.browser import Page
from tests.support.house import PASSWORD, Running
from tests.support.http import client

MAIL = "visite@courriel.example"
PHONE = "06 39 98 12 34"
_RECORD = MemberRecord(
    line=2,
    nir=Nir("1850159001001"),
    previous_nir=None,
    ref=None,
    birth_name="Dupré",
    given_names="Jean",
    usage_name=None,
    gender=Gender.MALE,
    birthdate="1985-01-15",
    birthplace="59001",
    birthcountry="99100",
    situation=Situation.PARTICULIER,
    health_rights=False,
    vitale_serial=None,
    vitale_photo=None,
    address=Address("1 rue du Puits", "59000", "Lille", "FR"),
)


class Standing(StrEnum):
    """What a number is to the fund and to the provider."""

    UNKNOWN = "unknown"
    LEFT = "of a member who left"
    NEVER = "never enrolled"
    HOMELESS = "without an address on record"
    MAILED = "with a password on its way by e-mail"
    POSTED = "with a letter on its way"
    OPEN = "enrolled"
    FROZEN = "frozen"


SHUT = (Standing.OPEN, Standing.FROZEN)
"""Nobody enrolls here: even a right answer is told wrong."""


@dataclass(frozen=True)
class Twin:
    """One number; ``right`` is what its record takes for a right answer, ``wrong`` what no record does."""

    standing: Standing
    question: Question | None
    number: int

    @property
    def nir(self) -> str:
        return nir_of(self.number)

    @property
    def ref(self) -> str:
        """The fund's own name for its member."""
        return f"A-{self.number}"

    @property
    def profile(self) -> str:
        """The profile that everybody ticks who is asked this question."""
        return "exploitant" if self.question is Question.INVOICE else "particulier"

    @property
    def right(self) -> str:
        return f"{self.cents // 100},{self.cents % 100:02d}" if self.by_amount else self.serial

    @property
    def wrong(self) -> str:
        return "77 777,77" if self.by_amount else "99999999999"

    @property
    def by_amount(self) -> bool:
        return self.question in (Question.PAYMENT, Question.INVOICE)

    @property
    def cents(self) -> int:
        return 10_001 + self.number

    @property
    def serial(self) -> str:
        return f"9{self.number:010d}"


class Twins:
    """Makes them. Begun before anybody comes: the provider counts the members' shares once, at its start."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._numbers = count()
        with running.house.database.begin(write=False) as connection:
            shares = question_shares(connection, paris_date(running.clock.now()))
        self._uniform = Uniform(running.house.pepper, shares)
        self._hash = running.house.hasher.hash(PASSWORD)

    def of(self, question: Question | None, standings: Sequence[Standing] = tuple(Standing)) -> list[Twin]:
        """Return a new number of every standing that is asked this question; None: nothing can be asked."""
        twins = [self.twin(standing, question) for standing in standings]
        known = [twin for twin in twins if twin.standing is not Standing.UNKNOWN]
        house = self._running.house
        now = house.clock.now()
        import_members(house.database, house.pepper, house.vault, house.clock, _records(known, now))
        with house.begin() as unit:
            for twin in known:
                found = unit.members.find_by_nir(Nir(twin.nir))
                assert found is not None
                self.settle(unit, twin.standing, found.id)
        gone = [twin.ref for twin in known if twin.standing is Standing.LEFT]
        with house.database.begin() as connection:
            connection.execute(update(members).where(members.c.ref.in_(gone)).values(left_at=now))
        return twins

    def twin(self, standing: Standing, question: Question | None) -> Twin:
        """Return the next number; one that is nobody's draws the question, a member's record has it."""
        for number in self._numbers:
            if standing not in (Standing.UNKNOWN, Standing.LEFT) or self._drawn(number) is question:
                return Twin(standing, question, number)
        raise AssertionError("numbers never end")

    def _drawn(self, number: int) -> Question | None:
        return self._uniform.question(self._uniform.shadow(Nir(nir_of(number))))

    def settle(self, unit: Unit, standing: Standing, member: str) -> None:
        """Bring a member to a standing: passwords on their way left yesterday, accounts opened a month ago."""
        now = self._running.clock.now()
        match standing:
            case Standing.MAILED:
                _owe(unit, member, Channel.EMAIL, now - DAY)
            case Standing.POSTED:
                _owe(unit, member, Channel.POST, now - DAY)
            case Standing.OPEN | Standing.FROZEN:
                delivery = _owe(unit, member, Channel.EMAIL, now - 30 * DAY)
                _open(unit, delivery, self._hash)
                if standing is Standing.FROZEN:
                    assert unit.freezing.freeze(delivery.account_id, now - DAY)


def _owe(unit: Unit, member: str, channel: Channel, at: Instant) -> Delivery:
    account = unit.accounts.ensure(member, at)
    address = "membre@courriel.example" if channel is Channel.EMAIL else None
    delivery = Delivery(new_id(), account.id, account.epoch, channel, address, None, at)
    unit.accounts.owe(delivery, "right")
    return delivery


def _open(unit: Unit, delivery: Delivery, password_hash: str) -> None:
    """The member signed in with what was delivered, and chose a password."""
    used = Provisional(
        new_id(), delivery.account_id, delivery.id, 1, Channel.EMAIL, delivery.address, 0, delivery.created_at + DAY
    )
    assert unit.accounts.complete_change(delivery.account_id, 0, password_hash, used, delivery.created_at)


def _records(twins: Sequence[Twin], now: Instant) -> Records:
    paid_on = months_before(paris_date(now), 2).isoformat()

    def amounts(question: Question) -> tuple[AmountRecord, ...]:
        asked = [twin for twin in twins if twin.question is question]
        return tuple(AmountRecord(2, Nir(twin.nir), paid_on, twin.cents, "Versement", 0) for twin in asked)

    return Records(tuple(map(_record, twins)), amounts(Question.PAYMENT), amounts(Question.INVOICE), ())


def _record(twin: Twin) -> MemberRecord:
    card = twin.question in (Question.VITALE_FRONT, Question.VITALE_BACK)
    return replace(
        _RECORD,
        nir=Nir(twin.nir),
        ref=twin.ref,
        situation=Situation(twin.profile),
        health_rights=card,
        vitale_serial=twin.serial if card else None,
        vitale_photo=twin.question is Question.VITALE_FRONT if card else None,
        address=None if twin.standing is Standing.HOMELESS else _RECORD.address,
    )


def nir_of(number: int) -> str:
    """Return a well-formed number, each only once."""
    commune, order = divmod(number, 900)
    return f"18501{59_001 + commune:05d}{order + 1:03d}"


@dataclass(frozen=True)
class Seen:
    """One answer, as the visitor sees it; then what it cost while the visitor waited."""

    asked: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    statements: tuple[str, ...]
    hashes: int
    put: tuple[tuple[object, ...], ...]


class Watch:
    """Sees what a request costs: SQL statements, argon2, and jobs put in the outbox."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.statements: list[str] = []
        self.hashes = 0
        self._main = threading.get_ident()
        self._jobs: set[str] = set()

    def begin(self) -> None:
        """Forget what was before."""
        self.statements.clear()
        self.hashes = 0

    def put(self) -> tuple[tuple[object, ...], ...]:
        """Return the jobs put since the last call, and how long each waits."""
        with self.running.house.database.begin(write=False) as connection:
            rows = connection.execute(select(outbox)).all()
        fresh = [row for row in rows if row.id not in self._jobs]
        self._jobs |= {row.id for row in fresh}
        return tuple((row.lane, row.kind, row.about, row.copy, (row.due_at or 0) - row.created_at) for row in fresh)

    def execute(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        """SQLAlchemy tells of a statement; what this test itself asks does not count."""
        if threading.get_ident() != self._main:
            self.statements.append(statement)


@contextmanager
def watched(running: Running) -> Iterator[Watch]:
    """Watch a house."""
    watch = Watch(running)
    engine = running.house.database.engine
    event.listen(engine, "before_cursor_execute", watch.execute)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("hash", "verify"):
            patch.setattr(argon2.PasswordHasher, name, _counted(watch, getattr(argon2.PasswordHasher, name)))
        yield watch
    event.remove(engine, "before_cursor_execute", watch.execute)


def _counted(watch: Watch, method: Callable[..., Any]) -> Callable[..., Any]:
    def call(*given: Any, **more: Any) -> Any:
        watch.hashes += 1
        return method(*given, **more)

    return call


class Visitor:
    """A browser of its own that keeps every answer."""

    def __init__(self, watch: Watch, twin: Twin) -> None:
        self.twin = twin
        self.running = watch.running
        self.seen: list[Seen] = []
        self._page: Page | None = None
        self._watch = watch
        self._client = client(base_url=watch.running.url)

    def close(self) -> None:
        self._client.close()

    @property
    def page(self) -> Page:
        """The page in the window."""
        assert self._page is not None
        return self._page

    def let_the_post_work(self) -> None:
        """What the post does is out of the visitor's sight."""
        self.running.post.run_once()
        self._watch.put()

    def new_browser(self) -> None:
        """Come again from another computer."""
        self._client.cookies.clear()

    def cookies(self) -> dict[str, str]:
        """Return a copy of the cookies."""
        return dict(self._client.cookies)

    def come_back_with(self, cookies: Mapping[str, str]) -> None:
        """Use the cookies of before."""
        self._client.cookies.clear()
        for name, value in cookies.items():
            self._client.cookies.set(name, value)

    def go(self, path: str) -> Page:
        """Open an address; redirects are followed, each is an answer of its own."""
        return self._ask("GET", path)

    def submit(self, values: Mapping[str, str] | None = None, *, to: str | None = None) -> Page:
        """Send a form of the page, hidden fields included."""
        form = self.page.form(to)
        return self._ask("POST", form.action, form.fields | dict(values or {}))

    def send(self, path: str, values: Mapping[str, str], *, page: Page | None = None) -> Page:
        """Send what no page offers, with the hidden fields of a page."""
        hidden = {name: value for form in (page or self.page).forms for name, value in form.fields.items()}
        kept = {name: value for name, value in hidden.items() if name in ("form_token", "version")}
        return self._ask("POST", path, kept | dict(values))

    def _ask(self, method: str, path: str, data: Mapping[str, str] | None = None) -> Page:
        response = self._once(method, path, data)
        for _ in range(8):
            if not response.has_redirect_location:
                break
            path = urljoin(path, response.headers["location"])
            response = self._once("GET", path)
        self._page = Page(response)
        return self._page

    def _once(self, method: str, path: str, data: Mapping[str, str] | None = None) -> httpx2.Response:
        self._watch.begin()
        response = self._client.request(method, path, data=data)
        seen = Seen(
            f"{method} {urlsplit(path).path}",
            response.status_code,
            _headers(response),
            _body(response.text).replace(self.twin.nir, "(nir)"),
            tuple(self._watch.statements),
            self._watch.hashes,
            self._watch.put(),
        )
        self.seen.append(seen)
        return response


def _headers(response: httpx2.Response) -> tuple[tuple[str, str], ...]:
    """Return the headers without the date; of a cookie its name, the length of its value and its attributes."""
    kept = [(name.lower(), value) for name, value in response.headers.multi_items() if name.lower() != "date"]
    return tuple((name, _cookie(value) if name == "set-cookie" else value) for name, value in kept)


def _cookie(value: str) -> str:
    value = re.sub(r"=([^;]*)", lambda found: f"={len(found[1])}", value, count=1)
    return re.sub(r"(expires=)[^;]*", r"\1", value)


def _body(text: str) -> str:
    """Return a page without its form token, and without the enrollment's id in the version stamp."""
    text = re.sub(r'(name="form_token" value=")[^"]+"', r'\1"', text)
    return re.sub(r'(name="version" value="\d+\.)[^"]+"', r'\1"', text)


def assert_alike(visits: Mapping[Standing, Sequence[Seen]], *, but: Sequence[str] = ()) -> None:
    """Compare every visit with the first one, answer by answer; ``but`` names the parts that are left aside."""
    first, expected = next(iter(visits.items()))
    for standing, seen in visits.items():
        for mine, theirs in zip(seen, expected, strict=True):
            for name in (part.name for part in fields(Seen) if part.name not in but):
                got, wanted = getattr(mine, name), getattr(theirs, name)
                assert got == wanted, f"{mine.asked}: {name} of {standing}, of {first}\n{_difference(got, wanted)}"


def _difference(got: object, wanted: object) -> str:
    def lines(value: object) -> list[str]:
        text = "\n".join(map(str, value)) if isinstance(value, tuple) else str(value)
        return text.splitlines()

    return "\n".join(difflib.unified_diff(lines(got), lines(wanted), lineterm="", n=1))
