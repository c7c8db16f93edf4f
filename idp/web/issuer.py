"""The configured issuer: every link, redirect and cookie is built from it, never from a header (law 8)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Issuer:
    """The issuer identifier (OpenID Connect Discovery section 3) and what follows from it."""

    url: str

    @property
    def is_https(self) -> bool:
        """Whether cookies are Secure and carry the ``__Host-`` prefix."""
        return self.url.startswith("https://")

    @property
    def host(self) -> str:
        """The host with its port, as a person types it."""
        return urlsplit(self.url).netloc

    @property
    def is_loopback(self) -> bool:
        """Whether this is a machine talking to itself: demo and tests."""
        return is_loopback(urlsplit(self.url).hostname or "")

    def link(self, path: str) -> str:
        """Return the absolute URL of one of our paths."""
        return self.url + path


def is_loopback(host: str) -> bool:
    """Tell whether a host name or literal address is this very machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
