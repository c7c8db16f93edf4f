"""Key rotation when the operator's part goes wrong: a file that never came, a folder in disorder, a restart."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from idp.adapters import key_folder
from idp.house import open_house
from idp.kernel import log
from idp.kernel.clock import MINUTE
from idp.kernel.errors import OperatorError
from idp.kernel.keyring import RingEntry
from tests.conformance.two_nodes import Caller, Pair, header, pair_of_nodes
from tests.support.house import open_account


@pytest.fixture
def pair(sqlite_template: Path, tmp_path: Path) -> Iterator[Pair]:
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    with pair_of_nodes(f"sqlite:///{tmp_path / 'idp.db'}", tmp_path) as found:
        yield found


@pytest.fixture
def logged() -> Iterator[StringIO]:
    stream = StringIO()
    log.configure(stream=stream, json=True)
    yield stream
    log.configure(json=True)


def test_a_hint_signed_by_a_key_that_is_gone_still_signs_out(pair: Pair) -> None:
    """RP-Initiated Logout 2: however old."""
    open_account(pair.first)
    browser = pair.world.signed_in()
    portal = pair.world.portal()
    hint = pair.world.tokens(portal, browser).id_token
    pair.carry(pair.rotate())
    for _ in range(49 + 1):
        pair.later(MINUTE)
        assert browser.client.get("/espace").status_code == 200  # the session is used, so that it lasts
    assert header(hint)["kid"] not in pair.kids(pair.first)
    browser.trail.clear()
    browser.get(portal.logout_url(hint, post_logout_redirect_uri="http://127.0.0.1:9/fini"))
    assert browser.trail[-1] == "http://127.0.0.1:9/fini"


def test_a_node_whose_file_never_came_lets_the_old_key_stand_in_then_refuses_and_spends_nothing(
    pair: Pair, logged: StringIO
) -> None:
    callers = [caller for caller in pair.callers() if caller.node is pair.second]
    made = pair.rotate()
    fresh = {entry.kid for entry in made}
    # Both clocks are past minute 12, neither is past minute 42.
    pair.later(14 * MINUTE)
    for caller in callers:
        assert header(caller.id_token())["kid"] not in fresh
    assert fresh <= pair.kids(pair.second), "it publishes what others sign with"
    told = [json.loads(line) for line in logged.getvalue().splitlines() if "keys.file_missing" in line]
    assert {(line["file"], line["level"]) for line in told} == {(entry.name, "error") for entry in made}
    pair.later(30 * MINUTE)
    for caller in callers:
        answer = caller.ask()
        assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
        assert (answer.headers["cache-control"], answer.headers["retry-after"]) == ("no-store", "60")
    assert "keys.cannot_sign" in logged.getvalue()
    told_by_jwt = Caller(pair.world.portal(userinfo_signed_response_alg="ES256"), pair.second, "ES256", "")
    access = pair.world.tokens(told_by_jwt.portal, pair.world.signed_in()).access
    answer = told_by_jwt.ask_userinfo(access)
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    assert (answer.headers["cache-control"], answer.headers["retry-after"]) == ("no-store", "60")
    pair.carry(made)
    pair.later(MINUTE)
    for caller in callers:
        assert header(caller.id_token())["kid"] in fresh, "the refresh token was not spent by the refusals"
    assert "BEGIN" not in logged.getvalue()


def test_new_keys_lost_on_every_node_are_replaced_without_a_pause(pair: Pair) -> None:
    callers = pair.callers()
    made: tuple[RingEntry, ...] = ()
    lost = pair.rotate()
    for entry in lost:
        (pair.first.folder / "keys" / f"{entry.name}.pem").unlink()
    used: set[str] = set()
    for minute in range(1, 45):
        pair.later(MINUTE)
        if minute == 15:
            made = pair.rotate()
            pair.carry(made)
        used |= {header(caller.id_token())["kid"] for caller in callers}
    assert not used & {entry.kid for entry in lost}
    assert used > {entry.kid for entry in made}


def test_a_node_is_restarted_in_the_middle(pair: Pair) -> None:
    callers = [caller for caller in pair.callers() if caller.node is pair.second]
    made = pair.rotate()
    settings, clock = pair.second.house.settings, pair.second.clock
    open_house(settings, clock).close()
    pair.later(14 * MINUTE)
    with pytest.raises(OperatorError, match=f"{made[0].name} is missing on this node"):
        open_house(settings, clock)
    pair.carry(made)
    for old in (pair.second.folder / "keys").glob("sign-*-1-*"):
        old.unlink()
    open_house(settings, clock).close()
    kids = {header(caller.id_token())["kid"] for caller in callers}
    assert kids == {entry.kid for entry in made}, "the running node took the files up, and misses the old ones not"


@pytest.mark.parametrize("fault", ["open to others", "half copied", "not a key", "no folder"])
def test_a_folder_in_disorder_stops_neither_publishing_nor_signing(pair: Pair, logged: StringIO, fault: str) -> None:
    callers = [caller for caller in pair.callers() if caller.node is pair.second]
    made = pair.rotate()
    folder = pair.second.folder / "keys"
    pair.carry(made)
    for entry in made:
        path = folder / f"{entry.name}.pem"
        if fault == "open to others":
            path.chmod(0o644)
        elif fault == "half copied":
            path.write_bytes(path.read_bytes()[:40])
        elif fault == "not a key":
            path.write_bytes(b"\xff\x00")
            (folder / "lookup-9-0123456789abcdef.key").write_bytes(b"zz")
            (folder / "lookup-9-0123456789abcdef.key").chmod(0o600)
    if fault == "no folder":
        folder.rename(folder.with_name("elsewhere"))
    pair.later(14 * MINUTE)
    fresh = {entry.kid for entry in made}
    for caller in callers:
        assert header(caller.id_token())["kid"] not in fresh
    assert fresh <= pair.kids(pair.second)
    assert "keys.file_missing" in logged.getvalue()
    assert ("keys.folder_unreadable" in logged.getvalue()) == (fault in ("open to others", "not a key"))


def test_what_a_running_node_reads_is_what_the_ring_says(pair: Pair) -> None:
    """A file that no row names is no key, whoever put it there."""
    stranger = key_folder.read(pair.first.folder / "keys")[-1]
    before = pair.kids(pair.first)
    shutil.copy2(
        next((pair.first.folder / "keys").glob(f"{stranger.purpose}-*")),
        pair.first.folder / "keys" / f"{stranger.purpose}-9-0123456789abcdef.pem",
    )
    pair.later(2 * MINUTE)
    assert pair.kids(pair.first) == before
