"""Where everything stands on the sheet: the envelope's window shows the address, whole, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from idp.members.member import Address
from idp.post.letters.addressee import Origin
from idp.post.letters.layout import render_letter
from idp.post.letters.page import LetterPage, Paragraph
from idp.post.letters.sheet import Unprintable
from tests.support.letters import Box, around, see
from tests.unit.post.letters import CODE, HEAD, HOME, WORD, occasion, writer

ENVELOPE = (220.0, 110.0)
FROM_RIGHT, FROM_BOTTOM = 20.0, 20.0
WINDOW_WIDTH = 100.0
WINDOW_HEIGHTS = (35.0, 45.0)
SLIDE = (ENVELOPE[0] - 210.0, ENVELOPE[1] - 99.0)
"""How far the folded sheet may move in its envelope."""

FOLDS = (99.0, 198.0)
MARGINS = Box(20, 14, 190, 287)

CASES: dict[str, LetterPage] = {
    "password": writer().provisional(occasion()),
    "new password": writer().provisional(occasion(origin=Origin.RECOVERY)),
    "by an agent": writer().provisional(occasion(origin=Origin.AGENT)),
    "confirmation": writer().confirmation(occasion(code=CODE)),
    "confirmation of a new password": writer().confirmation(occasion(code=CODE, origin=Origin.RECOVERY)),
    "one short line each": writer().provisional(occasion(("M. Ô",), Address("É", "", "Ÿ", "FR"))),
    "outside the core fonts": writer().provisional(
        occasion(("M. Łukasz Nguyễn Ế Öztürkoğlu-Șerban",), Address("ul. Świętokrzyska 12/4", "00-116", "Łódź", "PL"))
    ),
    "six lines, accents above and below": writer().confirmation(
        occasion(("Mme Ế Ẫ Ç Ģ Ș Ệ", "aux soins de", "M. Ộ Ậ"), Address("1 rue Ụ Ễ\n", "1000", "Ș Ấ", "RO"), code=CODE)
    ),
    "long name and address": writer().provisional(
        occasion(
            ("Mme Vanderstraeten-Grymonprez de la Villardière-Saint-Étienne Marie-Antoinette Élisabeth",),
            Address(
                "Appartement 1204, bâtiment C, résidence des Quatre-Chemins-de-la-Halle, 1284 bis avenue du Maréchal",
                "97419",
                "La Possession-Rivière-des-Galets",
                "RE",
            ),
        )
    ),
    "one endless word": writer().provisional(occasion(("Mme " + "W" * 60,), replace(HOME, line="M" * 80))),
}


def windows() -> list[Box]:
    """What each window shows of the sheet when it lies in either corner of the envelope."""
    shown = []
    for height in WINDOW_HEIGHTS:
        right, bottom = ENVELOPE[0] - FROM_RIGHT, ENVELOPE[1] - FROM_BOTTOM
        for x, y in ((0.0, 0.0), SLIDE):
            shown.append(Box(right - WINDOW_WIDTH - x, bottom - height - y, right - x, bottom - y))
    return shown


@pytest.mark.parametrize("page", CASES.values(), ids=CASES.keys())
def test_the_window_shows_the_whole_address_and_nothing_else_wherever_the_sheet_slides(page: LetterPage) -> None:
    seen = see(render_letter(page))
    address = "".join("".join(page.recipient).split())
    for window in windows():
        assert seen.within(window) == address
        assert all(window.holds(glyph.box) for glyph in seen.glyphs if glyph.box.touches(window))
        assert not any(window.touches(drawing) for drawing in seen.drawings)


@pytest.mark.parametrize("page", CASES.values(), ids=CASES.keys())
def test_nothing_is_cut_nothing_leaves_the_margins(page: LetterPage) -> None:
    seen = see(render_letter(page))
    assert [glyph for glyph in seen.glyphs if not MARGINS.holds(glyph.box)] == []
    lines = [page.organisation, *page.sender, page.reference, page.place_and_date, page.title, page.footer]
    paragraphs = [block.text for block in page.body if isinstance(block, Paragraph)]
    for text in lines + paragraphs:
        assert "".join(text.split()) in "".join(glyph.text for glyph in seen.glyphs)


@pytest.mark.parametrize("page", CASES.values(), ids=CASES.keys())
def test_the_code_stays_between_the_folds_where_no_window_is(page: LetterPage) -> None:
    seen = see(render_letter(page))
    code = seen.place(WORD if WORD in seen.text else CODE)
    assert FOLDS[0] < code.top
    assert code.bottom < FOLDS[1]
    [frame] = [box for box in seen.drawings if box.holds(code) and box.right < 200]
    assert FOLDS[0] < frame.top
    assert frame.bottom < FOLDS[1]
    assert abs((code.left + code.right) / 2 - 105) < 1, "it is in the middle"


@pytest.mark.parametrize("name", ["long name and address", "six lines, accents above and below"])
def test_a_six_line_address_fills_its_24_millimetres_and_no_more(name: str) -> None:
    seen = see(render_letter(CASES[name]))
    address = around(glyph.box for glyph in seen.glyphs if glyph.box.touches(Box(90, 44, 200, 90)))
    assert Box(110, 55, 190, 79).holds(address)
    assert address.bottom - address.top > 20


def test_a_program_reads_the_letter_in_the_order_of_a_person() -> None:
    page = CASES["password"]
    text = " ".join(see(render_letter(page)).text.split())
    told = ["Caisse agricole", "8 place", "L-2604-8170-1234", "MME DELATTRE", "LIMERCHIN", "le 23 novembre 2026"]
    told += ["Votre mot de passe provisoire", "Madame, Monsieur", WORD, "13 décembre 2026", "1. Tapez", "5. Choisissez"]
    told += ["Vous n’avez rien demandé", "Besoin d’aide", "Bien à vous", "Nous ne vous demandons jamais"]
    places = [text.index(piece) for piece in told]
    assert places == sorted(places)


def test_the_file_says_its_title_and_its_language_and_is_tagged() -> None:
    import pypdfium2

    pdf = render_letter(CASES["password"])
    document = pypdfium2.PdfDocument(pdf)
    assert document.get_metadata_dict()["Title"] == "Votre mot de passe provisoire"
    assert document.get_metadata_dict()["Author"] == HEAD.organisation
    assert pypdfium2.raw.FPDFCatalog_IsTagged(document.raw)
    document.close()
    assert b"/Lang (fr)" in pdf
    assert b"/CreationDate (D:20261123110000Z" in pdf
    roles = [role for role in (b"/S /H1", b"/S /H2", b"/S /P") if role in pdf]
    assert len(roles) == 3
    assert b"/S /Figure" not in pdf


def test_the_same_letter_is_the_same_bytes() -> None:
    for name in ("password", "outside the core fonts"):
        assert render_letter(CASES[name]) == render_letter(CASES[name])


def test_a_font_is_embedded_only_for_letters_that_need_it_and_only_with_those() -> None:
    assert b"/FontFile" not in render_letter(CASES["password"])
    embedded = render_letter(CASES["outside the core fonts"])
    assert b"/FontFile" in embedded
    assert len(embedded) < 40_000


@pytest.mark.parametrize("name", ["გიორგი", "محمد", "李"])
def test_letters_that_no_font_has_are_refused_not_left_out(name: str) -> None:
    with pytest.raises(Unprintable) as refused:
        render_letter(writer().provisional(occasion((name,))))
    assert name not in str(refused.value)


def test_an_address_that_cannot_fit_is_refused_not_cut() -> None:
    with pytest.raises(Unprintable):
        render_letter(writer().provisional(occasion(("M. " + "Maximilien " * 60,))))


def test_a_fund_with_much_to_say_gets_smaller_letters_on_one_page() -> None:
    page = CASES["password"]
    more = replace(page, body=(*page.body, *([Paragraph("Nous restons à votre écoute. " * 5)] * 3)))
    seen = see(render_letter(more))
    assert " ".join(seen.text.split()).count("à votre écoute") == 15
    assert all(MARGINS.holds(glyph.box) for glyph in seen.glyphs)
    with pytest.raises(Unprintable):
        render_letter(replace(page, body=page.body * 3))


@pytest.mark.parametrize(
    "organisation",
    ["Caisse agricole des Trois-Vallées et du Littoral", "Caisse de mutualité agricole " + "des Trois-Vallées " * 5],
)
def test_a_long_name_or_address_of_the_fund_keeps_to_its_place(organisation: str) -> None:
    head = replace(
        HEAD, organisation=organisation.strip(), address="Direction des relations avec les assurés et adhérents"
    )
    page = writer(head).provisional(occasion())
    seen = see(render_letter(page))
    assert seen.within(Box(84, 34, 210, 90)) == "".join("".join(page.recipient).split())
    name = around(glyph.box for glyph in seen.glyphs if glyph.font == "Times-Roman" and glyph.box.top < 99)
    assert Box(38, 14, 190, 34).holds(name)


def test_what_is_to_be_typed_in_the_browser_is_bold() -> None:
    for name, typed in (("password", HEAD.site), ("confirmation", HEAD.freeze_page)):
        bold = "".join(glyph.text for glyph in see(render_letter(CASES[name])).glyphs if glyph.font == "Helvetica-Bold")
        assert typed in bold
