"""Which addresses the public internet has, and what a host resolves to.

The networks are written out (IANA special-purpose registries) because the standard library's own idea of them
changes between its versions.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import anyio

from idp.outbound.errors import Unreachable

Address = IPv4Address | IPv6Address

_UNICAST = ip_network("2000::/3")
"""All that is routed in IPv6: loopback, mapped (``::ffff:0:0/96``), NAT64 and link-local lie outside."""

_SPECIAL = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        # Within 2000::/3: protocol assignments with Teredo, documentation, 6to4.
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip


def is_public(address: Address) -> bool:
    """Tell whether an address is a public one; one that carries another inside (mapped, NAT64, 6to4) is not."""
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    return not any(address in network for network in _SPECIAL)


async def resolve(host: str, port: int) -> tuple[Address, ...]:
    """Return every address of a host in the resolver's order. Raises ``Unreachable`` for a name nobody knows."""
    try:
        found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("the name of the host is not known") from error
    # A scope (fe80::1%eth0) is no part of the address.
    addresses = [ip_address(str(where[0]).partition("%")[0]) for *_, where in found]
    return tuple(dict.fromkeys(addresses))
