"""Effects as plain values: what a decision wants done. The shell performs them in the same transaction.

They hold ids, never a secret: the worker of the post finds the rest when it acts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Lane(StrEnum):
    """The queues of the post; each has its own pace so that one never waits for another (design section 9)."""

    REQUEST = "request"
    MAIL = "mail"
    LETTER = "letter"
    LOGOUT = "logout"


class Kind(StrEnum):
    """What one job of the post is; the values are stored."""

    PROVISIONAL_MAIL = "provisional_mail"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (a kind, not a secret)
    RESET_ASKED = "reset_asked"
    PROVISIONAL_LETTER = "provisional_letter"
    CONFIRMATION_LETTER = "confirmation_letter"
    LETTER_ASKED = "letter_asked"
    FRANCECONNECT_LINKED = "franceconnect_linked"
    FRANCECONNECT_UNLINKED = "franceconnect_unlinked"
    EMAIL_CODE = "email_code"
    BACKCHANNEL_LOGOUT = "backchannel_logout"

    @property
    def lane(self) -> Lane:
        """The queue it waits in."""
        match self:
            case Kind.PROVISIONAL_LETTER | Kind.CONFIRMATION_LETTER:
                return Lane.LETTER
            case Kind.LETTER_ASKED:
                return Lane.REQUEST
            case Kind.BACKCHANNEL_LOGOUT:
                return Lane.LOGOUT
            case _:
                return Lane.MAIL


@dataclass(frozen=True, slots=True)
class Mail:
    """A provisional password is owed by e-mail: one copy of a delivery."""

    delivery: str
    copy: int


@dataclass(frozen=True, slots=True)
class Letter:
    """A provisional password is owed by post, to the address on record."""

    delivery: str
    copy: int


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A letter tells the address on record of a delivery that went by e-mail, with a code that freezes the account."""

    delivery: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A mail without a secret tells the member at the account's verified address what happened."""

    kind: Kind
    account: str


@dataclass(frozen=True, slots=True)
class EmailCode:
    """A code goes to an address that a member typed; ``asked`` names its row, where the address is."""

    account: str
    asked: str


@dataclass(frozen=True, slots=True)
class LetterAsked:
    """A visitor's answer ended by post: whether the records allow a letter is decided later, out of their sight.

    ``member`` is None for a number that is nobody's; ``reason`` is what became of the question, ``proof`` the question
    that was answered right, None when none was.
    """

    member: str | None
    reason: str
    proof: str | None = None


@dataclass(frozen=True, slots=True)
class LogoutToken:
    """A portal is to be told that a session has ended (OpenID Connect Back-Channel Logout 2.4).

    ``sub`` and ``sid`` are those of the ID tokens that ``client`` got in it.
    """

    client: str
    sub: str
    sid: str


Effect = Mail | Letter | Confirmation | Notice | EmailCode | LetterAsked | LogoutToken
