"""An address is an account's once a code that went there was typed: six digits, once, for a quarter of an hour."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from io import StringIO

import pytest
from sqlalchemy import select, update

from idp.accounts.email_code import LIFE, TRIES, WAIT
from idp.demo.person import Person
from idp.kernel.clock import DAY, HOUR, MINUTE, SECOND
from idp.kernel.effects import Kind
from idp.post.code_mail import CodeMail
from idp.post.outbox import LEASE
from idp.post.worker import Worker
from idp.storage.outbox import SqlQueue
from idp.storage.sweep import sweep
from idp.storage.tables import accounts, email_codes, metadata
from tests.flows.story import path, rows, says, shown
from tests.support.asking_franceconnect import FranceConnect, asking
from tests.support.browser import Browser
from tests.support.house import BACK, CARD, PASSWORD, Running, open_account, sign_in
from tests.support.portal import Attempt
from tests.support.post import FRAME, PAGES, Crash
from tests.support.smtp import part

ADDRESS = "camille.v@autre.example"


@dataclass
class Way:
    """One member on the way to FranceConnect, stopped by the missing address."""

    running: Running
    browser: Browser
    franceconnect: FranceConnect
    attempt: Attempt

    def ask(self, address: str = ADDRESS) -> None:
        self.browser.submit({"email": address})

    def type(self, code: str) -> None:
        self.browser.submit({"code": code})

    @property
    def arrived(self) -> bool:
        return self.franceconnect.is_answer(self.browser.trail[-1], self.attempt)

    def error(self, message: str, **values: object) -> bool:
        return shown(self.browser).status == 422 and says(self.browser, f"signin.address.error.{message}", **values)


@contextmanager
def on_the_way(running: Running, person: Person = CARD) -> Iterator[Way]:
    """Open an account, take its address away, and sign in for FranceConnect."""
    open_account(running, person)
    with running.house.database.begin() as connection:
        connection.execute(update(accounts).values(email=None, email_verified_at=None))
    running.clock.advance(SECOND)
    franceconnect = asking(running)
    with running.browser() as browser:
        attempt = franceconnect.start()
        browser.get(attempt.url)
        sign_in(browser, PASSWORD, person)
        assert path(browser) == "/adresse-e-mail"
        yield Way(running, browser, franceconnect, attempt)
    franceconnect.close()


@pytest.fixture
def way(light: Running) -> Iterator[Way]:
    with on_the_way(light) as found:
        yield found


def other_than(code: str) -> str:
    """Return six other digits."""
    return f"{(int(code) + 1) % 10**6:06}"


def kept(running: Running) -> list[tuple[object, ...]]:
    return rows(running, "SELECT email, email_verified_at FROM accounts")


def test_the_code_makes_the_address_the_account_s_and_the_member_goes_on(running: Running) -> None:
    """On both databases, with a slip, a second code, and three at most in an hour."""
    with on_the_way(running) as way:
        way.ask("pas une adresse")
        assert says(way.browser, "enrollment.contact.email.error.format")
        way.ask()
        first = running.deliver()[-1]
        assert running.smtp.messages[-1]["To"] == ADDRESS
        way.type(other_than(first))
        assert way.error("wrong", left=TRIES - 1)
        running.clock.advance(MINUTE)
        for _ in range(2):
            way.browser.submit({"action": "resend"})
            assert path(way.browser) == "/adresse-e-mail"
        way.browser.submit({"action": "resend"})
        assert shown(way.browser).status == 429
        assert shown(way.browser).response.headers["retry-after"] == str(59 * 60)
        assert says(way.browser, "signin.address.error.often", minutes=59)
        last = running.deliver()[-1]
        assert running.deliver().count(first) == 1, "what a newer code followed was not even sent"
        assert kept(running) == [(None, None)]
        way.type(f" {last[:3]} {last[3:]} ")
        assert way.arrived
        assert kept(running) == [(ADDRESS, running.clock.now())]
        assert rows(running, "SELECT count(*) FROM email_codes WHERE used_at IS NULL") == [(0,)]
        found = rows(running, "SELECT tag FROM audit_events WHERE tag LIKE 'member:email:%' ORDER BY tag")
        assert found == [("member:email:refused",), ("member:email:verified",)]


def test_five_wrong_codes_and_the_right_one_counts_no_longer(way: Way) -> None:
    way.ask()
    code = way.running.deliver()[-1]
    for left in range(TRIES - 1, 0, -1):
        way.type(other_than(code))
        assert way.error("wrong", left=left)
    page = shown(way.browser)
    way.type(other_than(code))
    assert way.error("over")
    way.browser.submit({"code": code}, page=page)
    assert way.error("over")
    way.browser.submit()
    way.type(way.running.deliver()[-1])
    assert way.arrived, "and the address that was typed is offered for another code"


def test_what_is_no_code_costs_no_try(way: Way) -> None:
    way.ask()
    code = way.running.deliver()[-1]
    for typed, problem in (("", "missing"), ("12345", "shape"), ("1234567", "shape"), ("1" * 999, "shape")):
        way.type(typed)
        assert way.error(problem)
    assert rows(way.running, "SELECT tries FROM email_codes") == [(0,)]
    way.type(code)
    assert way.arrived


def test_a_code_counts_for_a_quarter_of_an_hour_from_its_birth(way: Way) -> None:
    way.ask()
    way.running.clock.advance(10 * MINUTE)
    code = way.running.deliver()[-1]
    page = shown(way.browser)
    way.running.clock.advance(LIFE)
    way.type(code)
    assert way.error("over")
    way.browser.submit({"code": code}, page=page)
    assert way.error("over")
    assert kept(way.running) == [(None, None)]


def test_a_code_just_in_time_is_taken(way: Way) -> None:
    way.ask()
    code = way.running.deliver()[-1]
    way.running.clock.advance(LIFE - 1)
    way.type(code)
    assert way.arrived


def test_a_code_works_once(way: Way) -> None:
    way.ask()
    code = way.running.deliver()[-1]
    page = shown(way.browser)
    way.type(code)
    assert way.arrived
    with way.running.house.database.begin() as connection:
        connection.execute(update(accounts).values(email=None, email_verified_at=None))
    again = way.franceconnect.start(prompt=None)
    way.browser.get(again.url)
    assert path(way.browser) == "/adresse-e-mail"
    request = way.browser.trail[-1].partition("request=")[2]
    way.browser.submit({"code": code, "request": request}, page=page)
    assert way.error("over")


def test_the_code_of_an_address_that_was_corrected_counts_no_longer(way: Way) -> None:
    way.ask("camile@autre.example")
    wrong = way.running.deliver()[-1]
    way.browser.submit({"action": "correct"})
    assert says(way.browser, "signin.address.button")
    way.ask()
    right = way.running.deliver()[-1]
    if wrong != right:
        way.type(wrong)
        assert way.error("wrong", left=TRIES - 1)
    way.type(right)
    assert kept(way.running)[0][0] == ADDRESS


def test_an_address_corrected_in_time_gets_no_mail(way: Way) -> None:
    way.ask("camile@autre.example")
    way.browser.submit({"action": "correct"})
    way.ask()
    way.running.deliver()
    assert [mail["To"] for mail in way.running.smtp.messages][-1] == ADDRESS
    assert "camile@autre.example" not in [mail["To"] for mail in way.running.smtp.messages]


def test_another_tab_sees_the_same_code_and_the_newest_address_wins(way: Way) -> None:
    first_tab = shown(way.browser)
    second = way.franceconnect.start(prompt=None)
    way.browser.get(second.url)
    way.ask("second@autre.example")
    older = way.running.deliver()[-1]
    way.browser.submit({"email": ADDRESS}, page=first_tab)
    newer = way.running.deliver()[-1]
    if older != newer:
        way.type(older)
        assert way.error("wrong", left=TRIES - 1)
    way.type(newer)
    assert way.arrived
    assert kept(way.running)[0][0] == ADDRESS
    way.browser.get("/oidc/authorize/" + request_of(way, second))
    assert way.franceconnect.is_answer(way.browser.trail[-1], second), "the other tab goes on as well"


def request_of(way: Way, attempt: Attempt) -> str:
    found = rows(way.running, "SELECT id, request FROM parked_requests")
    return next(str(parked) for parked, request in found if attempt.state in str(request))


def test_another_member_s_code_opens_nothing_and_both_may_have_the_same_address(light: Running) -> None:
    with on_the_way(light) as mine, on_the_way(light, BACK) as theirs:
        theirs.ask()
        their_code = light.deliver()[-1]
        mine.ask()
        my_code = light.deliver()[-1]
        if my_code != their_code:
            mine.type(their_code)
            assert mine.error("wrong", left=TRIES - 1)
        mine.type(my_code)
        theirs.type(their_code)
        assert mine.arrived
        assert theirs.arrived
        assert [address for address, _ in kept(light)] == [ADDRESS, ADDRESS]


@dataclass
class DiesOnceItIsAccepted:
    """A way out that takes the mail; the process dies before it can say so."""

    messages: list[EmailMessage] = field(default_factory=list)

    def send(self, message: EmailMessage) -> None:
        self.messages.append(message)
        raise Crash("accepted, and the answer lost")


def test_a_worker_that_died_is_followed_by_another_code_which_alone_counts(way: Way) -> None:
    way.ask()
    house, queue, dying = way.running.house, SqlQueue(way.running.house.database), DiesOnceItIsAccepted()
    deliverer = CodeMail(queue, house.pepper, dying, FRAME, PAGES.text, PAGES.t)
    with pytest.raises(Crash):
        Worker(queue, {Kind.EMAIL_CODE: deliverer}, house.clock, threading.Event(), "dead").run_once()
    lost = next(line for line in part(dying.messages[0], "plain").splitlines() if line.isdigit())
    way.running.clock.advance(LEASE)
    code = way.running.deliver()[-1]
    assert dying.messages[0]["Message-ID"] != way.running.smtp.messages[-1]["Message-ID"]
    if lost != code:
        way.type(lost)
        assert way.error("wrong", left=TRIES - 1)
    way.type(code)
    assert way.arrived


def test_a_frozen_account_gets_no_code(way: Way) -> None:
    way.ask()
    before = len(way.running.smtp.messages)
    ((account,),) = rows(way.running, "SELECT id FROM accounts")
    with way.running.house.begin() as unit:
        assert unit.freezing.freeze(account, way.running.clock.now())
    way.running.deliver()
    assert len(way.running.smtp.messages) == before
    assert rows(way.running, "SELECT outcome FROM outbox WHERE kind = 'email_code'") == [("dropped",)]
    assert rows(way.running, "SELECT digest FROM email_codes") == [(None,)]
    way.type("123456")
    assert path(way.browser) == "/connexion"


def test_a_mail_that_could_not_leave_within_the_hour_never_does(way: Way) -> None:
    way.ask()
    way.running.clock.advance(WAIT)
    way.running.deliver()
    assert rows(way.running, "SELECT outcome FROM outbox WHERE kind = 'email_code'") == [("dropped",)]


def test_an_address_that_no_mail_can_bear_is_refused_for_good(way: Way) -> None:
    way.ask()
    with way.running.house.database.begin() as connection:
        connection.execute(update(email_codes).values(address="a@b@c.example"))
    way.running.deliver()
    found = rows(way.running, "SELECT outcome, last_error FROM outbox WHERE kind = 'email_code'")
    assert found == [("refused", "the e-mail address is unusable: not one local part and one domain")]


@pytest.mark.parametrize("query", ["", "?request=nonsense", "?request=" + "A" * 22])
def test_nobody_is_asked_whom_no_waiting_portal_needs_it_of(way: Way, query: str) -> None:
    way.browser.get("/adresse-e-mail" + query)
    assert path(way.browser) != "/adresse-e-mail"
    with way.running.browser() as stranger:
        stranger.get("/adresse-e-mail?request=" + request_of(way, way.attempt))
        assert path(stranger) != "/adresse-e-mail"


def test_neither_the_code_nor_the_address_is_told_anywhere_else(light: Running, logged: StringIO) -> None:
    with on_the_way(light) as way:
        way.ask()
        code = light.deliver()[-1]
        way.type(other_than(code))
        with light.house.database.begin(write=False) as connection:
            held = {
                table.name: repr(connection.execute(select(table)).all())
                for table in metadata.sorted_tables
                if table is not email_codes
            }
            digest = connection.execute(select(email_codes.c.digest)).scalar_one()
        assert len(digest) == 64, "keyed, and nothing to read"
        assert [name for name, text in held.items() if ADDRESS in text or f"'{code}'" in text] == []
        assert ADDRESS not in logged.getvalue()
        assert f'"{code}"' not in logged.getvalue()
        assert f"={code}" not in "".join(way.browser.trail)


def test_a_day_later_nothing_of_it_is_left(way: Way) -> None:
    way.ask()
    assert sweep(way.running.house.database)["email_codes"] == 0
    way.running.clock.advance(DAY + HOUR)
    assert sweep(way.running.house.database)["email_codes"] == 1
