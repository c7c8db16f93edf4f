"""Mails as ``.eml`` files, for the demo. With the letter spool the only readable words at rest (law 3)."""

from __future__ import annotations

import os
import re
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from idp.kernel.clock import SECOND, Clock, Instant, SystemClock, moment
from idp.kernel.holding import refuse_while_holding

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._@-]")


class MailFolder:
    """Writes one file per message: 0600 in a 0700 folder, sorted by date, whole or not at all."""

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self._folder = folder
        self._clock = clock or SystemClock()

    def send(self, message: EmailMessage) -> None:
        """Write the message (``post.deliverer.MailTransport``). Raises ``OSError`` when the disk refuses."""
        refuse_while_holding("the mail folder")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        name = self._name(message)
        unfinished = self._folder / f".{name}.part"
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(message.as_bytes(policy=SMTP))
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._folder / name)

    def sweep(self, before: Instant) -> int:
        """Delete the mails written before an instant (law 3: after 3 days) and return how many went."""
        old = [path for path in self._folder.glob("*.eml") if path.stat().st_mtime < before / SECOND]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _name(self, message: EmailMessage) -> str:
        stamp = moment(self._clock.now()).strftime("%Y%m%dT%H%M%S.%fZ")
        ids = _NOT_IN_A_NAME.sub("_", str(message["Message-ID"]).strip("<>"))
        return f"{stamp}-{ids}.eml"
