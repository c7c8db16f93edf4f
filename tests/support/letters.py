"""Letters as a reader's eye finds them: every glyph and every drawing with its place on the sheet."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2

MM = 72 / 25.4
A4 = (210.0, 297.0)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in millimetres from the top left corner of the sheet."""

    left: float
    top: float
    right: float
    bottom: float

    def holds(self, other: Box) -> bool:
        """Whether the other one lies within."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )

    def touches(self, other: Box) -> bool:
        """Whether the two share any place."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@dataclass(frozen=True, slots=True)
class Glyph:
    """One letter that shows, and the name of its font."""

    text: str
    box: Box
    font: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page shows. ``text`` is what a program reads from it, in its order."""

    text: str
    glyphs: tuple[Glyph, ...]
    drawings: tuple[Box, ...]

    def within(self, box: Box) -> str:
        """The letters that touch a rectangle, without spaces."""
        return "".join(glyph.text for glyph in self.glyphs if glyph.box.touches(box))

    def place(self, text: str) -> Box:
        """Where a text stands; it must be there once."""
        plain = "".join(text.split())
        whole = "".join(glyph.text for glyph in self.glyphs)
        assert whole.count(plain) == 1, text
        start = whole.index(plain)
        return around(glyph.box for glyph in self.glyphs[start : start + len(plain)])


def around(boxes: Iterator[Box]) -> Box:
    """The smallest rectangle that holds them all."""
    every = list(boxes)
    return Box(
        min(box.left for box in every),
        min(box.top for box in every),
        max(box.right for box in every),
        max(box.bottom for box in every),
    )


def see(pdf: bytes) -> Seen:
    """Look at a PDF of one A4 page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        assert len(document) == 1
        page = document[0]
        assert tuple(round(side / MM, 1) for side in page.get_size()) == A4
        text = page.get_textpage()
        glyphs = tuple(_glyphs(text))
        drawings = tuple(
            _box(*drawing.get_bounds())
            for drawing in page.get_objects()
            if drawing.type != pypdfium2.raw.FPDF_PAGEOBJ_TEXT
        )
        return Seen(text.get_text_bounded(), glyphs, drawings)
    finally:
        document.close()


def _glyphs(text: pypdfium2.PdfTextPage) -> Iterator[Glyph]:
    for place in range(text.count_chars()):
        character = text.get_text_range(place, 1)
        if character.strip():
            yield Glyph(character, _box(*text.get_charbox(place)), _font(text, place))


def _font(text: pypdfium2.PdfTextPage, place: int) -> str:
    name, flags = ctypes.create_string_buffer(100), ctypes.c_int()
    pypdfium2.raw.FPDFText_GetFontInfo(text.raw, place, name, len(name), flags)
    return name.value.decode()


def _box(left: float, bottom: float, right: float, top: float) -> Box:
    return Box(left / MM, A4[1] - top / MM, right / MM, A4[1] - bottom / MM)
