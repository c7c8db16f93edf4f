"""The commands that prepare a node: schema, keys, check, serve."""

from __future__ import annotations

from pathlib import Path

import pytest

from idp.adapters.smtp import SmtpTransport
from idp.house import open_house
from idp.kernel.clock import HOUR, SystemClock
from idp.kernel.effects import Lane, LogoutToken
from idp.kernel.keyring import KeyPurpose
from idp.kernel.vault import Pepper
from idp.post.outbox import Outcome
from idp.settings import load
from idp.storage.database import Database
from idp.storage.outbox import SqlOutbox, SqlQueue
from tests.support.clock import FakeClock
from tests.support.post import Post
from tests.support.smtp import smtp_server
from tests.unit.cli.conftest import Run


def test_the_schema_is_made_and_made_again(run: Run, home: Path) -> None:
    assert run("migrate").out == "the schema is current\n"
    assert (home / "idp.db").exists()
    assert run("migrate", "--json").json == {"schema": "current"}
    assert run("db", "upgrade").out == "the schema is current\n", "scripts of before 0.5 say it so"


def test_keys_are_made_once(run: Run, home: Path) -> None:
    run("migrate")
    assert run("keys", "init").out == "6 keys made, 6 entered into the ring\n"
    files = {path.name: path.read_bytes() for path in (home / "keys").iterdir()}
    assert run("keys", "init", "--json").json == {"made": 0, "entered": 0}
    assert {path.name: path.read_bytes() for path in (home / "keys").iterdir()} == files


def test_keys_are_their_owner_s_alone(ready: Run, home: Path) -> None:
    keys = home / "keys"
    assert keys.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in keys.iterdir()} == {0o600}


def test_keys_are_listed_without_the_keys(ready: Run, home: Path) -> None:
    listed = ready("keys", "list", "--json").json["keys"]
    assert sorted(key["purpose"] for key in listed) == sorted(KeyPurpose)
    plain = ready("keys", "list").out
    for path in (home / "keys").iterdir():
        assert path.read_text("ascii").strip()[:40] not in plain


def test_keys_need_a_schema(run: Run) -> None:
    ran = run("keys", "init")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "idp: the database is at revision none, not 0005: run idp migrate\n"


def test_a_ready_house_is_ready(ready: Run) -> None:
    assert ready("check").out == "ready: http://localhost:8000\npost: 0 waiting, 0 late, 0 failed lately\n"
    assert ready("check", "--json").json == {
        "ready": True,
        "issuer": "http://localhost:8000",
        "lanes": ["request", "mail", "letter", "logout"],
        "post": {"waiting": 0, "late": 0, "failed": [], "untold": []},
        "missing_keys": [],
    }


