"""Pushed authorization requests (RFC 9126): a row that says what its client asked, presented by any browser once.

The row is immutable. Presenting it parks a request, and may be repeated until one of them is answered; a wrong client
does not burn it.
"""

from __future__ import annotations

import json
from typing import Final

from idp.kernel.clock import SECOND, Instant
from idp.kernel.errors import ShownError
from idp.kernel.ids import digest, new_secret
from idp.oidc.checks import Hint
from idp.oidc.ports import OidcUnit, Pushed
from idp.oidc.requests import Pairs, Parameters

LIFE: Final = 90 * SECOND
PREFIX: Final = "urn:ietf:params:oauth:request_uri:"
_HINT: Final = "id_token_hint"


def push(unit: OidcUnit, client_id: str, pairs: Pairs, now: Instant) -> str:
    """Keep a request that was checked and return the ``request_uri`` that stands for it."""
    handle = new_secret()
    text = json.dumps([list(pair) for pair in pairs], separators=(",", ":"))
    unit.pushed.push(Pushed(digest(handle), client_id, text, now, now + LIFE))
    return PREFIX + handle


def kept(pairs: Pairs, hint: Hint) -> list[tuple[str, str]]:
    """Return what is kept of a request that was checked: of an ID token its subject alone (law 3)."""
    return [(name, str((hint(value) or {}).get("sub")) if name == _HINT else value) for name, value in pairs]


def kept_hint(pairs: Pairs) -> Hint:
    """Return how the hint of such a request is read: it was judged when it was pushed."""
    client_id = dict(pairs)["client_id"]
    return lambda sub: {"aud": client_id, "sub": sub}


def presented(unit: OidcUnit, pairs: Pairs, now: Instant) -> tuple[Pairs, str | None]:
    """Return the request meant and the row it was pushed as; the request itself when none was pushed.

    Raises ``ShownError`` for one that is unknown, past, answered, or another client's: where its answer would go is
    not known.
    """
    sent = Parameters(pairs)
    uri = sent.good("request_uri")
    if uri is None or not uri.startswith(PREFIX):
        return pairs, None
    name = digest(uri.removeprefix(PREFIX))
    pushed = unit.pushed.get(name, now)
    if pushed is None or pushed.client_id != sent.good("client_id"):
        raise ShownError("error.request_expired", 400)
    return [(key, value) for key, value in json.loads(pushed.request)], name
