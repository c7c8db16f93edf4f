"""Every misbehaviour of FranceConnect that is known has its test here, and the local sign-in outlives all of them."""

from __future__ import annotations

import ast
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conformance.faulty import Faulty
from tests.conformance.upstream_faults import REACTIONS, REDEEMED, STRANGER, WORKS
from tests.support.house import PASSWORD, sign_in
from tests.support.upstream import Federated

ROWS = 42
LONGEST_S = 8
"""An exchange has six seconds; the rest is the machine's."""


def test_the_table_names_every_fault_of_the_mock_and_no_other(faulty: Faulty) -> None:
    assert set(REACTIONS) == set(faulty.house.mock.catalogue())


def test_every_row_has_a_test() -> None:
    told: set[int] = set()
    for path in Path(__file__).parent.glob("test_franceconnect_faults*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_fault_"):
                told |= {int(word) for word in node.name.split("_") if word.isdigit() and len(word) == 2}
    assert told == set(range(1, ROWS + 1))


@pytest.mark.parametrize(
    "name", ["03-iss-other", "09-error-500", "10-close", "11-huge", "17-alg-none", "26-json", "34-issuer-other"]
)
def test_the_own_sign_in_works_in_the_same_browser_after_a_fault(faulty: Faulty, name: str) -> None:
    faulty.house.mock.fault(name, times=0)
    with faulty.house.traveller() as traveller:
        assert traveller.enter().status in (400, 503)
        sign_in(traveller.browser, PASSWORD)
        assert traveller.page.path == "/espace"


def test_fault_10_30_34_whoever_hangs_is_waited_for_six_seconds_and_no_longer(faulty: Faulty, cold: Federated) -> None:
    """All at once: four callbacks at one house, discovery at another."""
    faulty.warm()
    before = faulty.kept()["links"]
    cold.mock.fault("34-discovery-hang")
    with ExitStack() as stack:
        travellers = [stack.enter_context(faulty.house.traveller()) for _ in range(4)]
        callbacks = [(traveller.browser.get("/connexion"), traveller.set_out())[1] for traveller in travellers]
        for name in ("10-hang", "10-drip", "30-userinfo-hang", "30-userinfo-drip"):
            faulty.house.mock.fault(name)
        threads = stack.enter_context(ThreadPoolExecutor(5))
        began = time.monotonic()
        waiting = [
            threads.submit(traveller.browser.get, callback)
            for traveller, callback in zip(travellers, callbacks, strict=True)
        ]
        starting = threads.submit(status_of, cold)
        browser = stack.enter_context(faulty.house.running.browser())
        sign_in(browser, PASSWORD)
        assert browser.page is not None
        assert browser.page.path == "/espace"
        assert not any(one.done() for one in waiting), "the own sign-in waited for none of them"
        assert [one.result().status for one in waiting] == [400] * 4
        assert starting.result() == STRANGER.status, "the layout serves; nobody is linked there"
        assert time.monotonic() - began < LONGEST_S
        for traveller in travellers:
            assert "idp_session" not in traveller.browser.client.cookies
    assert faulty.asked().count("token") == len(travellers), "no code was sent twice"
    assert faulty.kept()["links"] == before


@pytest.mark.deep
def test_fault_20_keys_that_hang_are_waited_for_six_seconds_and_those_at_hand_go_on(
    faulty: Faulty, cold: Federated
) -> None:
    faulty.cooled()
    began = time.monotonic()
    with ThreadPoolExecutor(2) as threads:
        for house in (faulty.house, cold):
            house.mock.fault("20-hang")
        assert list(threads.map(status_of, (faulty.house, cold))) == [WORKS.status, REDEEMED.status]
    assert time.monotonic() - began < LONGEST_S


def status_of(house: Federated) -> int:
    """Sign in upstream and return what the answer is."""
    with house.traveller() as traveller:
        return traveller.enter().status
