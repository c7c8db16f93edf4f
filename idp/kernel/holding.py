"""The guard of the four beats: no connection is held while one asks the outside or another connection.

``storage`` marks the time a unit of work is open; slow work (argon2, SMTP, the registry) refuses to start within.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from idp.kernel.errors import ConnectionHeld

_held: ContextVar[bool] = ContextVar("connection_held", default=False)


@contextmanager
def holding() -> Iterator[None]:
    """Mark that a connection is held. Raises ``ConnectionHeld`` when one is already."""
    refuse_while_holding("a second connection")
    token = _held.set(True)
    try:
        yield
    finally:
        _held.reset(token)


def refuse_while_holding(what: str) -> None:
    """Raise ``ConnectionHeld`` when a connection is held by this thread of work."""
    if _held.get():
        raise ConnectionHeld(f"{what} was asked for while a database connection is held")
