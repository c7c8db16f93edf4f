"""One request and one bounded answer over a connection of its own, to an address that was checked before.

The transport of httpx2 is used bare: it follows no redirect, keeps no cookie and reads no environment. A
connection is never used again, for the next request to that address may be meant for another host.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

import httpx2

from idp.outbound.addresses import Address
from idp.outbound.errors import TooLarge, Unreachable, Unreadable
from idp.outbound.target import Target

CONNECT_SECONDS = 3.0
"""The longest wait for one address to accept, and then for its TLS handshake."""

HEADERS_BOUND = 16 * 1024
"""Bytes of all headers of an answer together; the library itself gives up a little above 100 KiB."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is sent. ``limit`` bounds the bytes of the answer's body."""

    method: str
    target: Target
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    limit: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: any status, redirects too. Names of headers are in lower case, repeated ones joined."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


async def exchange(asked: Asked, addresses: tuple[Address, ...], tls: ssl.SSLContext) -> Answered:
    """Send to the first address that takes a connection and read the answer. Raises ``OutboundError``."""
    async with httpx2.AsyncHTTPTransport(verify=tls, trust_env=False) as transport:
        return await _read(await _begin(transport, asked, addresses), asked.limit)


async def _begin(transport: httpx2.AsyncHTTPTransport, asked: Asked, addresses: tuple[Address, ...]) -> httpx2.Response:
    """Return the answer once its headers are there."""
    failure: Exception | None = None
    for address in addresses:
        try:
            return await transport.handle_async_request(_request(asked, address))
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            # Nothing was sent yet: the next address may be tried.
            failure = error
        # AttributeError: on uvloop, anyio asks a connection that was reset at once for its peer, and finds no socket.
        except (httpx2.TransportError, OSError, AttributeError) as error:
            raise Unreachable(f"no answer began: {type(error).__name__}") from error
    raise Unreachable(f"no connection: {type(failure).__name__}") from failure


def _request(asked: Asked, address: Address) -> httpx2.Request:
    """Return the request to that very address; ``Host`` and the name TLS checks are those of the URL."""
    target = asked.target
    literal = f"[{address}]" if address.version == 6 else str(address)
    headers = httpx2.Headers(dict(asked.headers))
    headers.update({"Host": target.authority, "Accept-Encoding": "identity", "Connection": "close"})
    return httpx2.Request(
        asked.method,
        f"{target.scheme}://{literal}:{target.port}{target.path}",
        headers=headers,
        content=asked.content,
        extensions={"sni_hostname": target.host, "timeout": {"connect": CONNECT_SECONDS}},
    )


async def _read(response: httpx2.Response, limit: int) -> Answered:
    headers = dict(response.headers)
    if sum(len(name) + len(value) for name, value in response.headers.raw) > HEADERS_BOUND:
        raise TooLarge("the headers are too long")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Unreadable("the answer came compressed")
    body = bytearray()
    try:
        async with aclosing(response.aiter_raw()) as parts:
            async for part in parts:
                body += part
                if len(body) > limit:
                    raise TooLarge("the body is too long")
    except (httpx2.TransportError, OSError) as error:
        raise Unreadable(f"the answer broke off: {type(error).__name__}") from error
    return Answered(response.status_code, headers, bytes(body))
