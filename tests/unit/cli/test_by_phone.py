"""``idp enroll by-phone``: what an agent types, at a terminal and in a script, and what is shown."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from idp import cli
from idp.demo.members import write_members
from idp.demo.people import PEOPLE
from idp.kernel.clock import SystemClock, paris_date
from tests.unit.cli.conftest import Ran, Run

CALLER = PEOPLE[0]
NOBODY = "2530749588157"
_SOURCE = Path(cli.__file__).parents[2]

Answer = Callable[..., Ran]


def told(today: date, **changes: str) -> list[str]:
    """Return the lines an agent types: the number and five answers."""
    month = max(day for money in CALLER.payments for day in money.dates(today))
    lines = {
        "number": CALLER.nir,
        "birth_date": f"{CALLER.birthdate:%d/%m/%Y}",
        "birth_place": CALLER.birthplace[:2],
        "postcode": CALLER.address[1],
        "last_payment": f"{month:%m/%Y}",
        "situation": "particulier",
    }
    return list({**lines, **changes}.values())


@pytest.fixture
def today() -> date:
    return paris_date(SystemClock().now())


@pytest.fixture
def desk(ready: Run, tmp_path: Path, today: date, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """A fund with the demo's members and the agent ``maud``: runs the command over lines of standard input."""
    write_members(tmp_path / "members", today)
    ready("members", "import", str(tmp_path / "members"))
    ready("agents", "add", "maud", "Maud Leroy")

    def answer(lines: list[str], *words: str, agent: str = "maud") -> Ran:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return ready("enroll", "by-phone", "--agent", agent, *words)

    return answer


def test_a_script_gives_one_line_each(desk: Answer, today: date) -> None:
    ran = desk(told(today))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "birth date: matches",
        "birth place: matches",
        "postcode: matches",
        "last payment: matches",
        "situation: matches",
        "A provisional password goes by post to the address on record.",
    ]


def test_json_has_the_same_facts(desk: Answer, today: date) -> None:
    ran = desk(told(today, postcode="00000", situation=""), "--json")
    traits = {
        "birth_date": "matches",
        "birth_place": "matches",
        "postcode": "does not match",
        "last_payment": "matches",
    }
    assert (ran.code, ran.json) == (0, {"traits": traits, "outcome": "letter"})


def test_what_is_not_enough_fails_and_says_so(desk: Answer, today: date) -> None:
    ran = desk(told(today, birth_date="", birth_place="", postcode=""))
    assert ran.code == 1
    assert ran.out.splitlines()[-1] == "Not enough matches: nothing is sent."


def test_an_unknown_number_is_told_as_a_wrong_caller_is(desk: Answer, today: date) -> None:
    wrong = dict.fromkeys(("birth_date", "last_payment"), "01/1901") | {
        "birth_place": "99352", "postcode": "00000", "situation": "exploitant",
    }  # fmt: skip
    unknown = desk(told(today, number=NOBODY))
    known = desk(told(today, **wrong))
    assert unknown == known
    assert unknown.code == 1


def test_answers_may_end_early(desk: Answer, today: date) -> None:
    assert desk(told(today)[:4]).code == 0


@pytest.mark.parametrize("missing", [[], [""]])
def test_without_a_number_nothing_begins(desk: Answer, missing: list[str]) -> None:
    assert desk(missing).err == "idp: the member's number is missing\n"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"number": "2850359350118 99"}, "number"),
        ({"birth_date": "31/02/1985"}, "birth_date"),
        ({"postcode": "?"}, "postcode"),
    ],
)
def test_what_cannot_be_read_is_named_not_shown_and_costs_nothing(
    desk: Answer, today: date, changes: dict[str, str], named: str
) -> None:
    for _ in range(5):
        ran = desk(told(today, **changes))
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith(f"idp: {named} cannot be read")
        assert changes[named] not in ran.err
    assert desk(told(today)).code == 0


def test_a_number_that_was_asked_about_too_often_waits(desk: Answer, today: date) -> None:
    for _ in range(3):
        desk(told(today))
    ran = desk(told(today))
    assert ran.code == 1
    assert re.search(r"too many calls .* in \d+ min", ran.err)


@pytest.mark.parametrize("agent", ["nobody", "gone"])
def test_only_a_registered_agent_may(desk: Answer, ready: Run, today: date, agent: str) -> None:
    ready("agents", "add", "gone", "Gone")
    ready("agents", "remove", "gone")
    ran = desk(told(today), agent=agent)
    assert (ran.code, ran.out) == (1, "")
    assert f"'{agent}' is no agent" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ("--email", "camille@courriel.example"),
        ("--seen-in-person",),
        ("--seen-in-person", "--email", "camille"),
        ("--seen-in-person", "--email", ""),
    ],
)
def test_a_mail_needs_the_person_and_an_address(desk: Answer, today: date, words: tuple[str, ...]) -> None:
    assert desk(told(today), *words).code == 2


def test_whoever_is_seen_may_have_a_mail(desk: Answer, home: Path, today: date) -> None:
    ran = desk(told(today), "--seen-in-person", "--email", "camille@courriel.example", "--json")
    assert ran.json["outcome"] == "email"
    with sqlite3.connect(home / "idp.db") as connection:
        found = connection.execute("SELECT channel, address, proof FROM deliveries").fetchall()
    connection.close()
    assert found == [("email", "camille@courriel.example", "in_person")]


def test_at_a_terminal_the_number_is_not_shown_and_a_slip_is_asked_again(
    desk: Answer, home: Path, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = told(today)
    shown, code = _at_a_terminal(home, ["nonsense", *lines[:1], "31/02/1985", *lines[1:]])
    assert code == 0, shown
    assert lines[0] not in shown
    assert shown.count("This cannot be read") == 2
    assert "birth date: matches" in shown
    assert "by post" in shown


def _at_a_terminal(home: Path, lines: list[str]) -> tuple[str, int]:
    """Type each line when it is asked for; return all that the terminal showed, and the exit code."""
    keyboard, terminal = pty.openpty()
    environment = {"IDP_HOME": str(home), "PATH": os.environ["PATH"], "TERM": "dumb", "PYTHONPATH": str(_SOURCE)}
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "idp", "enroll", "by-phone", "--agent", "maud"],
        stdin=terminal, stdout=terminal, stderr=terminal, env=environment, start_new_session=True,
    )  # fmt: skip
    os.close(terminal)
    shown, end = "", time.monotonic() + 60
    try:
        while time.monotonic() < end:
            if not select.select([keyboard], [], [], 1)[0]:
                continue
            try:
                shown += os.read(keyboard, 4096).decode("utf-8", "replace")
            except OSError:
                break
            if lines and shown.endswith(": "):
                os.write(keyboard, f"{lines.pop(0)}\n".encode())
        return shown, process.wait(10)
    finally:
        process.kill()
        process.wait()
        os.close(keyboard)
