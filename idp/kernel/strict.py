"""Reading what another machine sent: strict JSON and strict compact JOSE, before any key is looked for.

Two parsers must not be able to read one text differently: a member named twice, a number that is none and base64url
that is not canonical are refused (RFC 8259 4, RFC 7515 2).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from idp.kernel.errors import IdpError

_PART = re.compile(r"[A-Za-z0-9_-]+\Z")


class Malformed(IdpError):
    """The text is not what it must be; ``str()`` goes on after its name (*is no JSON*) and holds nothing of it."""


def read_object(body: bytes) -> dict[str, Any]:
    """Return a JSON object. Raises ``Malformed`` for anything else, for a member named twice and for a BOM."""
    told = _read(body)
    if not isinstance(told, dict):
        raise Malformed("is no JSON object")
    return told


def read_array(body: bytes) -> list[Any]:
    """Return a JSON array, as strictly. Raises ``Malformed``."""
    told = _read(body)
    if not isinstance(told, list):
        raise Malformed("is no JSON array")
    return told


def _read(body: bytes) -> object:
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Malformed("is no JSON") from None


def split_compact(token: str, parts: int, longest: int) -> tuple[Mapping[str, Any], list[str]]:
    """Return the header and the parts of a compact JOSE object, which must be canonical base64url (RFC 7515 2).

    ``parts`` is 3 for a signature, 5 for an encryption; ``longest`` bounds the characters. Raises ``Malformed``.
    """
    found = token.split(".", parts) if len(token) <= longest else []
    if len(found) != parts:
        raise Malformed("has not the shape that was registered")
    for part in found:
        # The key of a direct agreement is an empty part (RFC 7516 4.6).
        if (not part and parts == 3) or (part and not is_canonical(part)):
            raise Malformed("is not written as base64url")
    return read_object(decoded(found[0])), found


def decoded(part: str) -> bytes:
    """Return the bytes of one part of a compact JOSE object that was split before."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def is_canonical(part: str) -> bool:
    """Tell whether a text is the one base64url of its bytes, without padding."""
    if not _PART.match(part) or len(part) % 4 == 1:
        return False
    return encoded(decoded(part)) == part


def encoded(raw: bytes) -> str:
    """Return bytes as base64url without padding (RFC 7515 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is named twice")
    return found


def _no_constant(_name: str) -> NoReturn:
    raise ValueError("no number")
