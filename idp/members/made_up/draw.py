"""Drawing from a seed, fast: a million members draw some fifty million times."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Thing = TypeVar("Thing")


class Draw:
    """Draws from a seed; the same seed gives the same draws for ever."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random  # noqa: S311 (people who must come out the same again, no secret)

    def below(self, bound: int) -> int:
        """Return a whole number from 0 to ``bound`` - 1."""
        return int(self._random() * bound)

    def between(self, first: int, last: int) -> int:
        """Return a whole number from ``first`` to ``last``, both possible."""
        return first + int(self._random() * (last - first + 1))

    def one_of(self, things: Sequence[Thing]) -> Thing:
        """Return one of them."""
        return things[int(self._random() * len(things))]

    def once_in(self, times: int) -> bool:
        """Return true once in so many times."""
        return self._random() * times < 1
