"""An agent of the fund: who enrolls by phone and opens accounts again, named in the audit of what they do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from idp.kernel.clock import Instant

_ID = re.compile(r"[a-z0-9._-]{2,40}\Z")
NAME_BOUND = 100


@dataclass(frozen=True, slots=True)
class Agent:
    """A registered agent. One who is removed stays on record: the audit names them."""

    id: str
    name: str
    added_at: Instant
    removed_at: Instant | None = None


def is_agent_id(text: str) -> bool:
    """Tell whether this may be an agent's id."""
    return _ID.match(text) is not None


def is_agent_name(text: str) -> bool:
    """Tell whether this may be an agent's name: one line of printable characters."""
    return 0 < len(text) <= NAME_BOUND and text.isprintable()
