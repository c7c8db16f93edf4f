"""The address in the envelope's window: six lines at most, in capitals, wrapped or narrowed, never cut (look.md 7)."""

from __future__ import annotations

from collections.abc import Callable

from idp.post.letters.sheet import Style, Unprintable, one_font
from idp.post.letters.wrapping import Measure, wrap

LEFT = 110.0
WIDTH = 80.0
MIDDLE = 67.0
PITCH = 4.0
MOST_LINES = 6

_LOOKS = (
    *(Style(size) for size in (10, 9.5, 9)),
    *(Style(9, stretch=stretch) for stretch in (90, 80, 70, 60, 50)),
)
"""From the best to the last resort: nothing is smaller than 9 points."""


def fitted(lines: tuple[str, ...], measure: Callable[[Style], Measure]) -> tuple[Style, tuple[str, ...]]:
    """Return the first look in which the lines fit, and the lines as they are set. Raises ``Unprintable``."""
    for look in _LOOKS:
        style = one_font(look, lines)
        broken = tuple(piece for line in lines for piece in wrap(line, WIDTH, measure(style)))
        if len(broken) <= MOST_LINES:
            return style, broken
    raise Unprintable("an address too long for the window")
