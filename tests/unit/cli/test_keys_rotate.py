"""``idp keys rotate`` and what the other commands say of it, on the node that made the keys and on the others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import update

from idp.kernel.clock import MINUTE, SystemClock
from idp.storage.database import Database
from idp.storage.tables import key_ring
from tests.unit.cli.conftest import Run


def ages(home: Path, minutes: int) -> None:
    """Let the rows of the ring be older."""
    database = Database(f"sqlite:///{home / 'idp.db'}", SystemClock())
    with database.begin() as connection:
        connection.execute(update(key_ring).values(created_at=key_ring.c.created_at - minutes * MINUTE))
    database.close()


def phases(run: Run) -> dict[str, str]:
    listed = run("keys", "list", "--json").json["keys"]
    return {f"{key['purpose']}-{key['version']}": key["phase"] for key in listed if key["purpose"].startswith("sign")}


def files(home: Path) -> set[str]:
    return {path.name for path in (home / "keys").iterdir()}


@pytest.fixture
def elsewhere(ready: Run, home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same program on another node: the same database, a folder with the keys as they are now."""
    folder = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(home / "keys", folder / "keys")

    def run(*words: str) -> object:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("IDP_KEYS_DIR", str(folder / "keys"))
            return ready(*words)

    run.folder = folder / "keys"  # type: ignore[attr-defined]
    return run  # type: ignore[return-value]


def test_both_next_keys_are_made_and_it_is_said_what_to_do(ready: Run, home: Path) -> None:
    before = files(home)
    ran = ready("keys", "rotate")
    made = sorted(files(home) - before)
    assert [name.rsplit("-", 1)[0] for name in made] == ["sign-es256-2", "sign-rs256-2"]
    assert {(home / "keys" / name).stat().st_mode & 0o777 for name in made} == {0o600}
    assert ran.code == 0
    assert all(f"made {home / 'keys' / name}" in ran.out for name in made)
    assert "in 12 minutes" in ran.out
    assert "BEFORE then, carry the file" in ran.out
    assert phases(ready) == {
        "sign-rs256-1": "active",
        "sign-es256-1": "active",
        "sign-rs256-2": "next",
        "sign-es256-2": "next",
    }
    assert ready("check").code == 0


def test_one_of_them_alone_as_json(ready: Run, home: Path) -> None:
    before = files(home)
    (made,) = ready("keys", "rotate", "--purpose", "es256", "--json").json["made"]
    assert {made["file"]} == files(home) - before
    assert (made["purpose"], made["version"]) == ("sign-es256", 2)
    until = {(k["purpose"], k["version"]): k["until"] for k in ready("keys", "list", "--json").json["keys"]}
    assert until["sign-es256", 2] == until["sign-es256", 1] == made["signs_from"]
    assert until["sign-rs256", 1] is None


@pytest.mark.parametrize("purpose", ["lookup", "vault", "tickets", "decrypt", "hs256", ""])
def test_other_keys_are_not_rotated(ready: Run, purpose: str) -> None:
    assert ready("keys", "rotate", "--purpose", purpose).code == 2
    told = " ".join(ready("keys", "rotate", "--help").out.split())
    assert "other keys (lookup, vault, tickets, decrypt) are not rotated" in told


@pytest.mark.parametrize("words", [(), ("--purpose", "rs256")])
def test_while_one_waits_no_other_is_made_not_even_of_the_other_purpose(
    ready: Run, home: Path, words: tuple[str, ...]
) -> None:
    (made,) = ready("keys", "rotate", "--purpose", "rs256", "--json").json["made"]
    before, ring = files(home), ready("keys", "list", "--json").json
    ran = ready("keys", "rotate", *words)
    assert ran.code == 1
    assert ran.err.startswith(f"idp: the key sign-rs256-2-{made['kid']} waits already and signs from 20")
    assert ran.err.endswith("UTC; nothing was made\n")
    assert files(home) == before
    assert ready("keys", "list", "--json").json == ring


def test_the_phases_go_by_and_the_next_rotation_is_possible_as_soon_as_none_waits(ready: Run, home: Path) -> None:
    ready("keys", "rotate", "--purpose", "rs256")
    ages(home, 12)
    assert phases(ready) == {"sign-rs256-1": "retiring", "sign-rs256-2": "active", "sign-es256-1": "active"}
    assert ready("keys", "rotate", "--purpose", "rs256").code == 0
    ages(home, 37)
    assert phases(ready) == {
        "sign-rs256-1": "gone",
        "sign-rs256-2": "retiring",
        "sign-rs256-3": "active",
        "sign-es256-1": "active",
    }


