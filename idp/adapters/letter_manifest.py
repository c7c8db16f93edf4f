"""What the spool remembers of a letter once it is written: no name, no address, no secret."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from idp.post.letters.file import LetterFile, read_name

PAGES = 1
"""Every letter is one page, one side."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One letter's record. Times are ISO 8601 in UTC; ``bytes`` and ``sha256`` are of the file as it is kept."""

    reference: str
    delivery: str
    copy: int
    kind: str
    created_at: str
    pages: int
    bytes: int
    sha256: str
    encrypted: bool
    posted_at: str | None = None

    @property
    def name(self) -> str:
        """The name of its files, without what tells their format."""
        return f"{self.delivery}.{self.copy}.{self.kind}"

    def document(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), indent=1) + "\n"


def made(letter: LetterFile, content: bytes, created_at: datetime, *, encrypted: bool) -> Manifest:
    """Return the record of a letter whose file has this content."""
    return Manifest(
        reference=letter.reference,
        delivery=letter.delivery,
        copy=letter.copy,
        kind=letter.kind.value,
        created_at=created_at.isoformat(timespec="seconds"),
        pages=PAGES,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        encrypted=encrypted,
    )


def read(text: str, name: str) -> Manifest | None:
    """Return the record in a file called ``name``, None when a crash or a hand left something else there."""
    try:
        document = json.loads(text)
        manifest = Manifest(**document)
        datetime.fromisoformat(manifest.created_at)
    except (ValueError, TypeError):
        return None
    whole = isinstance(document, dict) and set(document) == {field.name for field in fields(Manifest)}
    return manifest if whole and manifest.name == name and read_name(name) else None
