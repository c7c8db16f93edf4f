"""The ``claims`` parameter (OpenID Connect Core 5.5): single claims wanted in the ID token or from userinfo.

``essential`` changes nothing here: whatever is known and allowed is told. What does bind is a demanded ``sub`` (5.5.1)
and an essential ``acr`` (5.5.1.1).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

PLACES: Final = ("id_token", "userinfo")
_MOST = 60
"""Claims wanted in one place."""
_LONGEST = 200
"""Characters of a claim's name."""


@dataclass(frozen=True, slots=True)
class WantedClaims:
    """The names wanted in each place, and what is demanded of the authentication.

    ``acr`` are the levels of which one must be met, ``sub`` the member it must be.
    """

    id_token: frozenset[str] = frozenset()
    userinfo: frozenset[str] = frozenset()
    acr: tuple[str, ...] = ()
    sub: str | None = None

    @property
    def names(self) -> frozenset[str]:
        """Every name wanted anywhere."""
        return self.id_token | self.userinfo


NOTHING: Final = WantedClaims()


def wanted_claims(text: str | None) -> WantedClaims:
    """Read the parameter; members other than ``id_token`` and ``userinfo`` are ignored. Raises ``ValueError``."""
    if text is None:
        return NOTHING
    try:
        document = json.loads(text)
    except RecursionError:
        raise ValueError("claims is nested too deeply") from None
    if not isinstance(document, dict):
        raise ValueError("claims must be a JSON object")  # noqa: TRY004 (what a client sent)
    id_token, userinfo = (_members(document.get(place)) for place in PLACES)
    return WantedClaims(
        frozenset(id_token), frozenset(userinfo), _essential(id_token.get("acr")), _value(id_token.get("sub"))
    )


def kept_claims(text: str | None, tellable: frozenset[str]) -> str | None:
    """Return what counts of the parameter, to be kept: the claims that the client may be told when it asks, and the
    levels demanded. What is opened to the client later is no part of what the member agreed to. Raises ``ValueError``.
    """
    wanted = wanted_claims(text)
    id_token: dict[str, Any] = dict.fromkeys(sorted(wanted.id_token & tellable))
    if wanted.acr:
        id_token["acr"] = {"essential": True, "values": wanted.acr}
    places = {"id_token": id_token, "userinfo": dict.fromkeys(sorted(wanted.userinfo & tellable))}
    return json.dumps(places, separators=(",", ":")) if any(places.values()) else None


def _members(place: object) -> Mapping[str, Any]:
    if place is None:
        return {}
    if not isinstance(place, dict) or len(place) > _MOST or any(len(name) > _LONGEST for name in place):
        raise ValueError("a member of claims must be an object of a few claims")
    if not all(wish is None or isinstance(wish, dict) for wish in place.values()):
        raise ValueError("a claim is wanted by null or an object")
    return place


def _essential(wish: Mapping[str, Any] | None) -> tuple[str, ...]:
    if wish is None or wish.get("essential") is not True:
        return ()
    values = wish.get("values", [wish["value"]] if "value" in wish else [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError("values must be a list of text")
    return tuple(values)


def _value(wish: Mapping[str, Any] | None) -> str | None:
    value = None if wish is None else wish.get("value")
    if value is not None and not isinstance(value, str):
        raise ValueError("value must be text")
    return value
