"""Codes that prove an e-mail address (design section 4): 6 digits, 15 minutes, 5 tries, 3 an hour for one account.

A code is short, so its digest is keyed, and bound to its row: nobody finds it by trying all of them on a stolen
database, and the same digits in another row look different.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Protocol

from idp.kernel.clock import HOUR, MINUTE, Instant
from idp.kernel.vault import Pepper

LIFE = 15 * MINUTE
"""From its birth, which is when the mail is written."""
WAIT = HOUR
"""How long one may be waited for, as long as a parked request: what could not leave by then never does."""
TRIES = 5
AN_HOUR = 3
"""How many codes an account may ask for within an hour."""
_PURPOSE = "email-code"
_CODE = re.compile(r"[0-9]{6}\Z")


@dataclass(frozen=True, slots=True)
class PendingCode:
    """The code an account waits for, the only one that counts. ``digest`` and ``expires_at`` come with the mail."""

    id: str
    account_id: str
    address: str
    digest: str | None
    tries: int
    asked_at: Instant
    expires_at: Instant | None

    def is_open(self, now: Instant) -> bool:
        """It may still be typed, now or once its mail is there."""
        return self.tries < TRIES and now < (self.expires_at or self.asked_at + WAIT)

    def matches(self, pepper: Pepper, typed: str) -> bool:
        """Tell whether this was typed, compared in constant time, whichever key was the newest at the code's birth."""
        digests = pepper.lookups(_PURPOSE, _bound(self.id, typed))
        return any(hmac.compare_digest(each.digest, self.digest or "") for each in digests)


class EmailCodes(Protocol):
    """Where they are kept, within one unit of work."""

    def ask(self, account_id: str, address: str, now: Instant) -> str | Instant:
        """Put a new code in the place of any other and return its id, or the instant when the next may be asked for."""
        ...

    def waiting(self, account_id: str) -> PendingCode | None:
        """Return the code that counts, past its time or its tries or not."""
        ...

    def take_try(self, code_id: str, now: Instant) -> bool:
        """Take one of its tries, before it is judged (law 9). False when none is left, or it is past its time."""
        ...

    def drop(self, account_id: str, now: Instant) -> None:
        """Let no code of an account count any more."""
        ...

    def verify(self, code: PendingCode, epoch: int, now: Instant) -> bool:
        """Use a code up and make its address the account's verified one. False, and the caller rolls back, when the
        code counts no longer or the account is not what it was."""
        ...


def draw() -> str:
    """Return a new code."""
    return f"{secrets.randbelow(10**6):06}"


def read(typed: str) -> str | None:
    """Return the six digits of what was typed, spaces left out; None for anything else."""
    digits = "".join(typed.split()) if len(typed) <= 40 else ""
    return digits if _CODE.match(digits) else None


def code_digest(pepper: Pepper, code_id: str, code: str) -> str:
    """Return the digest to store."""
    return pepper.lookup(_PURPOSE, _bound(code_id, code)).digest


def _bound(code_id: str, code: str) -> str:
    return f"{code_id}:{code}"
