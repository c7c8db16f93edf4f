"""Members without end for random walks, taken from the fund's own files in batches, and what the post brings them."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pypdfium2

from idp.accounts import freeze
from idp.accounts.grammar import Fit
from idp.accounts.provisional import WORD
from idp.demo.members import MEMBER_COLUMNS
from idp.members.records import MEMBERS, read_folder
from idp.storage.members_import import import_members
from tests.properties.model import Bag, Holder
from tests.support.house import Running, word_of
from tests.support.smtp import part, read_message

BATCH = 100


class Crowd:
    """Hands out members that nobody met before."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._next = itertools.chain.from_iterable(self._batch(number) for number in itertools.count())

    def someone(self) -> Holder:
        """Return a new member with a card."""
        return next(self._next)

    def _batch(self, number: int) -> Iterator[Holder]:
        folder = self._running.folder / f"crowd-{number}"
        folder.mkdir()
        people = [_person(number * BATCH + place) for place in range(BATCH)]
        _write(folder / MEMBERS, people)
        house = self._running.house
        import_members(house.database, house.pepper, house.vault, house.clock, read_folder(folder))
        return iter(people)


class Letterbox:
    """What left the house for the members of a walk; what others were sent is not kept."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._read = 0
        self._bags: dict[str, Bag] = {}

    def open(self, holders: list[Holder]) -> None:
        """Read what came since the last time; a letter that was read is gone."""
        self._bags = {name: bag for holder in holders for bag in [Bag()] for name in (holder.mail, holder.street)}
        envelopes = self._running.smtp.envelopes[self._read :]
        self._read += len(envelopes)
        for envelope in envelopes:
            bag = self._bags.get(envelope.rcpt_tos[0])
            if bag is not None and (word := word_of(part(read_message(envelope.original_content or b""), "plain"))):
                bag.mailed.append(word)
        for path in sorted((self._running.folder / "var" / "letters").glob("*.pdf")):
            text = _text(path)
            bag = self._bags.get(_STREET.findall(text)[0])
            if bag is not None:
                bag.posted += [word for word in text.split() if WORD.fit(word) is Fit.RIGHT]
                bag.codes += [word for word in text.split() if freeze.fit(word) is Fit.RIGHT]
            path.unlink()

    def take(self, holder: Holder) -> Bag:
        """Return what was there for a member."""
        return self._bags[holder.mail]


_STREET = re.compile(r"\d+ RUE DU PUITS")


def _text(path: Path) -> str:
    document = pypdfium2.PdfDocument(path.read_bytes())
    try:
        return str(document[0].get_textpage().get_text_bounded())
    finally:
        document.close()


def _person(number: int) -> Holder:
    commune, order = divmod(number, 900)
    nir = f"18501{59_001 + commune:05d}{order + 1:03d}"
    mail, street = f"membre{number}@courriel.example", f"{number + 1} RUE DU PUITS"
    return Holder(nir=nir, serial=f"9{number:010d}", mail=mail, street=street)


def _write(path: Path, people: list[Holder]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(MEMBER_COLUMNS)
        for person in people:
            writer.writerow(
                (
                    person.nir, "Dupré", "Jean", "", "male", "1985-01-15", person.nir[5:10], "99100", "particulier",
                    "yes", person.serial, "yes", person.street, "59000", "Lille", "FR",
                )
            )  # fmt: skip
