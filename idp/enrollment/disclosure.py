"""What a visitor is told about a number (design section 5, S5).

``guide``: an unknown number is said to be unknown, an enrolled one is invited to sign in, as the fund's guide has it.
``uniform``: every number walks the same pages. One that is nobody's gets a question drawn from its keyed digest, in the
shares that real members have, and every answer to it is wrong; what the post then does happens out of sight.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from idp.kernel.vault import Pepper
from idp.members.nir import Nir
from idp.members.question import Question

_PURPOSE = "shadow"


@dataclass(frozen=True)
class Uniform:
    """How numbers that are nobody's are made to look like others.

    ``shares`` counts the members who get each question; it is read once at start, so that a number keeps its question.
    """

    pepper: Pepper
    shares: Mapping[Question | None, int]

    def shadow(self, nir: Nir) -> str:
        """Return the keyed digest that stands for a number."""
        return "shadow:" + self.pepper.lookup(_PURPOSE, nir.value).digest

    def question(self, shadow: str) -> Question | None:
        """Draw the question of a number: always the same one, members' shares kept."""
        total = sum(self.shares.values())
        if not total:
            return Question.VITALE_FRONT
        # Scaled, not a remainder: where members come and go, nearly every number keeps its question.
        place = int.from_bytes(bytes.fromhex(shadow.removeprefix("shadow:"))[:8], "big") * total >> 64
        for question, share in sorted(self.shares.items(), key=lambda item: str(item[0])):
            place -= share
            if place < 0:
                return question
        raise AssertionError("a place within the total has its share")
