"""What an answer gives: a verdict of the registry, and the settlement of the try it cost."""

from __future__ import annotations

from enum import StrEnum


class Settlement(StrEnum):
    """How a reserved try ends (law 9): only a wrong answer keeps its slot, for 7 days."""

    RIGHT = "right"
    WRONG = "wrong"
    VOID = "void"


class Verdict(StrEnum):
    """What the registry says of an answer. Only right and wrong are judgements; after the others nothing was judged.

    ``NO_QUESTION``: the record has nothing to ask about, the letter follows. ``COMMON``: many members share this
    amount, so it proves nothing and is asked again. ``LEFT``, ``DECEASED``: nobody is enrolled, the fund's contacts
    follow.
    """

    RIGHT = "right"
    WRONG = "wrong"
    NO_QUESTION = "no_question"
    COMMON = "common"
    LEFT = "left"
    DECEASED = "deceased"

    @property
    def settlement(self) -> Settlement:
        """How the try that this verdict answers is settled."""
        judged = self in (Verdict.RIGHT, Verdict.WRONG)
        return Settlement(self.value) if judged else Settlement.VOID
