"""The general conditions (S12): a numbered text per language; an acceptance names exactly what was read.

Revision 1 ships with the product and is published by the first migration run of ``idp``; later ones come from
``idp terms publish``. The text is plain: blocks divided by blank lines, a block that starts with ``# `` is a heading.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

from idp.kernel.clock import Instant


@dataclass(frozen=True, slots=True)
class Terms:
    """One published text."""

    revision: int
    language: str
    digest: str
    body: str
    published_at: Instant

    @property
    def sections(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return (heading, paragraphs) pairs for the page."""
        sections: list[tuple[str, list[str]]] = []
        for block in self.body.split("\n\n"):
            text = " ".join(block.split())
            if text.startswith("# "):
                sections.append((text[2:], []))
            elif text and sections:
                sections[-1][1].append(text)
        return tuple((heading, tuple(paragraphs)) for heading, paragraphs in sections)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A dated fact: this revision, in this language, this very text."""

    revision: int
    language: str
    digest: str
    accepted_at: Instant


def text_digest(body: str) -> str:
    """Return the digest that ties an acceptance to the text."""
    return hashlib.sha256(body.encode()).hexdigest()


class TermsStore(Protocol):
    """Published texts and acceptances."""

    def current_terms(self) -> Terms:
        """Return the newest revision. Raises ``LookupError`` when nothing was published."""
        ...

    def accept_terms(self, account_id: str, acceptance: Acceptance) -> None:
        """Remember an acceptance; accepting the same revision twice keeps the first."""
        ...
