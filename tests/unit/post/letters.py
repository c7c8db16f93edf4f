"""A fund and its members as letters need them."""

from __future__ import annotations

from idp.kernel.clock import DAY, SECOND
from idp.members.member import Address
from idp.post.letters.addressee import Origin, window_lines
from idp.post.letters.writer import Letterhead, LetterWriter, Occasion
from idp.web.words import Catalogue

N = "\u00a0"
HEAD = Letterhead(
    organisation="Caisse agricole des Trois-Vallées",
    address="8 place du Marché, 59999 Villeneuve-les-Champs",
    phone=f"03{N}53{N}01{N}24{N}60",
    hours=f"du lundi au vendredi, de 8{N}h{N}30 à 17{N}h",
    site="espace.trois-vallees.example",
    freeze_page="espace.trois-vallees.example/securite/gel",
)
WRITTEN_AT = 1_795_431_600 * SECOND
"""23 November 2026, noon in Paris."""

WORD = "K7PM-3RWX-9HTN-C4WD-F6YA"
CODE = "ABCDE-FGHJK"
NAME = ("Mme Delattre Jeanne",)
HOME = Address("12 rue des Moissons", "59999", "Limerchin", "FR")


def writer(head: Letterhead = HEAD) -> LetterWriter:
    """The writer of this fund."""
    return LetterWriter(head, Catalogue("fr"))


def occasion(
    names: tuple[str, ...] = NAME, address: Address = HOME, origin: Origin = Origin.ENROLLMENT, code: str = WORD
) -> Occasion:
    """A letter's facts; asked three days ago, good for 20 days."""
    return Occasion(
        reference="L-2604-8170-1234",
        recipient=window_lines(names, address),
        origin=origin,
        code=code,
        asked_at=WRITTEN_AT - 3 * DAY,
        written_at=WRITTEN_AT,
        expires_at=WRITTEN_AT + 20 * DAY,
    )
