"""S3: the social security number, as it is written on the card or by a hand; never in an address, never shown again."""

from __future__ import annotations

import pytest

from idp.demo.people import PEOPLE
from idp.members.nir import key_of, read_nir
from tests.flows.story import CONTACT, enroll_to, path, says, shown
from tests.support.browser import Browser
from tests.support.house import CARD

KEY = key_of(read_nir(CARD.nir))
CORSICA = next(person.nir for person in PEOPLE if "2A" in person.nir)
UNKNOWN = "2530749588157"

WRITINGS = {
    "13 digits": CARD.nir,
    "15 characters": CARD.nir + KEY,
    "spaces as on the card": f"{CARD.nir[0]} {CARD.nir[1:3]} {CARD.nir[3:5]} {CARD.nir[5:7]} {CARD.nir[7:10]} "
    f"{CARD.nir[10:]} {KEY}",
    "no-break spaces": "\u00a0".join(CARD.nir),
    "dots and dashes": f" {CARD.nir[:5]}.{CARD.nir[5:]}-{KEY} ",
    "full width": "".join(chr(ord(digit) + 0xFEE0) for digit in CARD.nir),
    "Corsica": CORSICA,
    "Corsica in lower case": CORSICA.lower(),
    "Corsica with its key": CORSICA + key_of(read_nir(CORSICA)),
}
REFUSALS: dict[str, tuple[str, dict[str, object]]] = {
    "": ("missing", {}),
    "  ": ("missing", {}),
    CARD.nir[:12]: ("length", {"count": 12}),
    CARD.nir + "1": ("length", {"count": 14}),
    "28503593501AB": ("shape", {}),
    "2850359350é17": ("characters", {}),
    "😀" * 13: ("characters", {}),
    CARD.nir + f"{int(KEY) % 97 + 1:02d}": ("key", {}),
    "2001359350117": ("shape", {}),
    "9850359350117": ("shape", {}),
    UNKNOWN: ("not_found", {"phone": CONTACT}),
}


@pytest.fixture
def at_number(browser: Browser) -> Browser:
    enroll_to(browser, "identifiant")
    return browser


def test_every_usual_writing_is_read(at_number: Browser) -> None:
    for name, typed in WRITINGS.items():
        at_number.get("/inscription/identifiant")
        at_number.submit({"nir": typed})
        assert path(at_number) == "/inscription/documents", name


def test_each_mistake_has_its_own_message_and_keeps_what_was_typed(at_number: Browser) -> None:
    for typed, (problem, values) in REFUSALS.items():
        at_number.submit({"nir": typed})
        assert shown(at_number).status == 422, typed
        assert says(at_number, f"enrollment.identifier.error.{problem}", **values), typed
        assert shown(at_number).form().fields["nir"] == typed


def test_a_number_typed_is_in_no_address_and_on_no_page_opened_later(at_number: Browser) -> None:
    at_number.submit({"nir": UNKNOWN})
    at_number.get("/inscription/identifiant")
    assert UNKNOWN not in shown(at_number).response.text
    at_number.submit({"nir": CARD.nir})
    for step in ("documents", "identifiant", "profil", "reprendre", ""):
        page = at_number.get(f"/inscription/{step}".rstrip("/"))
        assert CARD.nir not in page.response.text, step
    assert [url for url in at_number.trail if CARD.nir in url or UNKNOWN in url] == []
