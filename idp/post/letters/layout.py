"""Where everything stands on the sheet: the measures of look.md section 7, in millimetres from the top left corner.

 34 ┌ sender ┐                                       90–200, 44–90: the window, the address and nothing else
 99 ─ fold ───────────────────────────────────────
106   title, body with the code in its box
198 ─ fold ───────────────────────────────────────
"""

from __future__ import annotations

from contextlib import closing

from idp.post.letters import window
from idp.post.letters.body import Body
from idp.post.letters.mark import MARK
from idp.post.letters.page import LetterPage
from idp.post.letters.sheet import Sheet, Style, Unprintable
from idp.post.letters.wrapping import balanced, wrap

LEFT, RIGHT = 20.0, 190.0
FOLDS = (99.0, 198.0)
BODY_TOP, BODY_END = 106.0, 276.0
SIZES = (11.5, 11.0, 10.5, 10.0, 9.5, 9.0)
"""The body's size, and what it shrinks to when a fund has much to say: one page it is."""

SOFT = "#414d46"
_NAME = Style(13.5, "times")
_SENDER = Style(10, colour=SOFT)
_DATE = Style(11)
_FOOTER = Style(9.5, colour=SOFT)


def render_letter(page: LetterPage) -> bytes:
    """Return the letter as a PDF of one A4 page. Raises ``Unprintable`` when it cannot be one."""
    drawn = (_draw(page, size) for size in SIZES)
    pdf = next((pdf for pdf in drawn if pdf is not None), None)
    if pdf is None:
        raise Unprintable("more text than one page holds")
    return pdf


def _draw(page: LetterPage, size: float) -> bytes | None:
    """Return the page with a body of this size, None when the body runs over its end."""
    with closing(Sheet(page.title, page.organisation, page.written_at)) as sheet:
        _head(sheet, page)
        _window(sheet, page)
        body = Body(sheet, LEFT, RIGHT, BODY_TOP, size, page.emphasis)
        body.title(page.title)
        for block in page.body:
            body.add(block)
        if body.y > BODY_END:
            return None
        _foot(sheet, page)
        return sheet.finish()


def _head(sheet: Sheet, page: LetterPage) -> None:
    for fold in FOLDS:
        sheet.rule(4, 9, fold, 0.25, SOFT)
    sheet.picture(MARK, LEFT, 14, 14)
    with sheet.tagged("P"):
        for number, line in enumerate(_name(sheet, page.organisation)):
            sheet.write(38, 18.3 + 5.9 * number, line, _NAME)
    y = 34.0
    for text in (*page.sender, "", page.reference):
        with sheet.tagged("P"):
            for line in wrap(text, 64, sheet.measure(_SENDER)):
                sheet.write(LEFT, y + 3.7, line, _SENDER)
                y += 4.94


def _name(sheet: Sheet, organisation: str) -> tuple[str, ...]:
    """Return the fund's name in a narrow column when it fits there, over the page's width when not."""
    narrow = balanced(organisation, 46, sheet.measure(_NAME))
    return narrow if len(narrow) <= 3 else balanced(organisation, RIGHT - 38, sheet.measure(_NAME))


def _window(sheet: Sheet, page: LetterPage) -> None:
    style, lines = window.fitted(page.recipient, sheet.measure)
    top = window.MIDDLE - window.PITCH / 2 * len(lines)
    with sheet.tagged("P"):
        for number, line in enumerate(lines):
            sheet.write(window.LEFT, top + 3.3 + window.PITCH * number, line, style)
    with sheet.tagged("P"):
        x = min(window.LEFT, RIGHT - sheet.measure(_DATE)(page.place_and_date))
        sheet.write(x, 95.9, page.place_and_date, _DATE)


def _foot(sheet: Sheet, page: LetterPage) -> None:
    sheet.rule(LEFT, RIGHT, 280, 0.25, SOFT)
    with sheet.tagged("P"):
        sheet.write(LEFT, 286, page.footer, _FOOTER)
