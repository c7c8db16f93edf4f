"""Reading what another machine sent: strict JSON and strict compact JOSE, before any key is looked for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from idp.federation.errors import Distrusted

TOKEN_BOUND = 16 * 1024
"""Characters of the longest token that is read; FranceConnect's have about 2,000."""

_PART = re.compile(r"[A-Za-z0-9_-]+\Z")


def read_object(body: bytes) -> dict[str, Any]:
    """Return a JSON object. Raises ``Distrusted`` for anything else, for a member named twice and for a BOM."""
    try:
        told = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Distrusted("an answer is no JSON") from None
    if not isinstance(told, dict):
        raise Distrusted("an answer is no JSON object")
    return told


def split_compact(token: str, parts: int) -> tuple[Mapping[str, Any], list[str]]:
    """Return the header and the parts of a compact JOSE object, which must be canonical base64url (RFC 7515 2).

    ``parts`` is 3 for a signature, 5 for an encryption. Raises ``Distrusted``.
    """
    found = token.split(".") if len(token) <= TOKEN_BOUND else []
    if len(found) != parts:
        raise Distrusted("a token has not the shape that was registered")
    for part in found:
        # The key of a direct agreement is an empty part (RFC 7516 4.6).
        if (not part and parts == 3) or (part and not _is_canonical(part)):
            raise Distrusted("a token is not written as base64url")
    return read_object(urlsafe_b64decode(found[0].encode("ascii"))), found


def _is_canonical(part: str) -> bool:
    if not _PART.match(part) or len(part) % 4 == 1:
        return False
    return urlsafe_b64encode(urlsafe_b64decode(part.encode("ascii"))).decode("ascii") == part


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is named twice")
    return found


def _no_constant(_name: str) -> NoReturn:
    raise ValueError("no number")
