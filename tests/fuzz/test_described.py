"""Our own description says what the provider does: schemathesis asks what it allows and what it forbids."""

from __future__ import annotations

import math

import pytest

from tests.fuzz.described import PER_EXAMPLE, Portals, cases, operations, takes_input
from tests.fuzz.running import budgets, fuzz
from tests.fuzz.scene import Scene


@pytest.mark.parametrize("most", budgets("described"))
def test_the_description_is_kept(certified: Scene, most: int) -> None:
    portals = Portals(certified)
    known = operations(certified)
    share = math.ceil(most / sum(map(takes_input, known)))
    try:
        for operation in known:
            count = share if takes_input(operation) else PER_EXAMPLE
            fuzz(certified, cases(operation), portals.send, count, PER_EXAMPLE)
    finally:
        portals.close()
