"""Answers that misbehave on the wire, below HTTP."""

import asyncio
import socket
import struct
import zlib
from collections.abc import AsyncIterator
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

MEBIBYTE: Final = 1024 * 1024
HUGE: Final = 50 * MEBIBYTE
BOMB: Final = 200 * MEBIBYTE


class OpenProtocol(H11Protocol):
    """Lets an answer reach its connection, under `scope["state"]["transport"]`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the connection."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Misbehaving(Response):
    """Sends `told` in one of the wrong ways of `faults.WIRE`. Ends when the other side hangs up."""

    def __init__(self, told: Response, how: str) -> None:
        super().__init__(told.body, told.status_code)
        self.raw_headers = told.raw_headers
        self._how = how

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Misbehave once."""
        transport: asyncio.Transport = scope["state"]["transport"]
        if self._how == "close":
            transport.close()
        elif self._how == "reset":
            # Lingering for no time at all makes the kernel send a reset instead of a farewell.
            found: Any = transport.get_extra_info("socket")
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        elif self._how == "truncate":
            await send(self._start(len(self.body)))
            await send({"type": "http.response.body", "body": self.body[: len(self.body) // 2], "more_body": True})
            transport.close()
        elif self._how != "hang":
            await self._stream(receive, send)
            return
        await _hung_up(receive)

    async def _stream(self, receive: Receive, send: Send) -> None:
        if self._how == "gzip_bomb":
            await send(self._start(None, (b"content-encoding", b"gzip")))
            chunks = _bomb()
        elif self._how == "huge":
            await send(self._start(HUGE))
            chunks = _blanks()
        else:
            await send(self._start(len(self.body)))
            chunks = _drops(bytes(self.body), receive)
        async for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def _start(self, length: int | None, *more: tuple[bytes, bytes]) -> Message:
        headers = [pair for pair in self.raw_headers if pair[0].lower() != b"content-length"]
        if length is not None:
            headers.append((b"content-length", str(length).encode()))
        return {"type": "http.response.start", "status": self.status_code, "headers": [*headers, *more]}


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _drops(body: bytes, receive: Receive) -> AsyncIterator[bytes]:
    """One byte a second, until nobody reads."""
    gone = asyncio.ensure_future(_hung_up(receive))
    try:
        for index in range(len(body)):
            yield body[index : index + 1]
            done, _ = await asyncio.wait({gone}, timeout=1)
            if done:
                return
    finally:
        gone.cancel()


async def _blanks() -> AsyncIterator[bytes]:
    for _ in range(HUGE // MEBIBYTE):
        yield b" " * MEBIBYTE


async def _bomb() -> AsyncIterator[bytes]:
    """Some 200 KiB that unpack to a thousand times as much."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(BOMB // MEBIBYTE):
        yield packer.compress(b" " * MEBIBYTE)
    yield packer.flush()
