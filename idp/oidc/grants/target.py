"""Which resource servers the tokens of one request are for (RFC 8707 2.2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from authlib.oauth2 import OAuth2Error

from idp.oidc.exchange import Exchange

LONGEST: Final = 2048
"""Characters of all resources of one token: a JWT travels in a header."""


class InvalidTargetError(OAuth2Error):  # type: ignore[misc]  # the library has no types
    """RFC 8707 2: a resource is unknown, or not one that was granted."""

    error = "invalid_target"


def target(exchange: Exchange, granted: Iterable[str]) -> str | None:
    """Return the resources of a token, separated by spaces: those the request names, else all that were granted.

    None when none was ever named. Ask before anything is spent. Raises ``InvalidTargetError`` for one that was not
    granted, and when the operator took away what was: a token for nobody in particular would be a wider one.
    """
    before = tuple(granted)
    allowed = [each for each in before if each in exchange.client.metadata.idp_resources]
    named = tuple(dict.fromkeys(exchange.resources))
    if not set(named) <= set(allowed):
        raise InvalidTargetError
    chosen = " ".join(named or allowed)
    if (before and not chosen) or len(chosen) > LONGEST:
        raise InvalidTargetError
    return chosen or None
