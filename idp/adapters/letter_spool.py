"""The letter spool: one PDF and one manifest per letter, until the letter is posted.

With the demo's mail folder the only readable words at rest (law 3): 0600 files in a 0700 folder, readable ones removed
when posted and after three days at most. With the printer's certificate they are unreadable from the start.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from idp.adapters.letter_manifest import Manifest, made, read
from idp.kernel.clock import DAY, Clock, Instant, SystemClock, moment
from idp.kernel.holding import refuse_while_holding
from idp.post.letters.file import LetterFile, read_name

READABLE_LIFE = 3 * DAY
MANIFEST_LIFE = 180 * DAY
_PLAIN, _SEALED, _MANIFEST = ".pdf", ".pdf.p7m", ".json"


class LetterSpool:
    """Letters in a folder; see ``post.letter_deliverer.Spool``. Raises ``OSError`` when the disk refuses.

    With ``certificate`` letters are encrypted to the printer. Raises ``OperatorError`` for one that cannot be used.
    """

    def __init__(self, folder: Path, certificate: Path | None = None, clock: Clock | None = None) -> None:
        self._folder = folder
        self._clock = clock or SystemClock()
        self._key = None
        if certificate is not None:
            from idp.adapters.printer_key import PrinterKey

            self._key = PrinterKey(certificate, moment(self._clock.now()))

    def exists(self, letter: LetterFile) -> bool:
        """Tell whether the letter was written, be it posted or swept since."""
        return self._file(letter.name) is not None or self._read(letter.name) is not None

    def write(self, letter: LetterFile, pdf: bytes) -> None:
        """Keep a letter, unless it is there."""
        refuse_while_holding("the letter spool")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        content = pdf if self._key is None else self._key.seal(pdf)
        with self._alone():
            if not self.exists(letter):
                # The file first: a manifest can be made again from it, a letter not from its manifest.
                put(self._folder / (letter.name + (_SEALED if self._key else _PLAIN)), content)
                now = moment(self._clock.now())
                self._keep(made(letter, content, now, encrypted=self._key is not None))

    def all(self) -> tuple[Manifest, ...]:
        """Return the record of every letter, oldest first; one that a crash lost is made again."""
        if not self._folder.is_dir():
            return ()
        with self._alone():
            names = {name for path in self._folder.iterdir() if (name := _name(path))}
            found = [manifest for name in names if (manifest := self._read(name) or self._heal(name))]
        return tuple(sorted(found, key=lambda manifest: (manifest.created_at, manifest.reference)))

    def waiting(self) -> tuple[Manifest, ...]:
        """Return what is still to be posted."""
        return tuple(manifest for manifest in self.all() if self.holds(manifest))

    def holds(self, manifest: Manifest) -> bool:
        """Tell whether a letter is here to be posted: neither posted nor swept."""
        return manifest.posted_at is None and self._file(manifest.name) is not None

    def export(self, manifests: Iterable[Manifest], folder: Path) -> None:
        """Copy letters with their manifests into a folder; what is there of them is replaced."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for manifest in manifests:
            file = self._file(manifest.name)
            if file is not None:
                put(folder / file.name, file.read_bytes())
                put(folder / (manifest.name + _MANIFEST), manifest.document().encode())

    def posted(self, manifest: Manifest) -> None:
        """Remember that a letter left, and remove its file."""
        with self._alone():
            self._keep(replace(manifest, posted_at=moment(self._clock.now()).isoformat(timespec="seconds")))
            file = self._file(manifest.name)
            if file is not None:
                file.unlink()

    def sweep(self) -> int:
        """Remove readable letters after 3 days, everything after 6 months, and what crashes left; return how many."""
        now = self._clock.now()
        gone = 0
        for manifest in self.all():
            old = _instant(manifest.created_at) < now - MANIFEST_LIFE
            readable = self._folder / (manifest.name + _PLAIN)
            if old or manifest.posted_at or _instant(manifest.created_at) < now - READABLE_LIFE:
                gone += _remove(readable)
            if old:
                gone += _remove(self._folder / (manifest.name + _SEALED))
                gone += _remove(self._folder / (manifest.name + _MANIFEST))
        return gone + sum(map(_remove, self._leftovers(now)))

    def _leftovers(self, now: Instant) -> list[Path]:
        """Return halves of files, which may hold a word, that no writer can be at any more."""
        if not self._folder.is_dir():
            return []
        parts = self._folder.glob(".*.part")
        return [path for path in parts if path.stat().st_mtime < moment(now - DAY).timestamp()]

    def _file(self, name: str) -> Path | None:
        paths = (self._folder / (name + end) for end in (_PLAIN, _SEALED))
        return next((path for path in paths if path.exists()), None)

    def _read(self, name: str) -> Manifest | None:
        try:
            return read((self._folder / (name + _MANIFEST)).read_text("utf-8"), name)
        except (FileNotFoundError, UnicodeDecodeError):
            return None

    def _heal(self, name: str) -> Manifest | None:
        """Make a manifest that is missing or broken again, from the letter; None where there is no letter either."""
        file, letter = self._file(name), read_name(name)
        if file is None or letter is None:
            return None
        written_at = datetime.fromtimestamp(int(file.stat().st_mtime), UTC)
        manifest = made(letter, file.read_bytes(), written_at, encrypted=file.name.endswith(_SEALED))
        self._keep(manifest)
        return manifest

    def _keep(self, manifest: Manifest) -> None:
        put(self._folder / (manifest.name + _MANIFEST), manifest.document().encode())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other writers out, of this process and of others."""
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def put(path: Path, content: bytes) -> None:
    """Write a file for its owner alone, whole or not at all, and have it on the disk when this returns."""
    unfinished = path.with_name(f".{path.name}.part")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _name(path: Path) -> str | None:
    """Return the name of the letter a file belongs to, None for any other file."""
    for end in (_SEALED, _PLAIN, _MANIFEST):
        if path.name.endswith(end) and read_name(path.name.removesuffix(end)):
            return path.name.removesuffix(end)
    return None


def _remove(path: Path) -> int:
    if not path.exists():
        return 0
    path.unlink(missing_ok=True)
    return 1


def _instant(iso: str) -> Instant:
    return int(datetime.fromisoformat(iso).timestamp()) * 1_000_000
