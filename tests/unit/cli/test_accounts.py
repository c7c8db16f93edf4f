"""``idp accounts``: what an agent sees of an account, and does for a member who calls; each act in the audit."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from idp.accounts.account import Channel
from idp.cli.common import opened
from idp.demo.members import write_members
from idp.demo.people import PEOPLE
from idp.demo.person import Person
from idp.kernel.clock import DAY, HOUR, Instant, SystemClock, moment, paris_date
from idp.kernel.ids import new_id
from idp.kernel.vault import Pepper, Vault
from idp.members.nir import read_nir
from idp.members.records import read_folder
from idp.storage import tables as t
from idp.storage.account_desk import Unanswered
from idp.storage.database import Database
from idp.storage.members_import import import_members
from idp.storage.unit import units
from tests.support.clock import FakeClock
from tests.unit.cli.conftest import Ran, Run

CALLER = PEOPLE[0]
HOMELESS = next(person for person in PEOPLE if not person.address[0])
STRANGER = PEOPLE[1]
"""A member who has no account."""
NOBODY = "2530749588157"
MAIL = "camille.secrete@courriel.example"
THEN = 1_790_000_000_000_000
ACTS = ("lock", "unlock", "reset")


class Fund:
    """A fund with the demo's members and the agent ``maud``: runs commands over a line of standard input."""

    def __init__(self, ready: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._run, self._home, self._patch = ready, home, monkeypatch
        write_members(home / "members", paris_date(SystemClock().now()))
        ready("members", "import", str(home / "members"))
        ready("agents", "add", "maud", "Maud Leroy")

    def account(self, person: Person = CALLER) -> str:
        """Make the member's account; returns its id."""
        with opened() as house, house.begin() as unit:
            member = unit.members.find_by_nir(read_nir(person.nir))
            assert member is not None
            return unit.accounts.ensure(member.id, THEN).id

    def show(self, *words: str, typed: str = CALLER.nir) -> Ran:
        return self._typing(typed, "show", *words)

    def act(self, what: str, *words: str, typed: str = CALLER.nir, agent: str = "maud") -> Ran:
        return self._typing(typed, what, "--agent", agent, *words)

    def letters(self, *words: str) -> Ran:
        return self._typing("", "letters", *words)

    def _typing(self, typed: str, *words: str) -> Ran:
        self._patch.setattr("sys.stdin", io.StringIO(typed))
        return self._run("accounts", *words)

    def do(self, statement: str, *values: object) -> list[Any]:
        with sqlite3.connect(self._home / "idp.db") as connection:
            found = connection.execute(statement, values).fetchall()
        connection.close()
        return found

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """What agents did, and what was withheld, in order."""
        found = self.do(
            "SELECT tag, details FROM audit_events WHERE tag LIKE 'agent:%' OR tag LIKE '%withheld' ORDER BY rowid"
        )
        return [(tag, json.loads(details)) for tag, details in found]

    def state(self) -> list[Any]:
        """All that an act may change."""
        return [
            self.do("SELECT * FROM accounts"),
            self.do("SELECT * FROM deliveries"),
            self.do("SELECT * FROM outbox"),
            self.do("SELECT * FROM audit_events"),
        ]


@pytest.fixture
def fund(ready: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> Fund:
    return Fund(ready, home, monkeypatch)


def owe(fund: Fund, account: str, made_at: Instant, channel: str = "post", epoch: int = 0, **ends: Instant) -> None:
    """Owe a provisional password; ``ends`` are ``closed_at`` and ``refused_at``."""
    fund.do(
        "INSERT INTO deliveries (id, account_id, epoch, channel, address, reason, created_at, closed_at, refused_at)"
        " VALUES (?, ?, ?, ?, ?, 'no_question', ?, ?, ?)",
        new_id(), account, epoch, channel, MAIL if channel == "email" else None, made_at,
        ends.get("closed_at"), ends.get("refused_at"),
    )  # fmt: skip


# --- show -----------------------------------------------------------------------------------------------------------


def test_an_open_account_is_shown_without_number_name_or_address(fund: Fund) -> None:
    account = fund.account()
    now = SystemClock().now()
    fund.do(
        "UPDATE accounts SET epoch = 3, opened_at = ?, email = ?, email_verified_at = ?, phone = '+33601020304'",
        THEN, MAIL, THEN,
    )  # fmt: skip
    fund.do("INSERT INTO passwords VALUES (?, 'a hash', ?)", account, THEN)
    fund.do("INSERT INTO terms_acceptances VALUES (?, 1, 'fr', 'digest', ?)", account, THEN)
    owe(fund, account, now - 60 * DAY)
    owe(fund, account, now - HOUR, epoch=3, closed_at=now)
    then, made, closed = (moment(at).isoformat() for at in (THEN, now - HOUR, now))
    ran = fund.show("--json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.json == {
        "account": account,
        "opened_at": then,
        "frozen_at": None,
        "closed_at": None,
        "epoch": 3,
        "own_password": True,
        "email": "c…@courriel.example",
        "email_verified_at": then,
        "terms_accepted": 1,
        "deliveries": [{"channel": "post", "made_at": made, "closed_at": closed, "refused_at": None}],
        "letters_7_days": 1,
        "letters_90_days": 2,
        "freeze_codes": 0,
    }
    plain = fund.show()
    assert plain.out.splitlines() == [
        f"account: {account}",
        f"opened: {then}",
        "frozen: no",
        "closed: no",
        "epoch: 3",
        "own password: yes",
        f"e-mail: c…@courriel.example, verified since {then}",
        "terms accepted: revision 1",
        f"delivery by post: made at {made}, closed at {closed}",
        "letters: 1 in 7 days, 2 in 90 days",
        "freeze codes: 0",
    ]
    for secret in (CALLER.nir, CALLER.birth_name, CALLER.given_names, "camille", "33601020304", "hash"):
        assert secret not in ran.out + plain.out


def test_an_account_that_never_opened_is_shown_with_what_is_on_its_way(fund: Fund) -> None:
    account = fund.account()
    now = SystemClock().now()
    owe(fund, account, now - 2 * HOUR, "email", refused_at=now - HOUR)
    owe(fund, account, now - HOUR)
    told = fund.show().out.splitlines()
    assert told[1:8] == [
        "opened: never", "frozen: no", "closed: no", "epoch: 0", "own password: no", "e-mail: none",
        "terms accepted: none",
    ]  # fmt: skip
    assert told[8:10] == [
        f"delivery by email: made at {moment(now - 2 * HOUR).isoformat()}, refused at {moment(now - HOUR).isoformat()}",
        f"delivery by post: made at {moment(now - HOUR).isoformat()}",
    ]


def test_frozen_closed_and_unverified_are_told(fund: Fund) -> None:
    fund.account()
    fund.do("UPDATE accounts SET frozen_at = ?, closed_at = ?, email = ?", THEN, THEN + DAY, MAIL)
    told = fund.show().out.splitlines()
    assert f"frozen: since {moment(THEN).isoformat()}" in told
    assert f"closed: since {moment(THEN + DAY).isoformat()}" in told
    assert "e-mail: c…@courriel.example, not verified" in told


def test_the_days_of_a_letter_are_those_of_the_settings(fund: Fund, monkeypatch: pytest.MonkeyPatch) -> None:
    owe(fund, fund.account(), SystemClock().now() - 3 * DAY)
    assert len(fund.show("--json").json["deliveries"]) == 1
    monkeypatch.setenv("IDP_LETTER_PASSWORD_DAYS", "2")
    assert fund.show("--json").json["deliveries"] == []


def test_an_id_needs_no_number(fund: Fund) -> None:
    account = fund.account()
    assert fund.show("--account", account, typed="").out == fund.show().out
    assert fund.act("lock", "--account", account, typed="").code == 0
    assert sys.stdin.read() == ""


# --- lock, unlock ---------------------------------------------------------------------------------------------------


def test_an_account_is_locked_and_unlocked_and_the_audit_names_the_agent(fund: Fund) -> None:
    account = fund.account()
    owe(fund, account, THEN)
    assert fund.act("lock", "--json").json == {"account": account}
    ((epoch, frozen_at),) = fund.do("SELECT epoch, frozen_at FROM accounts")
    assert epoch == 1
    assert frozen_at is not None
    assert fund.do("SELECT count(*) FROM deliveries WHERE closed_at IS NULL") == [(0,)]
    assert fund.act("unlock").out == f"{account} is unlocked\n"
    assert fund.do("SELECT epoch, frozen_at FROM accounts") == [(2, None)]
    assert fund.events() == [
        ("agent:account:locked", {"agent": "maud"}),
        ("agent:account:unlocked", {"agent": "maud"}),
    ]
    assert fund.do("SELECT DISTINCT account_id FROM audit_events WHERE tag LIKE 'agent:%'") == [(account,)]
    assert CALLER.nir not in repr(fund.do("SELECT * FROM audit_events"))


def test_unlocking_again_changes_nothing_and_locking_again_ends_what_was_about_to_open_it(fund: Fund) -> None:
    account = fund.account()
    assert fund.act("unlock", "--json").json == {"account": account, "changed": False}
    assert fund.act("unlock").out == f"{account} is unlocked already\n"
    for epoch in (1, 2):
        assert fund.act("lock").out == f"{account} is locked\n"
        assert fund.do("SELECT epoch FROM accounts") == [(epoch,)]


def test_who_froze_it_with_a_letters_code_is_let_in_again_by_an_agent(fund: Fund) -> None:
    fund.account()
    fund.do("UPDATE accounts SET opened_at = ?, frozen_at = ?", THEN, THEN)
    assert fund.act("unlock", "--json").json["changed"] is True
    assert fund.do("SELECT opened_at, frozen_at FROM accounts") == [(THEN, None)]


# --- reset ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("frozen_at", [None, THEN])
def test_another_password_goes_by_post_and_nothing_else_changes(fund: Fund, frozen_at: Instant | None) -> None:
    account = fund.account()
    fund.do("UPDATE accounts SET epoch = 1, opened_at = ?, email = ?, frozen_at = ?", THEN, MAIL, frozen_at)
    before = fund.do("SELECT * FROM accounts")
    ran = fund.act("reset", "--json")
    ((delivery, *owed),) = fund.do("SELECT id, account_id, epoch, channel, address, reason, proof FROM deliveries")
    assert owed == [account, 1, "post", None, "no_question", "by_agent"]
    assert (ran.code, ran.json) == (0, {"account": account, "delivery": delivery})
    assert fund.do("SELECT * FROM accounts") == before
    told = [] if frozen_at else [("reset_asked",)]  # the mailbox of a frozen account may be a thief's
    assert fund.do("SELECT kind FROM outbox ORDER BY kind") == [("provisional_letter",), *told]
    assert fund.events() == [("agent:account:reset", {"agent": "maud", "outcome": "letter"})]


def test_letters_a_stranger_used_up_keep_no_agent_from_sending_one_to_a_frozen_account(fund: Fund) -> None:
    account, now = fund.account(), SystemClock().now()
    fund.do("UPDATE accounts SET opened_at = ?, frozen_at = ?", now - 80 * DAY, now - 70 * DAY)
    for days in (60, 40, 20):
        owe(fund, account, now - days * DAY)
    assert fund.act("reset").code == 0
    assert fund.act("reset").err.startswith("idp: letters left lately"), "one a week is the most all the same"


def test_a_second_letter_must_wait_and_who_asked_is_remembered(fund: Fund) -> None:
    fund.account()
    assert fund.act("reset").out == "another provisional password goes by post to the address on record\n"
    ran = fund.act("reset")
    assert (ran.code, ran.out) == (1, "")
    assert "one in 7 days or three in 90" in ran.err
    assert fund.do("SELECT count(*) FROM deliveries") == [(1,)]
    assert fund.events()[1:] == [
        ("system:letter:withheld", {"why": "too_many"}),
        ("agent:account:reset", {"agent": "maud", "outcome": "too_many"}),
    ]


def test_without_an_address_on_record_nothing_is_sent(fund: Fund) -> None:
    fund.account(HOMELESS)
    ran = fund.act("reset", typed=HOMELESS.nir)
    assert (ran.code, ran.err) == (1, "idp: there is no address on record: the fund's file comes first\n")
    assert fund.do("SELECT id FROM deliveries") == []


def test_a_member_who_left_is_sent_nothing(fund: Fund) -> None:
    account = fund.account()
    fund.do("UPDATE members SET left_at = ?", THEN)
    ran = fund.act("reset", "--account", account)
    assert (ran.code, ran.err) == (1, "idp: the member left the fund: nothing is sent\n")
    assert fund.do("SELECT id FROM deliveries") == []


# --- who and which --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ACTS)
def test_a_closed_account_stays_closed(fund: Fund, act: str) -> None:
    fund.account()
    fund.do("UPDATE accounts SET closed_at = ?, frozen_at = ?", THEN, THEN)
    ran = fund.act(act)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("idp: this account is closed")
    assert fund.do("SELECT epoch, frozen_at FROM accounts") == [(0, THEN)]
    assert fund.do("SELECT id FROM deliveries") == []


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("agent", ["nobody", "gone", "", "maud\n", "' OR 1=1 --", "é"])
def test_only_a_registered_agent_may(fund: Fund, ready: Run, act: str, agent: str) -> None:
    fund.account()
    ready("agents", "add", "gone", "Gone")
    ready("agents", "remove", "gone")
    before = fund.state()
    ran = fund.act(act, agent=agent)
    assert (ran.code, ran.out) == (1, "")
    assert "is no agent" in ran.err
    assert fund.state() == before


@pytest.mark.parametrize("act", ACTS)
def test_an_act_without_an_agent_is_wrong_use(fund: Fund, ready: Run, act: str) -> None:
    assert ready("accounts", act).code == 2


@pytest.mark.parametrize("act", ["show", *ACTS])
def test_nobody_a_member_without_account_and_one_who_left_are_told_alike(fund: Fund, act: str) -> None:
    fund.account()
    fund.do("UPDATE members SET left_at = ? WHERE id = (SELECT member_id FROM accounts)", THEN)
    before = fund.state()
    numbers = (NOBODY, STRANGER.nir, CALLER.nir)
    told = {fund.show(typed=typed) if act == "show" else fund.act(act, typed=typed) for typed in numbers}
    assert told == {Ran(1, "", "idp: no account of a member has this number\n")}
    assert fund.state() == before


@pytest.mark.parametrize(
    "odd", ["", "A" * 21, "A" * 22, "é" * 22, "' OR '1'='1", "A" * 22 + "\n", CALLER.nir, "A" * 9999]
)
def test_an_id_that_is_none_of_ours_is_not_repeated(fund: Fund, odd: str) -> None:
    fund.account()
    for ran in (fund.show("--account", odd), fund.act("lock", "--account", odd)):
        assert ran == Ran(1, "", "idp: no account of a member has this id\n")


@pytest.mark.parametrize("typed", ["", "\n", "   \n"])
def test_without_a_number_nothing_begins(fund: Fund, typed: str) -> None:
    fund.account()
    before = fund.state()
    told = {fund.show(typed=typed), *(fund.act(act, typed=typed) for act in ACTS)}
    assert told == {Ran(1, "", "idp: the member's number is missing\n")}
    assert fund.state() == before


def test_a_number_that_cannot_be_read_is_not_shown(fund: Fund) -> None:
    ran = fund.show(typed=CALLER.nir + "00")
    assert ran.code == 1
    assert ran.err.startswith("idp: number cannot be read")
    assert CALLER.nir not in ran.err


def test_a_number_is_no_argument(fund: Fund, ready: Run) -> None:
    assert ready("accounts", "show", CALLER.nir).code == 2


# --- letters --------------------------------------------------------------------------------------------------------


def test_unanswered_letters_are_listed_oldest_first(fund: Fund) -> None:
    now = SystemClock().now()
    assert fund.letters().out == "no account has two unanswered letters\n"
    assert fund.letters("--json").json == {"accounts": []}
    later, first = fund.account(), fund.account(STRANGER)
    for account, days in ((later, (30, 20)), (first, (60, 40, 12))):
        for ago in days:
            owe(fund, account, now - ago * DAY)
    assert fund.letters().out.splitlines() == [
        f"{account}  {count} letters  {paris_date(now - oldest * DAY)}  {paris_date(now - newest * DAY)}"
        for account, count, oldest, newest in ((first, 3, 60, 12), (later, 2, 30, 20))
    ]
    assert fund.letters("--json").json["accounts"][1] == {
        "account": later,
        "letters": 2,
        "first_at": moment(now - 30 * DAY).isoformat(),
        "last_at": moment(now - 20 * DAY).isoformat(),
    }


class Shelf:
    """A database with one account, and letters to it of so many days ago."""

    def __init__(self, database: Database, pepper: Pepper, vault: Vault, clock: FakeClock, folder: Path) -> None:
        self.database, self.clock = database, clock
        self.begin = units(database, pepper, vault)
        write_members(folder, paris_date(clock.now()))
        import_members(database, pepper, vault, clock, read_folder(folder))
        with self.begin() as unit:
            member = unit.members.find_by_nir(read_nir(CALLER.nir))
            assert member is not None
            self.account = unit.accounts.ensure(member.id, clock.now() - 90 * DAY).id

    def ago(self, days: float) -> Instant:
        return self.clock.now() - int(days * DAY)

    def write(self, statement: Any, **values: object) -> Shelf:
        with self.database.begin() as connection:
            connection.execute(statement, values)
        return self

    def owe(self, days: float, channel: Channel = Channel.POST, **values: object) -> str:
        delivery = new_id()
        address = MAIL if channel is Channel.EMAIL else None
        row = {"id": delivery, "account_id": self.account, "epoch": 0, "channel": channel, "address": address}
        self.write(insert(t.deliveries), **{**row, "reason": "no_question", "created_at": self.ago(days), **values})
        return delivery

    def bear(self, delivery: str, days: float, life: float) -> None:
        self.write(
            insert(t.provisionals),
            id=new_id(), account_id=self.account, delivery_id=delivery, copy=1, channel=Channel.POST, epoch=0,
            digest=new_id(), created_at=self.ago(days), expires_at=self.ago(days - life),
        )  # fmt: skip

    def sign_in(self, days: float, provisional: str | None, began: float = 80) -> Shelf:
        return self.write(
            insert(t.sessions),
            id=new_id(), secret=new_id(), browser="b", account_id=self.account, epoch=0, created_at=self.ago(began),
            seen_at=self.ago(days), expires_at=self.ago(days - 1), auth_time=self.ago(days), amr="pwd", acr="a",
            provisional_id=provisional,
        )  # fmt: skip

    def code(self, life: float, used_at: Instant | None = None) -> None:
        self.write(
            insert(t.freeze_codes),
            digest=new_id(), account_id=self.account, delivery_id=self.owe(40, Channel.EMAIL),
            created_at=self.ago(40), expires_at=self.ago(-life), used_at=used_at,
        )  # fmt: skip

    def unanswered(self) -> tuple[Unanswered, ...]:
        with self.begin(write=False) as unit:
            return unit.account_desk.unanswered(self.clock.now())


@pytest.fixture
def shelf(database: Database, pepper: Pepper, vault: Vault, clock: FakeClock, tmp_path: Path) -> Shelf:
    return Shelf(database, pepper, vault, clock, tmp_path / "members")


def test_two_letters_that_nobody_answered_raise_the_list(shelf: Shelf) -> None:
    shelf.owe(30)
    assert shelf.unanswered() == ()
    shelf.owe(20)
    assert shelf.unanswered() == (Unanswered(shelf.account, 2, shelf.ago(30), shelf.ago(20)),)


ANSWERED: dict[str, Callable[[Shelf], object]] = {
    "the second is ten days old": lambda shelf: shelf.owe(10),
    "the second is closed": lambda shelf: shelf.owe(20, closed_at=shelf.ago(15)),
    "the second is of another epoch": lambda shelf: shelf.owe(20, epoch=1),
    "the second went by mail": lambda shelf: shelf.owe(20, Channel.EMAIL),
    "the second lives": lambda shelf: shelf.bear(shelf.owe(3), 2, 20),
    "the account is closed": lambda shelf: (shelf.owe(20), shelf.write(update(t.accounts).values(closed_at=1))),
    "the password was changed": lambda shelf: (shelf.owe(20), shelf.write(update(t.accounts).values(epoch=1))),
    "somebody signed in with it": lambda shelf: (shelf.owe(20), shelf.sign_in(12, "copy")),
    "the first was signed in with": lambda shelf: (shelf.owe(20), shelf.sign_in(25, "copy")),
    "it was used in a browser signed in": lambda shelf: (shelf.owe(20), shelf.sign_in(12, "copy", began=70)),
}


@pytest.mark.parametrize("answer", ANSWERED.values(), ids=ANSWERED)
def test_what_is_answered_or_may_still_be_is_not_listed(shelf: Shelf, answer: Callable[[Shelf], object]) -> None:
    shelf.owe(30)
    answer(shelf)
    assert shelf.unanswered() == ()


UNANSWERED: dict[str, Callable[[Shelf], object]] = {
    "a little more than ten days": lambda shelf: shelf.owe(10.001),
    "past its time sooner": lambda shelf: shelf.bear(shelf.owe(8), 8, 7),
    "the own password was used": lambda shelf: (shelf.owe(20), shelf.sign_in(5, None)),
    "another one was used before": lambda shelf: (shelf.owe(20), shelf.sign_in(31, "copy")),
    "its word was born": lambda shelf: shelf.bear(shelf.owe(20), 20, 30),
}


@pytest.mark.parametrize("event", UNANSWERED.values(), ids=UNANSWERED)
def test_what_nobody_answered_is_listed_whatever_else_happened(shelf: Shelf, event: Callable[[Shelf], object]) -> None:
    shelf.owe(30)
    event(shelf)
    assert [found.letters for found in shelf.unanswered()] == [2]


def test_shown_are_the_deliveries_whose_passwords_may_still_work(shelf: Shelf) -> None:
    shelf.owe(6.9, Channel.EMAIL)
    shelf.owe(19.9)
    shelf.owe(3, closed_at=shelf.ago(2))
    for days, channel, epoch in ((7, Channel.EMAIL, 0), (20, Channel.POST, 0), (1, Channel.POST, 1)):
        shelf.owe(days, channel, epoch=epoch)
    with shelf.begin(write=False) as unit:
        account = unit.accounts.get(shelf.account)
        assert account is not None
        shown = unit.account_desk.on_their_way(account, shelf.clock.now(), 20)
    told = [(delivery.channel, delivery.created_at, delivery.closed_at) for delivery in shown]
    assert told == [
        (Channel.POST, shelf.ago(19.9), None),
        (Channel.EMAIL, shelf.ago(6.9), None),
        (Channel.POST, shelf.ago(3), shelf.ago(2)),
    ]


def test_only_codes_that_would_still_freeze_count(shelf: Shelf) -> None:
    shelf.code(1)
    shelf.code(50)
    shelf.code(0)
    shelf.code(50, used_at=shelf.ago(1))
    with shelf.begin(write=False) as unit:
        assert unit.account_desk.freeze_codes(shelf.account, shelf.clock.now()) == 2
        assert unit.account_desk.freeze_codes(new_id(), shelf.clock.now()) == 0
