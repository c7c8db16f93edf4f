"""The device grant (RFC 8628): a device shows a code, a member types it in a browser and allows, the device polls.

The member's side is an authorization request like any other: typing the code parks one whose answer goes to the device
(``mode`` ``device``), so that the gate and the consent stand in the way as ever. Its answer is an authorization code
that no browser sees: the device's poll redeems it, with every condition of a code (law 1).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from idp.kernel.clock import MINUTE, Instant
from idp.kernel.ids import digest

LIFE: Final = 10 * MINUTE
SECONDS: Final = 5
"""Between two polls; each poll that comes too soon adds as many (RFC 8628 3.5)."""
MODE: Final = "device"
"""Where the answer goes: to no redirect URI."""
ALPHABET: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so no words; no digits, so no look-alikes (RFC 8628 6.1)."""
_LETTERS: Final = 8
_SEPARATORS: Final = str.maketrans("", "", " -\u00a0\u2011\u2013.")


@dataclass(frozen=True, slots=True)
class Device:
    """A device that waits. ``device_code`` and ``user_code`` are digests; ``request`` is the JSON text of what its
    client asked; ``seconds`` is the least time between two polls; ``code`` the digest of the code made for it."""

    device_code: str
    user_code: str
    client_id: str
    request: str
    created_at: Instant
    expires_at: Instant
    seconds: int
    polled_at: Instant | None = None
    denied_at: Instant | None = None
    code: str | None = None


class DeviceStore(Protocol):
    """Devices that wait."""

    def add(self, device: Device) -> None:
        """Keep a new one."""
        ...

    def find(self, device_code: str) -> Device | None:
        """Return a device by the digest of its device code, decided and expired ones too."""
        ...

    def waiting(self, user_code: str, now: Instant) -> Device | None:
        """Return the device with this digest of a user code that is in time and undecided."""
        ...

    def polled(self, device_code: str, now: Instant) -> bool:
        """Remember a poll. False when it came too soon: the next one must wait longer."""
        ...

    def allow(self, user_code: str, code: str, now: Instant) -> bool:
        """Attach the code that the device redeems. False when it was decided or is past: one decision wins (law 2)."""
        ...

    def deny(self, user_code: str, now: Instant) -> bool:
        """Remember a refusal, likewise."""
        ...


def new_user_code() -> str:
    """Return a code for a member to type: 8 of 20 letters, 34 bits, in two groups."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(_LETTERS))
    return f"{letters[:4]}-{letters[4:]}"


def user_code_digest(typed: str) -> str | None:
    """Return the digest of a code as somebody typed it, None for text that cannot be one."""
    plain = typed.translate(_SEPARATORS).upper()
    if len(plain) != _LETTERS or not set(plain) <= set(ALPHABET):
        return None
    return digest(plain)


def scopes_asked(text: str | None, granted: Sequence[str]) -> tuple[str, ...]:
    """Return the scopes a device's client asks for: those it names, else all it may have."""
    return tuple(granted) if text is None else tuple(scope for scope in text.split() if scope in granted)
