"""How the tests are shared out between workers: who stays together, and who begins.

The marks that pytest-xdist has for this are written into a test's id, where pytest 9.2 no longer reads them: every
worker that met a test of a browser started a Chromium and a demo of its own, again and again.
"""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/browser/", "tests/conformance/test_franceconnect_hangs.py")
"""What shares something dear to start, or only waits: on one worker, one test after the other."""
LONG = ("tests/properties/", "tests/fuzz/", "tests/unit/enrollment/test_walks.py")
"""What takes longest goes first: whoever begins a long walk last keeps everybody waiting."""


class Together(LoadScopeScheduling):  # type: ignore[misc]  # the library carries no types
    """Gives a worker one test at a time, or all of those that belong together."""

    def _split_scope(self, nodeid: str) -> str:
        return next((place for place in TOGETHER if nodeid.startswith(place)), nodeid)


def scheduler(config: Any, log: Any) -> Together | None:
    """Return what shares out under ``--dist loadgroup``; None for another wish."""
    return Together(config, log) if config.getvalue("dist") == "loadgroup" else None


def is_short(nodeid: str) -> bool:
    """Whether a test is none of the long ones: in a stable sort they keep their random order otherwise."""
    return not nodeid.startswith(LONG)
