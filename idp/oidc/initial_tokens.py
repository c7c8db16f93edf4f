"""Initial access tokens (RFC 7591 1.2): the operator makes one for each portal that is to register itself.

A token is told once, kept as a digest, and lets one registration happen within its days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import DAY, Instant
from idp.kernel.errors import OperatorError
from idp.kernel.ids import digest, new_secret

if TYPE_CHECKING:
    from idp.oidc.ports import OidcUnit

LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class InitialToken:
    """One token. ``name`` is the operator's note of whom it is for."""

    digest: str
    name: str
    created_at: Instant
    expires_at: Instant
    used_at: Instant | None = None

    def state(self, now: Instant) -> str:
        """Return ``used``, ``expired`` or ``waiting``."""
        if self.used_at is not None:
            return "used"
        return "expired" if self.expires_at <= now else "waiting"


class InitialTokenStore(Protocol):
    """The tokens."""

    def add(self, token: InitialToken) -> None:
        """Keep a new one."""
        ...

    def is_good(self, digest: str, now: Instant) -> bool:
        """Tell whether a token is in time and unused."""
        ...

    def spend(self, digest: str, now: Instant) -> bool:
        """Use a token up: True for one caller only (law 2)."""
        ...

    def all(self) -> tuple[InitialToken, ...]:
        """Return every token, the oldest first."""
        ...


def allow(unit: OidcUnit, name: str, days: int, now: Instant) -> tuple[InitialToken, str]:
    """Make a token; it is readable here and never again. Raises ``OperatorError`` for a name that is no line."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise OperatorError(f"a name is a line of 1 to {LONGEST_NAME} characters")
    readable = new_secret()
    token = InitialToken(digest(readable), name.strip(), now, now + days * DAY)
    unit.initial_tokens.add(token)
    unit.audit.add(AuditEvent(Tag.REGISTRATION_ALLOWED, details={"name": token.name, "days": days}))
    return token, readable
