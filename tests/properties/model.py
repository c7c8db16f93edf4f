"""The gate as a few lines of plain Python: who is signed in where, and what of it must be honoured (laws 1 and 2).

Written from the laws, not from the provider: it knows no epoch of a row and no table, only what happened and when.
Instants are microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from idp.kernel.clock import DAY, HOUR, MINUTE, SECOND, Instant
from tests.support.portal import Attempt, Portal

OWN, PROVISIONAL = "own", "provisional"


@dataclass(eq=False)
class Holder:
    """A member; ``epoch`` counts completed changes and freezes."""

    nir: str
    serial: str
    mail: str
    own: str | None = None
    former: list[str] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    epoch: int = 0
    frozen: bool = False
    enrolled: bool = False
    accepted: int = 0

    def opens(self, word: str, now: Instant) -> str | None:
        """Return what a word is worth at the door: own, provisional, or nothing."""
        if self.frozen:
            return None
        if word == self.own:
            return OWN
        return PROVISIONAL if any(w.text == word and w.is_live(self, now) for w in self.words) else None


@dataclass(eq=False)
class Word:
    """One provisional password that left the house."""

    text: str
    epoch: int
    expires: Instant

    def is_live(self, holder: Holder, now: Instant) -> bool:
        return self.epoch == holder.epoch and now < self.expires


@dataclass(eq=False)
class Session:
    """Who is in front of one browser."""

    holder: Holder
    epoch: int
    kind: str
    expires: Instant
    seen: Instant
    ended: bool = False

    def is_here(self, now: Instant) -> bool:
        return (
            not self.ended and now < self.expires and self.epoch == self.holder.epoch and not self.holder.frozen
        )

    def is_idle(self, now: Instant) -> bool:
        """Tell whether the private space asks for a new sign-in; portals do not mind."""
        return self.seen + 30 * MINUTE <= now

    def owes_change(self) -> bool:
        return self.holder.own is None or self.kind == PROVISIONAL

    def unmet(self, terms: int, now: Instant) -> str | None:
        """Return what stands between this session and a portal."""
        if not self.is_here(now):
            return "login"
        if self.owes_change():
            return "change"
        return "terms" if self.holder.accepted < terms else None


@dataclass(eq=False)
class Code:
    """One code that a portal received."""

    text: str
    attempt: Attempt
    portal: Portal
    session: Session
    epoch: int
    born: Instant
    family: Family | None = None

    def is_good(self, now: Instant) -> bool:
        return self.family is None and now < self.born + 60 * SECOND and stands(self.session, self.epoch, now)


@dataclass(eq=False)
class Refresh:
    """One refresh token."""

    text: str
    parent: Refresh | None
    expires: Instant
    used: Instant | None = None
    dead: bool = False


@dataclass(eq=False)
class Family:
    """Everything that came from one code."""

    portal: Portal
    session: Session
    epoch: int
    offline: bool
    expires: Instant
    id_token: str
    access: list[tuple[str, Instant]] = field(default_factory=list)
    refresh: list[Refresh] = field(default_factory=list)
    revoked: bool = False

    def lives(self, now: Instant) -> bool:
        if self.revoked or now >= self.expires:
            return False
        holder = self.session.holder
        if self.offline:
            return self.epoch == holder.epoch and not holder.frozen and holder.own is not None
        return stands(self.session, self.epoch, now)

    def honours(self, born: Instant, now: Instant) -> bool:
        """Tell whether an access token made at ``born`` opens anything."""
        return now < born + 10 * MINUTE and self.lives(now)

    def use(self, token: Refresh, now: Instant) -> bool:
        """Use a refresh token: law 2 with its one exception. Tells whether it gives a successor."""
        if not self.lives(now):
            return False
        if token.used is None and not token.dead:
            if now >= token.expires:
                return False
            token.used = now
            return True
        waiting = [r for r in self.refresh if r.parent is token and r.used is None and not r.dead]
        in_grace = not token.dead and token.used is not None and now <= token.used + 30 * SECOND
        if in_grace and waiting and self.portal.method != "none":
            waiting[0].dead = True
            return True
        self.revoked = True
        return False

    def received(self, access: str, refresh: str | None, parent: Refresh | None, now: Instant) -> None:
        self.access.append((access, now))
        if refresh is not None:
            self.refresh.append(Refresh(refresh, parent, min(now + 30 * DAY, self.expires)))


def stands(session: Session, epoch: int, now: Instant) -> bool:
    """Tell whether what was issued in a session at an epoch is still worth something."""
    holder = session.holder
    return (
        epoch == holder.epoch
        and holder.own is not None
        and not holder.frozen
        and not session.ended
        and now < session.expires
        and session.kind == OWN
    )


def session_life(kind: str) -> Instant:
    """How long a session can live: one that owes the change as long as a request waits."""
    return 12 * HOUR if kind == OWN else HOUR


def family_life(portal: Portal) -> Instant:
    """How long a family can live."""
    return 24 * HOUR if portal.method == "none" else 180 * DAY
