"""How a running node follows the key ring: every quarter of a minute it reads ring and folder, beside the requests.

A key made on one node is published by every other within ``NOTICE``, long before anybody signs with it. A request reads
for itself only where nobody else did in time: in a process that was suspended, or in one that does nothing but post.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from idp.adapters import key_folder
from idp.house import House
from idp.kernel.clock import Clock, Instant, moment
from idp.kernel.errors import OperatorError
from idp.kernel.keyring import KeyFile, Phase, RingEntry, lacking
from idp.kernel.log import get_logger
from idp.oidc.keys import SigningKeys
from idp.storage.key_ring import SqlKeyRing
from idp.storage.unit import Begin, Unit
from idp.web.beats import Beats

LOOK_SECONDS = 15.0
"""Four looks in ``NOTICE``: one that fails, or waits for a connection, makes nobody late."""


def signing_keys(house: House) -> SigningKeys:
    """Return the signing keys of this node, which follow the ring.

    A process that signs outside ``fresh`` calls ``SigningKeys.keep_fresh`` first, with no connection held.
    """
    return SigningKeys(house.keys, house.ring, _Looker(house).look, house.read_at)


async def follow(keys: SigningKeys, beats: Beats, clock: Clock) -> None:
    """Look again and again, in a database thread, until cancelled."""
    while True:
        await anyio.sleep(LOOK_SECONDS)
        await beats.settle(lambda: keys.refresh(clock.now()))


def fresh(begin: Begin, keys: SigningKeys, clock: Clock) -> Begin:
    """Return ``begin`` for units of work that may sign: none begins with a ring older than ``NOTICE``."""

    @contextmanager
    def begin_fresh(*, write: bool = True) -> Iterator[Unit]:
        keys.keep_fresh(clock.now())
        with begin(write=write) as unit:
            yield unit

    return begin_fresh


class _Looker:
    """Reads the ring, and the files that fit it."""

    def __init__(self, house: House) -> None:
        self._database = house.database
        self._folder = house.settings.path(house.settings.keys_dir)
        self._files = house.keys

    def look(self, now: Instant) -> tuple[tuple[KeyFile, ...], tuple[RingEntry, ...]]:
        """Return what there is. A file once held stays held: a folder that is away or in disorder stops no signing."""
        with self._database.begin(write=False) as connection:
            ring = SqlKeyRing(connection).entries()
        found: tuple[KeyFile, ...] = ()
        try:
            found = key_folder.read(self._folder)
        except (OperatorError, OSError, ValueError) as error:
            get_logger().error("keys.folder_unreadable", reason=str(error))
        held = {key.kid: key for key in (*self._files, *key_folder.matching(found, ring))}
        self._files = tuple(held.values())
        warn(ring, self._files, now)
        return self._files, ring


def warn(ring: tuple[RingEntry, ...], files: tuple[KeyFile, ...], now: Instant) -> None:
    """Say which signing keys this node lacks; at every look, until the file is there."""
    for term in lacking(ring, files, now):
        log = get_logger().error if term.phase(now) is Phase.ACTIVE else get_logger().warning
        starts = None if term.starts is None else moment(term.starts).isoformat()
        log("keys.file_missing", file=term.entry.name, phase=term.phase(now).value, signs_from=starts)