def test_a_node_without_a_letters_folder_makes_no_letters(ready: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDP_LETTERS_DIR", "")
    assert ready("check", "--json").json["lanes"] == ["request", "mail", "logout"]


def test_what_waits_too_long_and_what_failed_is_told_without_an_address(ready: Run, home: Path) -> None:
    database = Database(f"sqlite:///{home / 'idp.db'}", FakeClock(SystemClock().now()))
    with smtp_server() as server:
        post = Post(database, FakeClock(database.clock.now()), SmtpTransport(server.url))
        refused = post.owe()
        server.behaviour.at_recipient = "550 5.1.1 unknown"
        post.worker().run_once()
        post.clock.instant -= 2 * HOUR
        waiting = post.owe("late@exemple.test")
    database.close()
    told = ready("check")
    assert told.code == 0
    assert told.out.splitlines()[1:] == [
        "post: 1 waiting, 1 late, 1 failed lately",
        f"  provisional_mail {refused.id}: the server refused the recipient: 550 5.1.1",
    ]
    assert waiting.id not in told.out


def test_a_portal_that_could_not_be_told_of_logouts_is_named_with_the_reason(ready: Run, home: Path) -> None:
    database = Database(f"sqlite:///{home / 'idp.db'}", FakeClock(SystemClock().now()))
    queue, now = SqlQueue(database), database.clock.now()
    with database.begin() as connection:
        for sid in ("s1", "s2"):
            SqlOutbox(connection).put(LogoutToken("terres", "sub", sid), now)
    for _ in range(2):
        (job,) = queue.claim(Lane.LOGOUT, "me", now, 1)
        queue.settle(job, Outcome.FAILED, now, error="it answered 500")
    database.close()
    assert ready("check").out.splitlines()[1:] == [
        "post: 0 waiting, 0 late, 2 failed lately",
        "  portal terres: not told of 2 logouts, the last time: it answered 500",
    ]
    assert ready("check", "--json").json["post"]["untold"] == [
        {"client": "terres", "logouts": 2, "reason": "it answered 500"}
    ]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("IDP_REGISTRY_URL", "http://localhost:9/v1", "IDP_REGISTRY_URL needs IDP_REGISTRY_KEY"),
        ("IDP_LETTERS_CERTIFICATE", "printer.pem", "the printer's certificate"),
    ],
)
def test_a_part_that_cannot_work_is_named_before_anything_is_served(
    ready: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    for command in ("check", "serve"):
        ran = ready(command)
        assert ran.code == 1
        assert ran.err.startswith(f"idp: {sentence}")


@pytest.mark.parametrize("command", ["check", "serve"])
def test_a_house_without_a_schema_says_what_to_do(run: Run, command: str) -> None:
    ran = run(command)
    assert ran.code == 1
    assert ran.err == "idp: the database is at revision none, not 0005: run idp migrate\n"


@pytest.mark.parametrize("command", ["check", "serve"])
def test_a_house_without_keys_says_what_to_do(run: Run, command: str) -> None:
    run("migrate")
    ran = run(command)
    assert (ran.code, ran.err) == (1, "idp: the key ring is empty: run idp keys init\n")


@pytest.mark.parametrize("command", ["check", "serve"])
def test_a_missing_key_file_is_named(ready: Run, home: Path, command: str) -> None:
    lost = next((home / "keys").glob("lookup-*"))
    lost.unlink()
    ran = ready(command)
    assert (ran.code, ran.err) == (1, f"idp: the key file {lost.stem} is missing on this node\n")


@pytest.mark.parametrize("command", ["check", "serve"])
@pytest.mark.parametrize(
    ("purpose", "called"), [("lookup", "lookup-2"), ("vault", "tickets-1"), ("sign-rs256", "sign-es256-1")]
)
def test_a_key_file_under_another_name_is_missing(
    ready: Run, home: Path, command: str, purpose: str, called: str
) -> None:
    """Its name says what it is for: digests under a wrong version, or by the vault's key, would be no member's."""
    wrong = next((home / "keys").glob(f"{purpose}-1-*"))
    wrong.rename(wrong.with_name(wrong.name.replace(f"{purpose}-1", called)))
    ran = ready(command)
    assert (ran.code, ran.err) == (1, f"idp: the key file {wrong.stem} is missing on this node\n")


@pytest.mark.parametrize("command", ["check", "serve"])
def test_a_differing_key_file_is_named_and_not_shown(ready: Run, home: Path, command: str) -> None:
    other = next((home / "keys").glob("vault-*"))
    other.write_text("ab" * 32 + "\n", "ascii")
    ran = ready(command)
    assert (ran.code, ran.err) == (1, f"idp: the key file {other.stem} differs from the ring\n")


def test_a_lost_key_is_never_made_anew(ready: Run, home: Path) -> None:
    next((home / "keys").glob("lookup-*")).unlink()
    assert ready("keys", "init", "--json").json == {"made": 0, "entered": 0}
    assert ready("check").code == 1


def test_a_key_others_can_read_is_refused(ready: Run, home: Path) -> None:
    loose = next((home / "keys").glob("tickets-*"))
    loose.chmod(0o640)
    ran = ready("check")
    assert (ran.code, ran.err) == (1, f"idp: {loose} can be read by others: chmod 600 it\n")


def test_an_unknown_setting_stops_every_command(ready: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDP_ISUER", "x")
    for words in (("check",), ("migrate",), ("keys", "init"), ("clients", "list"), ("serve",)):
        ran = ready(*words)
        assert (ran.code, ran.err) == (1, "idp: unknown setting IDP_ISUER; did you mean IDP_ISSUER?\n")


@pytest.mark.parametrize(
    "words", [("nowhere",), ("check", "--nowhere"), ("serve", "--port", "many"), ("clients", "show"), ("keys",)]
)
def test_a_wrong_use_is_told_apart(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).code == 2


def test_help_is_no_failure(run: Run) -> None:
    assert run("--help").code == 0
    assert "clients" in run("--help").out


def test_sweeping_says_what_is_gone(ready: Run) -> None:
    assert ready("sweep").out == "nothing to do\n"
    assert set(ready("sweep", "--json").json.values()) == {0}


def test_a_key_file_that_is_not_of_the_ring_opens_and_seals_nothing(ready: Run, home: Path) -> None:
    """Another pepper in its place would make every member unfindable, in silence."""
    stray = home / "keys" / "lookup-1-zzzzzzzzzzzzzzzz.key"
    stray.write_text("ab" * 32 + "\n", "ascii")
    stray.chmod(0o600)
    house = open_house(load({"IDP_HOME": str(home)}))
    house.close()
    assert house.pepper.lookup("nir", "x") != Pepper({1: bytes.fromhex("ab" * 32)}).lookup("nir", "x")
    assert {key.kid for key in house.keys} == {entry.kid for entry in house.ring}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_where_all_must_see_the_same_the_post_runs_in_a_process_of_its_own(
    ready: Run, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    monkeypatch.setenv("IDP_ENROLLMENT_DISCLOSURE", "uniform")
    ran = ready("serve", "--workers", workers)
    assert ran.code == 1
    assert ran.err == (
        "idp: IDP_ENROLLMENT_DISCLOSURE=uniform: run idp serve --no-worker, and idp worker beside it\n"
    )
