"""Small readers of one member each of a client's document; the first problem is told in one sentence.

Each raises ``ClientMetadataError``, which names the member.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from idp.oidc.clients import ClientMetadataError
from idp.oidc.uris import problem

Document = Mapping[str, Any]
_MOST = 50
"""Entries of the longest list."""


def required(field: str) -> Any:
    """Refuse a document without this member."""
    raise ClientMetadataError(field, "is required")


def line(document: Document, field: str, longest: int) -> str | None:
    """Read one line of text."""
    value = document.get(field)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > longest or not value.isprintable():
        raise ClientMetadataError(field, f"must be a line of 1 to {longest} characters")
    return value.strip()


def uri(document: Document, field: str) -> str | None:
    """Read an address (``uris.problem``)."""
    value = document.get(field)
    if value is None:
        return None
    if wrong := problem(value):
        raise ClientMetadataError(field, wrong)
    return str(value)


def entries(document: Document, field: str) -> list[Any] | None:
    """Read a list of anything."""
    value = document.get(field)
    if value is None:
        return None
    if not isinstance(value, list | tuple) or len(value) > _MOST:
        raise ClientMetadataError(field, f"must be a list of at most {_MOST}")
    return list(value)


def uris(document: Document, field: str, *, fragment: bool = False) -> tuple[str, ...]:
    """Read a list of addresses; ``fragment``: they may have one."""
    found = entries(document, field) or []
    for each in found:
        # A fragment has the characters of a query (RFC 3986 3.5).
        if wrong := problem(each.replace("#", "?", 1) if fragment and isinstance(each, str) else each):
            raise ClientMetadataError(field, wrong, str(each)[:80])
    return tuple(dict.fromkeys(found))


def words(document: Document, field: str, allowed: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
    """Read a list of known words."""
    found = entries(document, field)
    if found is None:
        return default
    for word in found:
        if word not in allowed:
            raise ClientMetadataError(field, f"may only hold {', '.join(allowed)}")
    return tuple(dict.fromkeys(found))


def choice(document: Document, field: str, allowed: tuple[str, ...], default: str) -> str:
    """Read one word of several."""
    value = document.get(field, default)
    if value not in allowed:
        raise ClientMetadataError(field, f"must be one of {', '.join(allowed)}")
    return str(value)


def optional(document: Document, field: str, allowed: tuple[str, ...]) -> str | None:
    """Read one word of several, or none."""
    return None if document.get(field) is None else choice(document, field, allowed, "")


def flag(document: Document, field: str, *, default: bool) -> bool:
    """Read true or false."""
    value = document.get(field, default)
    if not isinstance(value, bool):
        raise ClientMetadataError(field, "must be true or false")
    return value


def seconds(document: Document, field: str) -> int | None:
    """Read a whole number of seconds."""
    value = document.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**9:
        raise ClientMetadataError(field, "must be a whole number of seconds")
    return value
