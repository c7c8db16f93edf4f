"""A call at the desk: what it costs, what it ends in, what it leaves in the audit; on both databases."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from idp.demo.members import write_members
from idp.demo.people import PEOPLE
from idp.demo.person import Person
from idp.enrollment.phone_desk import AGENT, NUMBER, Call, Ended, Outcome, PhoneDesk, TooSoon
from idp.enrollment.told import Told, Trait, read
from idp.kernel.clock import DAY, paris_date
from idp.kernel.ids import is_id
from idp.kernel.vault import Pepper, Vault
from idp.members.nir import read_nir
from idp.members.records import read_folder
from idp.members.registry import Payment, RegistryUnavailable
from idp.storage.attempts import SqlAttempts
from idp.storage.database import Database
from idp.storage.members_import import import_members
from idp.storage.tables import accounts, attempts, audit_events, deliveries, outbox
from idp.storage.unit import units
from tests.support.clock import FakeClock

CALLER = next(person for person in PEOPLE if person.payments and person.address[0] and person.birthplace)
HOMELESS = next(person for person in PEOPLE if not person.address[0])
NOBODY = "2530749588157"
MAIL = "camille@courriel.example"


class Desk:
    """The desk over a database with the demo's members; the registry is what ``payments`` says."""

    def __init__(self, database: Database, pepper: Pepper, vault: Vault, clock: FakeClock) -> None:
        self.database, self.clock = database, clock
        self.asked: list[str] = []
        self.last = paris_date(clock.now())
        self.down = False
        self.desk = PhoneDesk(units(database, pepper, vault), SqlAttempts(database), pepper, clock, self._payments)

    def _payments(self, member_id: str, since: date) -> tuple[Payment, ...]:
        self.asked.append(member_id)
        if self.down:
            raise RegistryUnavailable("down")
        later = date(self.last.year + 1, 1, 1)
        return (Payment(later, "next", 1), Payment(self.last, "last", 1), Payment(since, "first", 1))

    def call(self, person: Person | str = CALLER, told: Told | None = None, **call: Any) -> Ended | TooSoon:
        nir = person if isinstance(person, str) else person.nir
        words = self.told(CALLER if isinstance(person, str) else person) if told is None else told
        return self.desk.serve(Call("maud", read_nir(nir), words, **call))

    def outcome(self, *words: Any, **call: Any) -> Outcome:
        ended = self.call(*words, **call)
        assert isinstance(ended, Ended)
        return ended.outcome

    def told(self, person: Person = CALLER) -> dict[Trait, str]:
        everything = {
            Trait.BIRTH_DATE: person.birthdate.isoformat(),
            Trait.BIRTH_PLACE: person.birthplace[:2],
            Trait.POSTCODE: person.address[1] or "59000",
            Trait.LAST_PAYMENT: f"{self.last:%m/%Y}",
            Trait.SITUATION: person.situation,
        }
        return {trait: read(trait, text) for trait, text in everything.items()}

    def rows(self, *columns: Any) -> list[Any]:
        with self.database.begin(write=False) as connection:
            return list(connection.execute(select(*columns)))

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        found = self.rows(audit_events.c.tag, audit_events.c.details)
        return [(tag, json.loads(details)) for tag, details in sorted(found) if tag.startswith("agent:")]

    def set_account(self, **values: int) -> None:
        with self.database.begin() as connection:
            connection.execute(update(accounts).values(values))


@pytest.fixture
def desk(database: Database, pepper: Pepper, vault: Vault, clock: FakeClock, tmp_path: Path) -> Desk:
    write_members(tmp_path / "members", paris_date(clock.now()))
    import_members(database, pepper, vault, clock, read_folder(tmp_path / "members"))
    return Desk(database, pepper, vault, clock)


def test_a_caller_who_knows_everything_is_sent_a_letter(desk: Desk) -> None:
    ended = desk.call()
    assert ended == Ended(dict.fromkeys(Trait, True), Outcome.LETTER)
    assert desk.rows(deliveries.c.channel, deliveries.c.address, deliveries.c.proof) == [("post", None, "by_phone")]
    assert desk.rows(outbox.c.kind) == [("provisional_letter",)]


def test_one_wrong_answer_is_forgiven_and_two_are_not(desk: Desk) -> None:
    wrong = {Trait.POSTCODE: "00000", Trait.SITUATION: "exploitant"}
    assert desk.outcome(told={**desk.told(), **wrong}) is Outcome.REFUSED
    assert desk.rows(deliveries.c.id) == []
    ended = desk.call(told={**desk.told(), Trait.POSTCODE: "00000"})
    assert ended == Ended({trait: trait is not Trait.POSTCODE for trait in Trait}, Outcome.LETTER)


def test_three_answers_are_enough_and_two_are_not(desk: Desk) -> None:
    told = desk.told()
    two = {trait: told[trait] for trait in (Trait.BIRTH_DATE, Trait.POSTCODE)}
    assert desk.outcome(told=two) is Outcome.REFUSED
    assert desk.outcome(told={**two, Trait.LAST_PAYMENT: told[Trait.LAST_PAYMENT]}) is Outcome.LETTER


def test_an_unknown_number_is_like_one_about_which_everything_told_is_wrong(desk: Desk) -> None:
    wrong = {
        Trait.BIRTH_DATE: "1901-01-01", Trait.BIRTH_PLACE: "99352", Trait.POSTCODE: "00000",
        Trait.LAST_PAYMENT: "1999-01", Trait.SITUATION: "exploitant",
    }  # fmt: skip
    known, unknown = desk.call(told=wrong), desk.call(NOBODY, wrong)
    assert known == unknown == Ended(dict.fromkeys(Trait, False), Outcome.REFUSED)
    assert desk.call(NOBODY) == unknown
    assert [is_id(asked) for asked in desk.asked] == [True] * 3  # the registry was asked about nobody too
    first, *others = desk.events()
    assert others == [first] * 2


