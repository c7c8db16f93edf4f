"""One letter as a file: its name comes from the delivery, and the reference on the paper from its name."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from idp.kernel.effects import Kind, Lane

_NAME = re.compile(r"(?P<delivery>[A-Za-z0-9_-]+)\.(?P<copy>\d+)\.(?P<kind>[a-z_]+)\Z")
_KINDS = {kind.value: kind for kind in Kind if kind.lane is Lane.LETTER}


@dataclass(frozen=True, slots=True)
class LetterFile:
    """The letter of one copy of a delivery. There is never a second one with other words in it."""

    delivery: str
    copy: int
    kind: Kind

    @property
    def name(self) -> str:
        """The file's name, without what tells its format."""
        return f"{self.delivery}.{self.copy}.{self.kind}"

    @property
    def reference(self) -> str:
        """What the paper shows and an operator types: 12 digits that lead from the letter to its file, not back."""
        number = int.from_bytes(hashlib.sha256(self.name.encode()).digest()) % 10**12
        digits = f"{number:012}"
        return f"L-{digits[:4]}-{digits[4:8]}-{digits[8:]}"


def read_name(name: str) -> LetterFile | None:
    """Return the letter of a file's name, None for a file that is no letter of ours."""
    match = _NAME.match(name)
    if match is None or match["kind"] not in _KINDS:
        return None
    return LetterFile(match["delivery"], int(match["copy"]), _KINDS[match["kind"]])
