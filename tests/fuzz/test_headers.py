"""Good requests with headers of every sort: a decision, never a fault, whoever they claim to be and to come from."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle

import pytest

from tests.fuzz.headers import PER_EXAMPLE, Headers, headers, requests, with_headers
from tests.fuzz.running import budgets, fuzz
from tests.fuzz.scene import Scene


@pytest.mark.parametrize("most", budgets("headers"))
def test_odd_headers_are_no_fault(usual: Scene, most: int) -> None:
    known = cycle(requests(usual))

    def send(found: tuple[Headers, ...]) -> None:
        for more in found:
            request = next(known)
            usual.send(replace(request, headers=with_headers(request, more), values=tuple(value for _, value in more)))

    fuzz(usual, headers(usual), send, most, PER_EXAMPLE)
