"""Members without end for random walks, taken from the fund's own files in batches."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path

from idp.demo.members import MEMBER_COLUMNS
from idp.members.records import MEMBERS, read_folder
from idp.storage.members_import import import_members
from tests.properties.model import Holder
from tests.support.house import Running

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


def _person(number: int) -> Holder:
    commune, order = divmod(number, 900)
    nir = f"18501{59_001 + commune:05d}{order + 1:03d}"
    return Holder(nir=nir, serial=f"9{number:010d}", mail=f"membre{number}@courriel.example")


def _write(path: Path, people: list[Holder]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(MEMBER_COLUMNS)
        for person in people:
            writer.writerow(
                (
                    person.nir, "Dupré", "Jean", "", "male", "1985-01-15", person.nir[5:10], "99100", "particulier",
                    "yes", person.serial, "yes", "1 rue du Puits", "59000", "Lille", "FR",
                )
            )  # fmt: skip
