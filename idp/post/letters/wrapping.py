"""Breaking text into lines that fit, never cutting anything away."""

from __future__ import annotations

from collections.abc import Callable

Measure = Callable[[str], float]
"""The width of a text in millimetres."""


def wrap(text: str, width: float, measure: Measure) -> tuple[str, ...]:
    """Return the lines of a text; a word wider than a line is broken. No-break spaces are kept."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if measure(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, width, measure)
        lines.extend(full)
    return (*lines, line)


def balanced(text: str, width: float, measure: Measure) -> tuple[str, ...]:
    """Return as few lines as ``wrap`` makes, as even as they can be: for titles."""
    count = len(wrap(text, width, measure))
    narrower = [wrap(text, width * part / 20, measure) for part in range(14, 21)]
    return next(lines for lines in narrower if len(lines) == count)


def _pieces(word: str, width: float, measure: Measure) -> list[str]:
    """Return a word as it is, or in pieces that each fit."""
    if measure(word) <= width:
        return [word]
    pieces = [""]
    for character in word:
        if pieces[-1] and measure(pieces[-1] + character) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces
