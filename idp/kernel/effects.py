"""Effects as plain values: what a decision wants done. The shell performs them in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Lane(StrEnum):
    """The queues of the post; each has its own pace so that one never waits for another (design section 9)."""

    MAIL = "mail"
    LETTER = "letter"
    LOGOUT = "logout"


@dataclass(frozen=True, slots=True)
class Mail:
    """A provisional password is owed by e-mail: one copy of a delivery. Holds ids, never a secret."""

    delivery: str
    copy: int


@dataclass(frozen=True, slots=True)
class Letter:
    """A provisional password is owed by post, to the address on record."""

    delivery: str
    copy: int


Effect = Mail | Letter
