"""S4, the agent's side: a member who called is enrolled with ``idp enroll by-phone``, and goes on in the browser."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from idp import cli
from idp.accounts.agent import Agent
from idp.accounts.grammar import Fit
from idp.accounts.provisional import fit
from idp.kernel.clock import SystemClock, paris_date
from tests.flows.story import path, rows, says
from tests.support.house import CARD, Running, change_password, open_account, sign_in

SEEN = "claire@courriel.example"

Phone = Callable[..., dict[str, Any]]


@pytest.fixture
def phone(running: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Phone:
    """Let the agent ``maud`` type what a caller tells; returns what the terminal says."""
    monkeypatch.setenv("IDP_HOME", str(running.folder))
    monkeypatch.setenv("IDP_ISSUER", running.url)
    monkeypatch.setenv("IDP_DATABASE_URL", running.house.database.url.render_as_string(hide_password=False))
    with running.house.begin() as unit:
        unit.agents.add(Agent("maud", "Maud Leroy", running.clock.now()))

    def call(*words: str, nir: str = CARD.nir, postcode: str = CARD.address[1]) -> dict[str, Any]:
        month = max(day for money in CARD.payments for day in money.dates(paris_date(running.clock.now())))
        told = (nir, f"{CARD.birthdate:%d/%m/%Y}", CARD.birthplace, postcode, f"{month:%m/%Y}", "")
        monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(told)))
        monkeypatch.setattr(sys, "argv", ["idp", "enroll", "by-phone", "--agent", "maud", "--json", *words])
        with pytest.raises(SystemExit):
            cli.main()
        running.clock.instant = SystemClock().now()
        ended: dict[str, Any] = json.loads(capsys.readouterr().out)
        return ended

    return call


def test_a_letter_is_owed_to_the_address_on_record(running: Running, phone: Phone) -> None:
    assert phone()["outcome"] == "letter"
    assert rows(running, "SELECT channel, address FROM deliveries") == [("post", None)]
    assert rows(running, "SELECT kind FROM outbox") == [("provisional_letter",)]
    with running.browser() as browser:
        browser.get("/inscription")
        browser.submit({"profile": "particulier"})
        browser.submit({"nir": CARD.nir})
        assert says(browser, "enrollment.existing.title")


def test_who_was_seen_receives_the_mail_changes_the_password_and_is_in(running: Running, phone: Phone) -> None:
    ended = phone("--seen-in-person", "--email", SEEN)
    assert ended["outcome"] == "email"
    (word,) = running.deliver()
    assert fit(word) is Fit.RIGHT
    assert word not in json.dumps(ended)
    assert rows(running, "SELECT address, proof FROM deliveries") == [(SEEN, "in_person")]
    with running.browser() as browser:
        sign_in(browser, word)
        assert path(browser) == "/mot-de-passe"
        change_password(browser)
        assert path(browser) in ("/conditions", "/espace")
    assert rows(running, "SELECT email FROM accounts") == [(SEEN,)]


def test_two_things_that_do_not_match_send_nothing(running: Running, phone: Phone) -> None:
    wrong = phone(nir="2530749588157")
    assert set(wrong["traits"].values()) == {"does not match"}
    assert wrong["outcome"] == "refused"
    assert rows(running, "SELECT id FROM deliveries") == []


def test_one_that_does_not_match_is_forgiven(phone: Phone) -> None:
    ended = phone(postcode="00000")
    assert list(ended["traits"].values()) == ["matches", "matches", "does not match", "matches"]
    assert ended["outcome"] == "letter"


def test_whose_account_is_open_keeps_it_as_it_is(running: Running, phone: Phone) -> None:
    open_account(running)
    before = rows(running, "SELECT id FROM deliveries")
    assert phone("--seen-in-person", "--email", SEEN)["outcome"] == "open"
    assert rows(running, "SELECT id FROM deliveries") == before


def test_the_audit_names_the_agent_and_no_answer(running: Running, phone: Phone) -> None:
    phone(postcode="00000")
    events = rows(running, "SELECT tag, details, member_id FROM audit_events WHERE tag LIKE 'agent:%' ORDER BY tag")
    assert [tag for tag, _, _ in events] == ["agent:enrollment:checked", "agent:enrollment:done"]
    assert {json.loads(details)["agent"] for _, details, _ in events} == {"maud"}
    assert all(member for _, _, member in events)
    everything = repr(events)
    secrets = (CARD.nir, "00000", CARD.address[1], CARD.birthplace, CARD.birthdate.isoformat())
    assert [secret for secret in secrets if secret in everything] == []
