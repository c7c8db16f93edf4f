"""A client that sends any bytes whatever: libraries refuse to say what an attacker says.

It keeps its connection as long as the server does. Every request that was written to a socket is counted.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass

Pair = tuple[bytes, bytes]
_PATIENCE = 20.0
"""Seconds for an answer that must come."""
_IMPATIENCE = 0.2
"""Seconds for an answer to bytes that may not be a whole request."""


class Silence(Exception):
    """The server closed the connection, or said nothing in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """Return the first header of a name, or the empty text."""
        return next((value for known, value in self.headers if known == name), "")

    def all(self, name: str) -> list[str]:
        """Return every header of a name."""
        return [value for known, value in self.headers if known == name]

    @property
    def kind(self) -> str:
        """The media type."""
        return self.header("content-type").partition(";")[0].strip().lower()


def message(method: bytes, target: bytes, headers: Sequence[Pair] = (), body: bytes | None = None) -> bytes:
    """Return a request as it goes over the wire; its length is named when it has a body."""
    lines = [b"%s %s HTTP/1.1" % (method, target), *(b"%s: %s" % pair for pair in headers)]
    if body is not None:
        lines.append(b"content-length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + (body or b"")


class Wire:
    """One client of one server, ``host:port`` on the loopback."""

    def __init__(self, url: str) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self.authority = f"{host}:{port}".encode()
        self._address = (host, int(port))
        self._kept: socket.socket | None = None
        self.sent = 0

    def close(self) -> None:
        """Let the connection go."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def ask(self, request: bytes, *, head: bool = False) -> Answer:
        """Send one whole request and return its answer. Raises ``Silence``."""
        fresh = self._kept is None
        connection = self._kept or self._connect()
        self._kept = None
        try:
            answer, keeps = self._exchange(connection, request, head=head)
        except (Silence, ConnectionError):
            connection.close()
            if fresh:
                raise
            return self.ask(request, head=head)  # a kept connection may be given up by the server at any time
        if keeps:
            self._kept = connection
        else:
            connection.close()
        return answer

    def throw(self, junk: bytes, *, hang_up: bool) -> Answer | None:
        """Send bytes on a connection of their own; return the first answer, if one comes."""
        connection = self._connect()
        connection.settimeout(_IMPATIENCE)
        with connection:
            try:
                self.sent += 1
                connection.sendall(junk)
                if hang_up:
                    connection.shutdown(socket.SHUT_WR)
                return _read(connection, head=junk.startswith(b"HEAD"))[0]
            except (Silence, OSError):
                return None

    def _connect(self) -> socket.socket:
        connection = socket.create_connection(self._address, _PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _exchange(self, connection: socket.socket, request: bytes, *, head: bool) -> tuple[Answer, bool]:
        connection.sendall(request)
        answer, keeps = _read(connection, head=head)
        self.sent += 1
        return answer, keeps


def _read(connection: socket.socket, *, head: bool) -> tuple[Answer, bool]:
    """Return an answer, and whether the connection may be used again."""
    buffer = b""
    while True:
        while b"\r\n\r\n" not in buffer:
            buffer += _more(connection)
        start, _, buffer = buffer.partition(b"\r\n\r\n")
        first, *lines = start.decode("latin-1").split("\r\n")
        status = int(first.split(" ", 2)[1])
        if status >= 200:
            break
    headers = tuple((name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines))
    known = dict(headers)
    keeps = known.get("connection", "").lower() != "close"
    if head or status in (204, 304):
        return Answer(status, headers, b""), keeps
    if "content-length" in known:
        length = int(known["content-length"])
        while len(buffer) < length:
            buffer += _more(connection)
        return Answer(status, headers, buffer[:length]), keeps and len(buffer) == length
    if known.get("transfer-encoding", "").lower() == "chunked":
        return Answer(status, headers, _chunks(connection, buffer)), keeps
    raise AssertionError(f"an answer without a length: {start!r}")


def _chunks(connection: socket.socket, buffer: bytes) -> bytes:
    body = b""
    while True:
        while b"\r\n" not in buffer:
            buffer += _more(connection)
        size, _, buffer = buffer.partition(b"\r\n")
        length = int(size, 16)
        while len(buffer) < length + 2:
            buffer += _more(connection)
        body += buffer[:length]
        buffer = buffer[length + 2 :]
        if length == 0:
            return body


def _more(connection: socket.socket) -> bytes:
    try:
        found = connection.recv(65536)
    except TimeoutError:
        raise Silence from None
    if not found:
        raise Silence
    return found
