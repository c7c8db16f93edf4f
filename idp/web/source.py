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
        ip = _read(address)
        return ip is not None and any(ip in network for network in self._trusted)


def source_of(address: str) -> str:
    """Return the source an address stands for: IPv4 whole, IPv6 by /64 (law 9)."""
    ip = _read(address)
    if ip is None:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((ip, 64), strict=False).network_address) + "/64"
    return str(ip)


def _read(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read an address as peers and proxies write it: with a port, in brackets, or IPv4 within IPv6."""
    host = address.partition("]")[0].removeprefix("[") if address.startswith("[") else address
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return None
    return (ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None) or ip
