"""Which network source a request comes from: the peer, or what trusted proxies say of it (law 9)."""

from __future__ import annotations

import ipaddress

from starlette.requests import Request

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Sources:
    """Reads the source of a request; ``X-Forwarded-For`` counts only hop by hop behind trusted proxies."""

    def __init__(self, trusted: tuple[Network, ...] = ()) -> None:
        self._trusted = trusted

    def of(self, request: Request) -> str:
        """Return the source as the throttle names it."""
        address = request.client.host if request.client else ""
        hops = [hop.strip() for line in request.headers.getlist("x-forwarded-for") for hop in line.split(",")][-32:]
        while hops and self._is_trusted(address):
            address = hops.pop()
        return source_of(address)

    def _is_trusted(self, address: str) -> bool:
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(ip in network for network in self._trusted)


def source_of(address: str) -> str:
    """Return the source an address stands for: IPv4 whole, IPv6 by /64 (law 9)."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False).network_address) + "/64"
    return str(ip)
