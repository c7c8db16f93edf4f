"""Signed tickets: small values that travel through a browser, each bound to one purpose (itsdangerous).

A ticket of one purpose never verifies as another: the purpose is the salt, and its wire value is pinned by a test.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer


class Purpose(StrEnum):
    """What a ticket may be used for; the value is part of the signature."""

    FORM = "idp.form.v1"
    LOGOUT = "idp.logout.v1"
    RETURN = "idp.return.v1"


class Tickets:
    """Signs and reads tickets with the node-independent ticket key."""

    def __init__(self, key: bytes) -> None:
        self._serializers = {purpose: URLSafeTimedSerializer(key, salt=purpose.value) for purpose in Purpose}

    def sign(self, purpose: Purpose, value: Any) -> str:
        """Return ``value`` (JSON-able, never a secret: it is readable) as a ticket for ``purpose``."""
        return str(self._serializers[purpose].dumps(value))

    def read(self, purpose: Purpose, ticket: str, max_age_seconds: int) -> Any | None:
        """Return the value of a ticket, or None when it is forged, of another purpose, or too old."""
        if len(ticket) > 4096:
            return None
        try:
            return self._serializers[purpose].loads(ticket, max_age=max_age_seconds)
        except BadData:
            return None
