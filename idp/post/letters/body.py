"""The letter's running part: blocks under one another, each with the air it wants around it."""

from __future__ import annotations

from dataclasses import replace

from idp.post.letters.page import Block, Heading, Notice, Paragraph, Steps, Typed
from idp.post.letters.sheet import Sheet, Style
from idp.post.letters.wrapping import Measure, balanced, wrap

LEADING = 1.42
_FULL_SIZE = 11.5
_AIR = {Heading: (4.4, 1.7), Paragraph: (2.2, 2.2), Typed: (4.4, 3.4), Steps: (1.7, 3.7), Notice: (3.7, 2.8)}
"""Millimetres above and below at full size; of two neighbours the greater wish counts."""
_BETWEEN_STEPS = 1.3
_STEP_INDENT = 7.0
_CODE = Style(21, "courier", bold=True, spacing=1.1)
_PAPER = "#f1ede3"


class Body:
    """Writes blocks downwards from ``y``; ``size`` is that of running text."""

    def __init__(
        self, sheet: Sheet, left: float, right: float, y: float, size: float, emphasis: frozenset[str]
    ) -> None:
        self._sheet = sheet
        self._left = left
        self._right = right
        self.y = y
        self._scale = size / _FULL_SIZE
        self._text = Style(size)
        self._emphasis = emphasis
        self._owed = 0.0

    def title(self, text: str) -> None:
        """Write the title."""
        style = Style(20, "times")
        with self._sheet.tagged("H1"):
            self._lines(text, self._left, style, 1.18)
        self._owed = 3.4 * self._scale

    def add(self, block: Block) -> None:
        """Write one block."""
        above, below = (air * self._scale for air in _AIR[type(block)])
        self.y += max(above, self._owed)
        self._owed = below
        match block:
            case Heading(text):
                with self._sheet.tagged("H2"):
                    self._lines(text, self._left, replace(self._text, size=self._text.size * 1.09, bold=True))
            case Paragraph(text, bold):
                with self._sheet.tagged("P"):
                    self._lines(text, self._left, replace(self._text, bold=bold))
            case Typed(text):
                self._code(text)
            case Steps(texts):
                self._steps(texts)
            case Notice(text):
                self._notice(text)

    def _steps(self, texts: tuple[str, ...]) -> None:
        for number, text in enumerate(texts, start=1):
            if number > 1:
                self.y += _BETWEEN_STEPS * self._scale
            with self._sheet.tagged("P"):
                label = f"{number}."
                x = self._left + _STEP_INDENT - 2.2 - self._sheet.measure(self._text)(label)
                self._sheet.write(x, self.y + _baseline(self._text, LEADING), label, self._text)
                self._lines(text, self._left + _STEP_INDENT, self._text)

    def _code(self, text: str) -> None:
        """The box between the folds; look.md gives its line and padding."""
        height = _CODE.em + 2 * 4.5 + 1.8
        self._sheet.frame(self._left, self.y, self._right - self._left, height, 0.5)
        # The space after the last letter is not part of what is centred.
        width = self._sheet.measure(_CODE)(text)
        with self._sheet.tagged("P"):
            middle = (self._left + self._right - width) / 2
            self._sheet.write(middle, self.y + height / 2 + 0.3 * _CODE.em, text, _CODE)
        self.y += height

    def _notice(self, text: str) -> None:
        pad = 3.0
        top, x = self.y, self._left + 5.5
        lines = self._broken(text, x, self._text)
        height = len(lines) * self._text.em * LEADING + 2 * pad
        self._sheet.block(self._left, top, self._right - self._left, height, _PAPER)
        self._sheet.block(self._left, top, 1.7, height, "#000000")
        self.y += pad
        with self._sheet.tagged("P"):
            self._lines(text, x, self._text)
        self.y = top + height

    def _lines(self, text: str, x: float, style: Style, leading: float = LEADING) -> None:
        for line in self._broken(text, x, style):
            at = x
            for piece, look in self._pieces(line, style):
                self._sheet.write(at, self.y + _baseline(style, leading), piece, look)
                at += self._sheet.measure(look)(piece)
            self.y += style.em * leading

    def _broken(self, text: str, x: float, style: Style) -> tuple[str, ...]:
        """Return the lines; what is bold is broken evenly, so that no word of it stands alone."""
        return (balanced if style.bold else wrap)(text, self._right - x, self._measure(style))

    def _measure(self, style: Style) -> Measure:
        def width(line: str) -> float:
            return sum(self._sheet.measure(look)(piece) for piece, look in self._pieces(line, style))

        return width

    def _pieces(self, line: str, style: Style) -> list[tuple[str, Style]]:
        """Return a line in pieces of one look each: the words of ``emphasis`` are bold."""
        pieces: list[tuple[str, Style]] = []
        strong = replace(style, bold=True)
        for number, word in enumerate(line.split(" ")):
            look = strong if word in self._emphasis else style
            gap = " " if number else ""
            if pieces and pieces[-1][1] == look:
                pieces[-1] = (f"{pieces[-1][0]}{gap}{word}", look)
                continue
            if gap:
                pieces[-1] = (pieces[-1][0] + gap, pieces[-1][1])
            pieces.append((word, look))
        return pieces


def _baseline(style: Style, leading: float) -> float:
    """Return how far below the top of its line a text of this style stands."""
    return (leading + 0.905 - 0.212) / 2 * style.em
