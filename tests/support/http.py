"""How the tests' clients are made: plain http on loopback, nothing of the environment."""

from __future__ import annotations

import ssl
from typing import Any

import httpx2

NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody: reading the machine's authorities costs 20 ms for each client, and no test meets them."""


LIMITS = httpx2.Limits(keepalive_expiry=2)
"""A connection is let go before the provider does it (5 s): one that both give up at once fails a request."""


def client(**how: Any) -> httpx2.Client:
    """Return a client of the tests."""
    return httpx2.Client(timeout=20, trust_env=False, verify=NO_AUTHORITIES, limits=LIMITS, **how)
