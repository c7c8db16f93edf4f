"""``idp agents``: who of the fund may act, kept on record when they no longer may."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from idp.accounts.agent import Agent
from idp.kernel.clock import DAY
from idp.kernel.errors import OperatorError
from idp.storage.agents import SqlAgents
from idp.storage.database import Database
from tests.unit.cli.conftest import Run


def listed(ready: Run) -> dict[str, Any]:
    return {
        row["agent"]: (row["name"], row["removed_at"] is not None)
        for row in ready("agents", "list", "--json").json["agents"]
    }


def events(home: Path) -> list[tuple[str, dict[str, Any]]]:
    with sqlite3.connect(home / "idp.db") as connection:
        found = connection.execute(
            "SELECT tag, details FROM audit_events WHERE tag LIKE 'operator:agent:%' ORDER BY id"
        )
        told = [(tag, json.loads(details)) for tag, details in found]
    connection.close()
    return told


def test_an_agent_is_added_listed_removed_and_comes_back(ready: Run, home: Path) -> None:
    assert ready("agents", "add", "m.leroy", "Maud Leroy", "--json").json == {"agent": "m.leroy", "changed": True}
    assert ready("agents", "add", "k-9", "Karim Benali").out == "k-9 is an agent\n"
    assert listed(ready) == {"k-9": ("Karim Benali", False), "m.leroy": ("Maud Leroy", False)}
    assert ready("agents", "remove", "k-9", "--json").json == {"agent": "k-9", "changed": True}
    assert listed(ready)["k-9"] == ("Karim Benali", True)
    assert "k-9  Karim Benali  (removed)" in ready("agents", "list").out
    ready("agents", "add", "k-9", "Karim Benali")
    assert listed(ready)["k-9"] == ("Karim Benali", False)
    assert [(tag, details["agent"]) for tag, details in events(home)] == [
        ("operator:agent:added", "m.leroy"),
        ("operator:agent:added", "k-9"),
        ("operator:agent:removed", "k-9"),
        ("operator:agent:added", "k-9"),
    ]


def test_repeating_changes_nothing_and_is_no_event(ready: Run, home: Path) -> None:
    ready("agents", "add", "m.leroy", "Maud Leroy")
    assert ready("agents", "add", "m.leroy", "Maud Leroy", "--json").json["changed"] is False
    assert ready("agents", "add", "m.leroy", "Maud Leroy-Petit", "--json").json["changed"] is True
    ready("agents", "remove", "m.leroy")
    assert ready("agents", "remove", "m.leroy", "--json").json["changed"] is False
    assert len(events(home)) == 3


@pytest.mark.parametrize("agent_id", ["m", "M.Leroy", "maud leroy", "é.leroy", "a" * 41, "a\n", ""])
def test_an_id_is_short_and_plain(ready: Run, agent_id: str) -> None:
    ran = ready("agents", "add", agent_id, "Maud Leroy")
    assert (ran.code, ran.out) == (1, "")
    assert "2 to 40" in ran.err


@pytest.mark.parametrize("name", ["", "Maud\nLeroy", "M" * 101])
def test_a_name_is_one_line(ready: Run, name: str) -> None:
    assert ready("agents", "add", "m.leroy", name).code == 1
    assert listed(ready) == {}


def test_removing_nobody_is_told(ready: Run) -> None:
    ran = ready("agents", "remove", "nobody")
    assert ran.code == 1
    assert "'nobody' is no agent" in ran.err


def test_only_who_is_registered_may_act(database: Database) -> None:
    now = database.clock.now()
    with database.begin() as connection:
        agents = SqlAgents(connection)
        with pytest.raises(OperatorError):
            agents.get("maud")
        assert agents.add(Agent("maud", "Maud", now))
        assert agents.get("maud") == Agent("maud", "Maud", now)
        assert agents.remove("maud", now + DAY)
        with pytest.raises(OperatorError):
            agents.get("maud")
        assert agents.list() == (Agent("maud", "Maud", now, now + DAY),)
        assert agents.add(Agent("maud", "Maud", now + 2 * DAY))
        assert agents.add(Agent("maud", "Maud B.", now + 3 * DAY))
        assert agents.get("maud") == Agent("maud", "Maud B.", now + 2 * DAY)
