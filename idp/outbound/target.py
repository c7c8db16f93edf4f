"""A URL as we are willing to ask it, read once: what is checked is what is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import urlsplit

from idp.outbound.errors import Refused

URL_BOUND = 2048
"""Characters of the longest URL that is read."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_TEXT = re.compile(r"[!-~]+\Z")
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9.])?\Z")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes. ``host`` is in lower case, an IPv6 address without brackets; ``path`` holds the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The host with its port unless it is the scheme's own, as the header ``Host`` has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme and authority (RFC 6454 section 6.2)."""
        return f"{self.scheme}://{self.authority}"


def read_target(url: str) -> Target:
    """Read an absolute http or https URL. Raises ``Refused`` for one that two parsers could read differently.

    A URL is ASCII (RFC 3986): an internationalised host is written ``xn--…``.
    """
    if len(url) > URL_BOUND or _TEXT.match(url) is None or "\\" in url or "#" in url:
        raise Refused("the URL has characters that do not belong in it, or is too long")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused("the URL cannot be read") from None
    if parts.scheme not in _DEFAULT_PORTS or port == 0 or "@" in parts.netloc:
        raise Refused("the URL must be https:// with a host, and hold no user")
    if not (_is_ipv6(host) if "[" in parts.netloc else _NAME.match(host)):
        raise Refused("the host of the URL is no host name")
    query = f"?{parts.query}" if parts.query else ""
    return Target(parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme], (parts.path or "/") + query)


def _is_ipv6(host: str) -> bool:
    try:
        return IPv6Address(host).scope_id is None
    except ValueError:
        return False
