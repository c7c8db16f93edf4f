"""One A4 sheet: text with a style at a place, lines and boxes, tagged for whoever has it read aloud.

Measures are millimetres from the top left corner, sizes points. The core fonts speak Windows-1252; a text outside it
is set in the embedded Liberation Sans, of which the file carries the letters used and no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from idp.kernel.errors import IdpError
from idp.post.letters.wrapping import Measure

if TYPE_CHECKING:
    from fpdf import FPDF

MILLIMETRES = 25.4 / 72
"""One point in millimetres."""
BLACK = "#000000"

_EMBEDDED = "liberation"
_FONT = Path(__file__).parents[1] / "fonts" / "LiberationSans-Regular.ttf"
_CORE = "cp1252"


class Unprintable(IdpError):
    """A letter that cannot be set on its sheet. The text names no member."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a text looks. ``stretch`` is a percentage of its natural width, ``spacing`` points between letters."""

    size: float
    family: str = "helvetica"
    bold: bool = False
    colour: str = BLACK
    stretch: int = 100
    spacing: float = 0

    @property
    def em(self) -> float:
        """The size in millimetres."""
        return self.size * MILLIMETRES


class Sheet:
    """A page being written, in reading order."""

    def __init__(self, title: str, author: str, written_at: datetime) -> None:
        from fpdf import FPDF, ViewerPreferences

        self._pdf: FPDF = FPDF(format="A4")
        self._pdf.core_fonts_encoding = _CORE
        self._pdf.set_auto_page_break(auto=False)
        self._pdf.set_lang("fr")
        self._pdf.set_title(title)
        self._pdf.set_author(author)
        self._pdf.set_creation_date(written_at)
        self._pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self._pdf.add_page()
        self._widths: dict[tuple[Style, str], float] = {}

    def finish(self) -> bytes:
        """Return the PDF."""
        return bytes(self._pdf.output())

    def close(self) -> None:
        """Let go of the embedded font's file, which the library keeps open until a page is finished."""
        from fpdf.fonts import TTFFont

        for font in self._pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.close()

    def measure(self, style: Style) -> Measure:
        """Return the function that tells how wide a text of this style is.

        Whoever looks for the best place to break a line asks for the same words again and again.
        """

        def width(text: str) -> float:
            known = self._widths.get((style, text))
            if known is None:
                self._use(style, text)
                known = self._widths[style, text] = self._pdf.get_string_width(text)
            return known

        return width

    @contextmanager
    def tagged(self, role: str) -> Iterator[None]:
        """Mark what is written within as one element of the reading order, such as ``P`` or ``H1``."""
        # The library tags only pictures by its public interface; the lock file pins what this relies on.
        with self._pdf._marked_sequence() as element:  # noqa: SLF001
            element.s = f"/{role}"
            yield

    def write(self, x: float, baseline: float, text: str, style: Style) -> None:
        """Set one line of text."""
        self._use(style, text)
        self._pdf.text(x, baseline, text)

    def rule(self, x1: float, x2: float, y: float, thickness: float, colour: str) -> None:
        """Draw a level line."""
        self._pdf.set_line_width(thickness)
        self._pdf.set_draw_color(colour)
        self._pdf.line(x1, y, x2, y)

    def frame(self, x: float, y: float, width: float, height: float, thickness: float) -> None:
        """Draw a box with round corners."""
        self._pdf.set_line_width(thickness)
        self._pdf.set_draw_color(BLACK)
        self._pdf.rect(x, y, width, height, style="D", round_corners=True, corner_radius=2)

    def block(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Fill a rectangle."""
        self._pdf.set_fill_color(colour)
        self._pdf.rect(x, y, width, height, style="F")

    def picture(self, svg: bytes, x: float, y: float, side: float) -> None:
        """Draw a square picture; it says nothing that the text does not."""
        self._pdf.image(BytesIO(svg), x, y, side, side)

    def _use(self, style: Style, text: str) -> None:
        if style.family == _EMBEDDED or not _is_core(text):
            self._embed(text)
            self._pdf.set_font(_EMBEDDED, "", style.size)
        else:
            self._pdf.set_font(style.family, "B" if style.bold else "", style.size)
        self._pdf.set_stretching(style.stretch)
        self._pdf.set_char_spacing(style.spacing)
        self._pdf.set_text_color(style.colour)

    def _embed(self, text: str) -> None:
        """Have the embedded font at hand. Raises ``Unprintable`` for a letter that it does not know."""
        from fpdf.fonts import TTFFont

        if _EMBEDDED not in self._pdf.fonts:
            self._pdf.add_font(_EMBEDDED, "", _FONT)
        font = self._pdf.fonts[_EMBEDDED]
        if not isinstance(font, TTFFont) or any(ord(character) not in font.cmap for character in text):
            raise Unprintable("a letter of the alphabet that no font of ours has")


def one_font(style: Style, lines: tuple[str, ...]) -> Style:
    """Return a style that sets all of these lines in one font, whichever of them needs the embedded one."""
    return style if all(map(_is_core, lines)) else replace(style, family=_EMBEDDED)


def _is_core(text: str) -> bool:
    try:
        text.encode(_CORE)
    except UnicodeEncodeError:
        return False
    return True
