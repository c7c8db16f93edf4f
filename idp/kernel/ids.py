"""Ids and secrets: random, never derived from a person's data (design section 4)."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets

from idp.kernel.clock import Instant

_ID = re.compile(r"[A-Za-z0-9_-]{22}\Z")


def new_id() -> str:
    """Return 128 random bits as 22 URL-safe characters."""
    return secrets.token_urlsafe(16)


def ordered_id(now: Instant) -> str:
    """Return a 128-bit id that sorts by time: 48 bits of milliseconds, then 80 random bits, in hexadecimal."""
    return f"{now // 1_000:012x}{secrets.token_hex(10)}"


def is_id(text: str) -> bool:
    """Tell whether a text from outside has the shape of ``new_id``; anything else never reaches a store."""
    return _ID.match(text) is not None


def new_secret() -> str:
    """Return 256 random bits as 43 URL-safe characters: tokens, codes, cookie values."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return the SHA-256 of a secret *of ours* (random, 95 bits or more), for storage and look-up (law 3)."""
    raw = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
