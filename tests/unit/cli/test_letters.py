"""``idp letters``: from the spool to the printer and the post; every hand-off is remembered, every answer true."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from idp.adapters.letter_spool import LetterSpool
from idp.kernel.clock import DAY, SystemClock
from idp.kernel.effects import Kind
from idp.post.letters.file import LetterFile
from tests.support.clock import FakeClock
from tests.unit.cli.conftest import Run

PDF = b"%PDF-1.4"
FIRST = LetterFile("-first", 1, Kind.PROVISIONAL_LETTER)
SECOND = LetterFile("second", 2, Kind.CONFIRMATION_LETTER)


@pytest.fixture
def spooled(home: Path) -> LetterSpool:
    """A spool with two letters of yesterday and today."""
    clock = FakeClock(SystemClock().now() - DAY)
    spool = LetterSpool(home / "var" / "letters", clock=clock)
    spool.write(FIRST, PDF)
    clock.advance(DAY)
    spool.write(SECOND, PDF)
    return spool


def remembered(home: Path) -> list[tuple[str, str]]:
    """The hand-offs in the audit: the tag's last word and the reference, in order."""
    with sqlite3.connect(home / "idp.db") as connection:
        rows = connection.execute(
            "SELECT tag, details FROM audit_events WHERE tag LIKE 'operator:letter:%' ORDER BY at, id"
        ).fetchall()
    connection.close()
    return [(tag.rsplit(":")[-1], json.loads(details)["letter"]) for tag, details in rows]


def test_letters_are_listed_oldest_first_with_what_became_of_them(ready: Run, spooled: LetterSpool) -> None:
    spooled.posted(spooled.all()[1])
    rows = ready("letters", "list", "--json").json["letters"]
    assert [row["reference"] for row in rows] == [FIRST.reference, SECOND.reference]
    assert rows[0]["state"] == "waiting"
    assert rows[1]["state"].startswith("posted at 20")
    plain = ready("letters", "list").out.splitlines()
    assert [line.split()[0] for line in plain] == [FIRST.reference, SECOND.reference]


def test_an_empty_spool_says_so(ready: Run) -> None:
    assert ready("letters", "list").out == "no letters\n"
    assert ready("letters", "list", "--json").json == {"letters": []}


def test_all_that_waits_is_exported_as_often_as_asked_and_each_time_remembered(
    ready: Run, home: Path, spooled: LetterSpool, tmp_path: Path
) -> None:
    out = tmp_path / "printer"
    for _ in range(2):
        assert ready("letters", "export", str(out), "--all", "--json").json == {
            "exported": [FIRST.reference, SECOND.reference]
        }
    assert len(list(out.iterdir())) == 4
    assert remembered(home) == [("exported", FIRST.reference), ("exported", SECOND.reference)] * 2
    assert len(spooled.waiting()) == 2


def test_one_letter_is_exported_by_its_reference_in_any_case(
    ready: Run, home: Path, spooled: LetterSpool, tmp_path: Path
) -> None:
    ran = ready("letters", "export", str(tmp_path / "printer"), FIRST.reference.lower(), FIRST.reference)
    assert ran.out == f"1 exported to {tmp_path / 'printer'}\n"
    assert remembered(home) == [("exported", FIRST.reference)]


def test_a_posted_letter_leaves_the_spool_and_posting_twice_is_said(
    ready: Run, home: Path, spooled: LetterSpool
) -> None:
    assert ready("letters", "posted", FIRST.reference).out == f"{FIRST.reference} is posted\n"
    again = ready("letters", "posted", FIRST.reference, SECOND.reference)
    assert again.code == 0
    assert f"{SECOND.reference} is posted" in again.out
    assert f"{FIRST.reference} was posted already, at 20" in again.out
    assert ready("letters", "posted", FIRST.reference, "--json").json == {"posted": [], "already": [FIRST.reference]}
    assert remembered(home) == [("posted", FIRST.reference), ("posted", SECOND.reference)]
    assert spooled.waiting() == ()


@pytest.mark.parametrize("words", [("export", "DIR", "L-0000-0000-0000"), ("posted", "L-0000-0000-0000")])
def test_a_reference_that_is_none_of_ours_changes_nothing(
    ready: Run, home: Path, spooled: LetterSpool, tmp_path: Path, words: tuple[str, ...]
) -> None:
    named = [str(tmp_path / "printer") if word == "DIR" else word for word in words]
    ran = ready("letters", named[0], *named[1:], FIRST.reference)
    assert ran.code == 1
    assert ran.err == "idp: no letter has the reference L-0000-0000-0000\n"
    assert remembered(home) == []
    assert len(spooled.waiting()) == 2


def test_what_is_posted_or_swept_cannot_be_exported(ready: Run, spooled: LetterSpool, tmp_path: Path) -> None:
    ready("letters", "posted", FIRST.reference)
    gone = ready("letters", "export", str(tmp_path / "printer"), FIRST.reference)
    assert gone.code == 1
    assert f"idp: {FIRST.reference} is not here any more: it is posted at 20" in gone.err
    (tmp_path / "var" / "letters" / f"{SECOND.name}.pdf").unlink()
    swept = ready("letters", "export", str(tmp_path / "printer"), SECOND.reference)
    assert swept.err == f"idp: {SECOND.reference} is not here any more: it is removed unposted\n"
    assert ready("letters", "posted", SECOND.reference).code == 0, "it may have been exported before"


@pytest.mark.parametrize("words", [(), ("L-0000-0000-0000", "--all")])
def test_which_letters_must_be_said_once(ready: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert ready("letters", "export", str(tmp_path / "printer"), *words).code == 2


def test_a_folder_that_cannot_be_written_is_named(ready: Run, spooled: LetterSpool, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    ran = ready("letters", "export", str(tmp_path / "file" / "below"), "--all")
    assert ran.code == 1
    assert "file" in ran.err
    assert "cannot be written" in ran.err


def test_a_node_without_letters_says_so(ready: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDP_LETTERS_DIR", "")
    assert ready("letters", "list").err == "idp: this node makes no letters: IDP_LETTERS_DIR is empty\n"