def test_rotating_where_no_node_is_makes_nothing(ready: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDP_KEYS_DIR", str(home / "nowhere"))
    ran = ready("keys", "rotate")
    assert ran.code == 1
    assert "is missing on this node" in ran.err
    assert not (home / "nowhere").exists()
    monkeypatch.delenv("IDP_KEYS_DIR")
    assert set(phases(ready).values()) == {"active"}


def test_a_key_whose_file_is_lost_everywhere_is_replaced_by_another_rotation(ready: Run, home: Path) -> None:
    (lost,) = ready("keys", "rotate", "--purpose", "rs256", "--json").json["made"]
    (home / "keys" / lost["file"]).unlink()
    assert ready("keys", "rotate", "--purpose", "rs256").code == 1, "it may still be on its way"
    ages(home, 12)
    assert ready("check").code == 1
    assert ready("keys", "rotate", "--purpose", "rs256").code == 0
    ages(home, 12)
    assert ready("check").code == 0
    assert phases(ready) == {
        "sign-rs256-1": "retiring",
        "sign-rs256-2": "retiring",
        "sign-rs256-3": "active",
        "sign-es256-1": "active",
    }


def test_rotating_before_the_first_keys_says_what_to_do(run: Run) -> None:
    run("migrate")
    ran = run("keys", "rotate")
    assert (ran.code, ran.err) == (1, "idp: the key ring is empty: run idp keys init\n")


def test_a_node_that_awaits_a_file_is_ready_and_says_so(elsewhere: Run, ready: Run, home: Path) -> None:
    (made,) = ready("keys", "rotate", "--purpose", "rs256", "--json").json["made"]
    ran = elsewhere("check")
    assert ran.code == 0
    assert f"keys: the file {made['file']} is missing or differs on this node, and signs from 20" in ran.out
    assert elsewhere("check", "--json").json["missing_keys"] == [made["file"].removesuffix(".pem")]
    assert "keys:" not in ready("check").out
    folder: Path = elsewhere.folder  # type: ignore[attr-defined]
    (folder / made["file"]).write_text("half of it", "ascii")
    (folder / made["file"]).chmod(0o600)
    assert "is missing or differs" in elsewhere("check").out
    shutil.copy(home / "keys" / made["file"], folder / made["file"])
    assert "keys:" not in elsewhere("check").out
    ages(home, 12)
    assert elsewhere("check").code == 0


@pytest.mark.parametrize("command", ["check", "serve"])
@pytest.mark.parametrize("wrong", ["missing", "differing"])
def test_a_node_does_not_start_without_the_key_that_signs(
    elsewhere: Run, ready: Run, home: Path, command: str, wrong: str
) -> None:
    (made,) = ready("keys", "rotate", "--purpose", "rs256", "--json").json["made"]
    name = made["file"].removesuffix(".pem")
    if wrong == "differing":
        path = elsewhere.folder / made["file"]  # type: ignore[attr-defined]
        path.write_text("another", "ascii")
        path.chmod(0o600)
    ages(home, 12)
    ran = elsewhere(command)
    told = "is missing on this node" if wrong == "missing" else "differs from the ring"
    assert (ran.code, ran.err) == (1, f"idp: the key file {name} {told}\n")


def test_files_of_keys_that_sign_no_more_may_go(ready: Run, home: Path) -> None:
    ready("keys", "rotate")
    ages(home, 12)
    for old in (home / "keys").glob("sign-*-1-*"):
        old.unlink()
    ran = ready("check")
    assert (ran.code, "keys:" in ran.out) == (0, False)
    assert ready("keys", "init", "--json").json == {"made": 0, "entered": 0}, "and none is made in their place"


def test_a_file_whose_row_was_never_committed_is_no_key(ready: Run, home: Path) -> None:
    stray = home / "keys" / "sign-rs256-2-0123456789abcdef.pem"
    shutil.copy(next((home / "keys").glob("sign-rs256-1-*")), stray)
    assert ready("check").code == 0
    (made,) = ready("keys", "rotate", "--purpose", "rs256", "--json").json["made"]
    assert made["version"] == 2
    assert phases(ready)["sign-rs256-2"] == "next"
