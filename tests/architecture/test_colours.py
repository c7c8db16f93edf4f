"""The visual language is readable: contrast ratios of the stylesheet's own colours, by the formula of WCAG 2."""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import PACKAGE

SHEET = (PACKAGE / "web" / "static" / "app.css").read_text("utf-8")
LIMIT = 15_000
"""Bytes of the one stylesheet."""

AAA, AA, SHAPE = 7.0, 4.5, 3.0
TEXT = (
    *((ink, ground) for ink in ("ink", "soft") for ground in ("paper", "surface", "sunk", "tint")),
    *(("ink", ground) for ground in ("wine-bg", "ochre-bg")),
    *(("green", ground) for ground in ("paper", "surface", "tint")),
    *(("wine", ground) for ground in ("surface", "sunk", "wine-bg")),
    ("on-green", "green"), ("on-green", "green-h"), ("on-mark", "mark"), ("focus", "paper"), ("on-red", "red-h"),
    ("on-red", "fc"), ("on-red", "fc-h"),
)  # fmt: skip
BOLD = (("on-red", "red"),)
SHAPES = (("field", "surface"), ("field", "sunk"), ("red", "paper"))
PAIRS = [(*pair, ratio) for pairs, ratio in ((TEXT, AAA), (BOLD, AA), (SHAPES, SHAPE)) for pair in pairs]


def _colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", block))


def _themes() -> dict[str, dict[str, str]]:
    roots = re.findall(r":root\s*\{([^}]*)\}", SHEET)
    assert len(roots) == 2, "one block of custom properties per theme"
    light = _colours(roots[0])
    return {"light": light, "dark": {**light, **_colours(roots[1])}}


THEMES = _themes()


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_the_formula_knows_black_on_white() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", THEMES)
def test_pairs_reach_their_ratio(theme: str) -> None:
    colours = THEMES[theme]
    too_faint = {
        f"{ink} on {ground}": round(ratio, 2)
        for ink, ground, wanted in PAIRS
        if (ratio := contrast(colours[ink], colours[ground])) < wanted
    }
    assert too_faint == {}


@pytest.mark.parametrize("theme", THEMES)
def test_every_property_used_is_defined(theme: str) -> None:
    assert set(re.findall(r"var\(--([\w-]+)", SHEET)) <= set(THEMES[theme])


def test_the_stylesheet_stays_light() -> None:
    assert len(SHEET.encode()) <= LIMIT


def test_the_stylesheet_fetches_nothing() -> None:
    assert re.search(r"@import|url\(|@font-face", SHEET) is None
