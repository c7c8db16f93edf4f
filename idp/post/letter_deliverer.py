"""The deliverers of lane *letter*: a provisional password by post, and the letter that confirms one sent by mail.

    file there? ──► address ──► generate ──► page ──► bear (digest committed) ──► spool ──► sent

A crash before *bear* leaves nothing; after it, a digest whose word nobody has; after the spool the file is found and no
second word is born. Whatever left the house works (law 4). The paper goes to the address on record alone (law 6).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Protocol

from idp.accounts import freeze, provisional
from idp.kernel.clock import DAY, PARIS, SECOND, Instant, paris_date
from idp.post.deliverer import PermanentFailure
from idp.post.letters.addressee import Addressee, window_lines
from idp.post.letters.file import LetterFile
from idp.post.letters.layout import render_letter
from idp.post.letters.page import LetterPage
from idp.post.letters.sheet import Unprintable
from idp.post.letters.writer import LetterWriter, Occasion
from idp.post.outbox import Job, Outcome


class Correspondence(Protocol):
    """Knows whom a job's letter is for."""

    def addressee(self, job: Job) -> Addressee | None:
        """Return the name and the address on record, None when the member is gone. No connection stays held."""
        ...


class Births(Protocol):
    """The two calls of the outbox that commit a digest; both renew the lease and raise ``LeaseLost``."""

    def bear(self, job: Job, digest: str, now: Instant, expires_at: Instant) -> bool:
        """See ``post.outbox.Queue``."""
        ...

    def bear_freeze_code(self, job: Job, digest: str, now: Instant, expires_at: Instant) -> bool:
        """Store the digest of a freeze code; False when there is nothing left to freeze."""
        ...


class Spool(Protocol):
    """Keeps finished letters until they are posted."""

    def exists(self, letter: LetterFile) -> bool:
        """Tell whether this letter was written, whatever became of it since."""
        ...

    def write(self, letter: LetterFile, pdf: bytes) -> None:
        """Keep the letter, whole or not at all; one that is there already stays as it is.

        Raises ``ConnectionHeld`` when called with a database connection held.
        """
        ...


class ProvisionalLetter:
    """Brings provisional passwords to the address on record; they work through the day that the paper shows."""

    def __init__(
        self, outbox: Births, spool: Spool, correspondence: Correspondence, writer: LetterWriter, days: int
    ) -> None:
        self._outbox = outbox
        self._letters = _Letters(spool, correspondence)
        self._writer = writer
        self._life = days * DAY

    def deliver(self, job: Job, now: Instant) -> Outcome:
        """Spool one copy with a word of its own; see ``Deliverer``."""

        def bear(word: str, expires_at: Instant) -> bool:
            return self._outbox.bear(job, provisional.word_digest(word), now, expires_at)

        return self._letters.deliver(job, now, provisional.generate, self._life, self._writer.provisional, bear)


class ConfirmationLetter:
    """Tells the address on record of a password that went by mail, with a code that freezes the account."""

    def __init__(self, outbox: Births, spool: Spool, correspondence: Correspondence, writer: LetterWriter) -> None:
        self._outbox = outbox
        self._letters = _Letters(spool, correspondence)
        self._writer = writer

    def deliver(self, job: Job, now: Instant) -> Outcome:
        """Spool the letter with a code of its own; see ``Deliverer``."""

        def bear(code: str, expires_at: Instant) -> bool:
            return self._outbox.bear_freeze_code(job, freeze.code_digest(code), now, expires_at)

        return self._letters.deliver(job, now, freeze.generate, freeze.LIFE, self._writer.confirmation, bear)


class _Letters:
    """What both have in common: the order of things."""

    def __init__(self, spool: Spool, correspondence: Correspondence) -> None:
        self._spool = spool
        self._correspondence = correspondence

    def deliver(
        self,
        job: Job,
        now: Instant,
        generate: Callable[[], str],
        life: Instant,
        write: Callable[[Occasion], LetterPage],
        bear: Callable[[str, Instant], bool],
    ) -> Outcome:
        letter = LetterFile(job.owed.id, job.copy, job.kind)
        if self._spool.exists(letter):
            return Outcome.SENT
        to = self._correspondence.addressee(job)
        if to is None or to.address is None:
            raise PermanentFailure("no postal address on record")
        code = generate()
        expires_at = end_of_day(now + life)
        page = write(
            Occasion(
                reference=letter.reference,
                recipient=window_lines(to.lines, to.address),
                origin=to.origin,
                code=code,
                asked_at=to.asked_at,
                written_at=now,
                expires_at=expires_at - 1,
            )
        )
        try:
            pdf = render_letter(page)  # before the digest: a letter that cannot be set leaves none behind
        except Unprintable as error:
            raise PermanentFailure(f"the letter cannot be set: {error}") from error
        if not bear(code, expires_at):
            return Outcome.DROPPED
        self._spool.write(letter, pdf)
        return Outcome.SENT


def end_of_day(instant: Instant) -> Instant:
    """Return the first instant after an instant's day in Paris: paper says until which day, and that day counts."""
    following = datetime.combine(paris_date(instant) + timedelta(days=1), time(), PARIS)
    return int(following.timestamp()) * SECOND
