"""The gate as a few lines of plain Python: who is signed in where, and what of it must be honoured (laws 1 and 2).

Written from the laws, not from the provider: it knows no epoch of a row and no table, only what happened and when.
Instants are microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from idp.kernel.clock import DAY, HOUR, MINUTE, PARIS, SECOND, Instant, paris_date
from tests.support.portal import Attempt, Portal

OWN, MAILED, POSTED = "own", "mailed", "posted"
"""What a session was opened with: the own password, or a provisional one that came by mail or by post."""
LETTERS = (7 * DAY, 1), (90 * DAY, 3)
"""How many letters with a password leave in how long."""


@dataclass(eq=False)
class Holder:
    """A member; ``epoch`` counts completed changes, freezes and thaws.

    ``verified``: since when the mail address is theirs. ``wrong_at``: when a wrong answer used up the try of a week.
    """

    nir: str
    serial: str
    mail: str
    street: str
    own: str | None = None
    former: list[str] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    freeze_codes: list[FreezeCode] = field(default_factory=list)
    epoch: int = 0
    frozen: bool = False
    frozen_at: Instant = 0
    enrolled: bool = False
    accepted: int = 0
    verified: Instant | None = None
    wrong_at: Instant | None = None
    owed: Owed = field(default_factory=lambda: Owed())

    def opens(self, word: str, now: Instant) -> str | None:
        """Return what a word is worth at the door: one of the three kinds, or nothing. A shut door knows letters."""
        if word == self.own:
            return None if self.frozen else OWN
        kind = next((w.kind for w in self.words if w.text == word and w.is_live(self, now)), None)
        return None if self.frozen and kind != POSTED else kind

    def ask(self, right: bool, now: Instant) -> None:
        """Forget the password. A shut account is asked nothing, and a try used up is not given again for a week."""
        spent = self.wrong_at is not None and now < self.wrong_at + 7 * DAY
        if not self.frozen and not right and not spent:
            self.wrong_at = now
        trusted = self.verified is not None and self.verified <= now - 7 * DAY
        if self.frozen or spent or not right or not trusted:
            self.owed.asked += 1
        else:
            self.owed.mail(self.epoch, now, confirm=True)

    def change(self, kind: str, new: str, now: Instant) -> None:
        """Complete a change; what was typed says whether the address is theirs, and that a letter thaws."""
        if kind == MAILED:
            self.verified = now if self.verified is None else self.verified
        elif self.frozen:
            self.verified = None
        self.former += [self.own] if self.own else []
        self.own, self.epoch, self.frozen, self.frozen_at = new, self.epoch + 1, False, 0

    def freeze(self, on: bool, now: Instant) -> None:
        """Shut, or open again as it was: either way nothing of before is worth anything."""
        self.frozen, self.frozen_at, self.epoch = on, now if on else 0, self.epoch + 1

    def use(self, code: FreezeCode, now: Instant) -> bool:
        """Use a freeze code; tells whether its owner reads that the account is shut."""
        if code.used:
            return self.frozen
        if now >= code.expires:
            return False
        code.used = True
        self.freeze(on=True, now=now)
        return True


@dataclass(eq=False)
class Word:
    """One provisional password that left the house."""

    text: str
    kind: str
    epoch: int
    expires: Instant

    def is_live(self, holder: Holder, now: Instant) -> bool:
        return self.epoch == holder.epoch and now < self.expires


@dataclass(eq=False)
class FreezeCode:
    """The code of one confirmation letter."""

    text: str
    expires: Instant
    used: bool = False


@dataclass(eq=False)
class Bag:
    """What the post brings one member on one round: mails with a word, letters with a word, letters with a code."""

    mailed: list[str] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Owed:
    """What the post owes a member (laws 4 and 6). Mails are (epoch, when they are due)."""

    mails: list[tuple[int, Instant]] = field(default_factory=list)
    mailed: list[Instant] = field(default_factory=list)
    asked: int = 0
    letters: list[Instant] = field(default_factory=list)
    confirmed: Instant | None = None
    confirmations: int = 0

    def mail(self, epoch: int, now: Instant, *, confirm: bool) -> None:
        """Owe a mail, above ten a day the next day; a letter tells of it, at most one a week."""
        late = sum(put > now - DAY for put in self.mailed) >= 10
        self.mails.append((epoch, now + DAY if late else now))
        self.mailed.append(now)
        if confirm and (self.confirmed is None or self.confirmed <= now - 7 * DAY):
            self.confirmed = now
            self.confirmations += 1

    def brings(self, epoch: int, now: Instant, frozen_at: Instant) -> tuple[int, int, int]:
        """Return how many of each the round brings, and owe them no more. What an epoch of before owed is dropped.

        Letters that a freeze burned do not stand in the way of the next.
        """
        due = [mail for mail in self.mails if mail[1] <= now]
        self.mails = [mail for mail in self.mails if mail[1] > now]
        rare = all(sum(put > max(now - span, frozen_at) for put in self.letters) < most for span, most in LETTERS)
        letters = int(self.asked > 0 and rare)
        self.letters += [now] * letters
        codes, self.asked, self.confirmations = self.confirmations, 0, 0
        return sum(mail[0] == epoch for mail in due), letters, codes


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
        """A session goes on in its epoch; of a shut account only the one of a letter does."""
        shut = self.holder.frozen and self.kind != POSTED
        return not self.ended and now < self.expires and self.epoch == self.holder.epoch and not shut

    def is_idle(self, now: Instant) -> bool:
        """Tell whether the private space asks for a new sign-in; portals do not mind."""
        return self.seen + 30 * MINUTE <= now

    def owes_change(self) -> bool:
        return self.kind != OWN

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

    def honours(self, access: str, born: Instant, now: Instant) -> bool:
        """Tell whether an access token made at ``born`` opens anything; a JWT lives half as long (law 1)."""
        life = 5 * MINUTE if "." in access else 10 * MINUTE
        return now < born + life and self.lives(now)

    def keeps(self, token: Refresh, now: Instant) -> bool:
        """Tell whether a refresh token waits to be used."""
        return token.used is None and not token.dead and now < token.expires and self.lives(now)

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


def end_of_paper(now: Instant, days: int) -> Instant:
    """When the last day that a letter written now names is over."""
    following = paris_date(now + days * DAY) + timedelta(days=1)
    return int(datetime.combine(following, time(), PARIS).timestamp()) * SECOND
