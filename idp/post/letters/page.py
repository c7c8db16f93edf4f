"""A letter as finished strings: everything the sheet shows, nothing left to look up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of bold above what follows it."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """What is to be typed, grouped, alone in its box. It stays between the two folds."""

    text: str


@dataclass(frozen=True, slots=True)
class Steps:
    """Numbered things to do."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning with a bar at its side."""

    text: str


Block = Heading | Paragraph | Typed | Steps | Notice


@dataclass(frozen=True, slots=True)
class LetterPage:
    """One page.

    ``recipient`` holds the lines of the window in capitals, before any wrapping. ``emphasis`` are words that stand
    out wherever the steps have them. ``written_at`` is aware: with the same input the bytes are the same.
    """

    organisation: str
    sender: tuple[str, ...]
    reference: str
    recipient: tuple[str, ...]
    place_and_date: str
    title: str
    body: tuple[Block, ...]
    emphasis: frozenset[str]
    footer: str
    written_at: datetime
