"""Requests that are right but for one thing: a decision, never a fault, and never a browser sent to a stranger."""

from __future__ import annotations

import math

import pytest

from tests.fuzz.parameters import PER_EXAMPLE, Attack, Change, attacks, requests
from tests.fuzz.running import budgets, fuzz
from tests.fuzz.scene import Scene
from tests.fuzz.shapes import Shape, shapes
from tests.fuzz.values import BAD_JSON


@pytest.mark.parametrize("most", budgets("parameters"))
def test_odd_parameters_are_no_fault(certified: Scene, most: int) -> None:
    known = shapes(certified)
    share = most / sum(shape.weight for shape in known)
    for shape in known:

        def send(attack: Attack, shape: Shape = shape) -> None:
            for request in requests(certified, shape, attack):
                certified.send(request)

        fuzz(certified, attacks(shape), send, math.ceil(share * shape.weight), PER_EXAMPLE)


def test_no_bad_json_for_claims_is_a_fault(certified: Scene) -> None:
    """Every one that chance might leave out: too deep, too many digits, no Unicode, no object."""
    shape = next(shape for shape in shapes(certified) if "claims" in shape.odd)
    changes = tuple(Change("set", "claims", text.encode("utf-8", "surrogatepass")) for text in BAD_JSON)
    for turn in range(12):
        for request in requests(certified, shape, Attack(turn, piles_up=False, changes=changes)):
            certified.send(request)
    certified.still_works()
