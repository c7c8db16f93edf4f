"""Bytes on a socket: whatever they are, an answer below 500 or none, and the next one is served."""

from __future__ import annotations

import pytest

from tests.fuzz.raw import PER_EXAMPLE, Junk, good_requests, junk
from tests.fuzz.running import budgets, fuzz
from tests.fuzz.scene import Scene


@pytest.mark.parametrize("most", budgets("raw"))
def test_raw_bytes_are_no_fault(usual: Scene, most: int) -> None:
    def send(thrown: tuple[Junk, ...]) -> None:
        for one in thrown:
            answer = usual.wire.throw(one.raw, hang_up=one.hang_up)
            if answer is not None:
                usual.judge.judge(answer)

    fuzz(usual, junk(good_requests(usual), usual.wire.authority), send, most, PER_EXAMPLE)