def test_whoever_is_seen_may_have_the_password_by_mail(desk: Desk) -> None:
    assert desk.outcome(email=MAIL) is Outcome.EMAIL
    found = desk.rows(deliveries.c.channel, deliveries.c.address, deliveries.c.proof, deliveries.c.phone)
    assert found == [("email", MAIL, "in_person", None)]
    assert sorted(desk.rows(outbox.c.kind)) == [("confirmation_letter",), ("provisional_mail",)]


def test_who_is_seen_must_know_three_things_too(desk: Desk) -> None:
    assert desk.outcome(told={}, email=MAIL) is Outcome.REFUSED
    assert desk.rows(outbox.c.id) == []


@pytest.mark.parametrize(
    ("account", "email", "outcome"),
    [
        ({"opened_at": 1}, None, Outcome.OPEN),
        ({"opened_at": 1}, MAIL, Outcome.OPEN),
        ({"opened_at": 1, "frozen_at": 2}, None, Outcome.LETTER),
        ({"opened_at": 1, "frozen_at": 2}, MAIL, Outcome.FROZEN),
        ({"closed_at": 2}, None, Outcome.CLOSED),
        ({"closed_at": 2}, MAIL, Outcome.CLOSED),
        ({"closed_at": 2, "frozen_at": 2}, None, Outcome.CLOSED),
    ],
)
def test_an_account_that_is_there_decides(
    desk: Desk, account: dict[str, int], email: str | None, outcome: Outcome
) -> None:
    assert desk.outcome(told={**desk.told(), Trait.POSTCODE: "00000"}) is Outcome.LETTER
    desk.set_account(**account)
    desk.clock.advance(8 * DAY)
    assert desk.outcome(email=email) is outcome
    assert len(desk.rows(deliveries.c.id)) == 1 + outcome.sent


def test_who_is_not_taken_for_the_member_learns_nothing_of_the_account(desk: Desk) -> None:
    assert desk.outcome() is Outcome.LETTER
    desk.set_account(opened_at=1)
    assert desk.outcome(told={}) is Outcome.REFUSED


def test_without_an_address_on_record_no_letter_leaves(desk: Desk) -> None:
    told = desk.told(HOMELESS)
    del told[Trait.POSTCODE]
    assert desk.outcome(HOMELESS, told) is Outcome.NO_ADDRESS
    assert desk.rows(outbox.c.id) == []


def test_a_letter_on_its_way_is_enough(desk: Desk) -> None:
    assert desk.outcome() is Outcome.LETTER
    desk.clock.advance(DAY)
    assert desk.outcome() is Outcome.TOO_MANY
    assert len(desk.rows(outbox.c.id)) == 1


@pytest.mark.parametrize("person", [CALLER, NOBODY], ids=["known", "unknown"])
def test_a_number_has_its_budget_whoever_it_is(desk: Desk, person: Person | str) -> None:
    for _ in range(NUMBER.burst):
        assert desk.outcome(person, {}) is Outcome.REFUSED
    assert desk.call(person) == TooSoon(desk.clock.now() + NUMBER.interval)
    assert desk.events().count(("agent:enrollment:checked", {"agent": "maud", "outcome": "too_soon"})) == 1
    desk.clock.advance(NUMBER.interval)
    assert isinstance(desk.call(person), Ended)


def test_an_agent_has_a_budget_over_all_numbers(desk: Desk) -> None:
    numbers = [f"{NOBODY[:10]}{order:03d}" for order in range(1, AGENT.burst + 2)]
    for number in numbers[:-1]:
        assert isinstance(desk.call(number), Ended)
    assert desk.call(numbers[-1]) == TooSoon(desk.clock.now() + AGENT.interval)
    other = replace(Call("karim", read_nir(numbers[-1]), {}))
    assert isinstance(desk.desk.serve(other), Ended)


def test_a_registry_that_does_not_answer_costs_no_try(desk: Desk) -> None:
    desk.down = True
    for _ in range(NUMBER.burst + AGENT.burst):
        with pytest.raises(RegistryUnavailable):
            desk.call()
    desk.down = False
    assert desk.outcome() is Outcome.LETTER


def test_the_audit_says_who_asked_what_matched_and_how_it_ended(desk: Desk) -> None:
    desk.call(told={**desk.told(), Trait.SITUATION: "exploitant"})
    told = {str(trait): "matches" for trait in Trait} | {"situation": "does not match"}
    assert desk.events() == [
        ("agent:enrollment:checked", {"agent": "maud", "outcome": "letter", **told}),
        ("agent:enrollment:done", {"agent": "maud", "channel": "letter"}),
    ]
    ((account,),) = desk.rows(accounts.c.id)
    done = [row for row in desk.rows(audit_events) if row.tag == "agent:enrollment:done"]
    assert [(row.account_id, row.member_id) for row in done] == [(account, desk.asked[0])]


def test_neither_number_nor_answer_stays_anywhere(desk: Desk) -> None:
    desk.call()
    desk.call(NOBODY)
    rest = repr([desk.rows(table) for table in (audit_events, attempts, outbox, deliveries)])
    secrets = (CALLER.nir, NOBODY, CALLER.birthdate.isoformat(), f"{desk.last:%Y-%m}")
    assert [secret for secret in secrets if secret in rest] == []
