"""The warnings of the suite that this provider accepts, each with its reason; any other is a failure."""

from __future__ import annotations

from typing import Final

_UNHELD: Final = "the fund's file holds no such fact of a member, and an empty or invented one is worse (Core 5.3.2)"

WARNINGS: Final = {
    "no claim middle_name": _UNHELD,
    "no claim nickname": _UNHELD,
    "no claim preferred_username": _UNHELD,
    "no claim profile": _UNHELD,
    "no claim picture": _UNHELD,
    "no claim website": _UNHELD,
    "no claim zoneinfo": _UNHELD,
    "no claim updated_at": _UNHELD,
}
