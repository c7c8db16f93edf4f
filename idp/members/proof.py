"""What an answer gives: a verdict of the registry, and the settlement of the try it cost."""

from __future__ import annotations

from enum import StrEnum


class Settlement(StrEnum):
    """How a reserved try ends (law 9): only a wrong answer keeps its slot, for 7 days."""

    RIGHT = "right"
    WRONG = "wrong"
    VOID = "void"


class Verdict(StrEnum):
    """What the registry says of an answer. ``NO_QUESTION``: nothing was judged, the letter follows."""

    RIGHT = "right"
    WRONG = "wrong"
    NO_QUESTION = "no_question"

    @property
    def settlement(self) -> Settlement:
        """How the try that this verdict answers is settled."""
        return Settlement.VOID if self is Verdict.NO_QUESTION else Settlement(self.value)
