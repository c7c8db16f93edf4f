"""A real SMTP server on the loopback: keeps what it accepts, refuses, hangs up or disappears when told to."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Behaviour:
    """What the server does with the next messages."""

    at_recipient: str | None = None
    at_data: str | None = None
    hang_up_after_data: bool = False


@dataclass
class SmtpServer:
    """The running server: where it is, what it got, how it is to behave."""

    port: int
    loop: asyncio.AbstractEventLoop
    listen: Callable[[], Awaitable[asyncio.Server]]
    behaviour: Behaviour = field(default_factory=Behaviour)
    envelopes: list[Envelope] = field(default_factory=list)
    dies_at: str | None = None
    """``recipient``, ``data``, ``kept`` or ``goodbye``: there it ends like ``stop``, the next time it gets there."""
    deaths: list[str] = field(default_factory=list)
    open: set[asyncio.Transport] = field(default_factory=set)
    _listening: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def is_up(self) -> bool:
        return self._listening is not None

    def start(self) -> None:
        """Listen, on the same port as before."""
        asyncio.run_coroutine_threadsafe(self._start(), self.loop).result(5)

    def stop(self) -> None:
        """Stop listening, and hang up on everybody in the middle of a word."""
        asyncio.run_coroutine_threadsafe(self._stop(), self.loop).result(5)

    async def die(self, point: str) -> bool:
        """Die here if that was wished; called by the server itself."""
        if self.dies_at != point:
            return False
        self.dies_at = None
        self.deaths.append(point)
        await self._stop()
        return True

    async def _start(self) -> None:
        if self._listening is None:
            self._listening = await self.listen()

    async def _stop(self) -> None:
        if self._listening is None:
            return
        for listener in self._listening.sockets:
            self.loop.remove_reader(listener.fileno())
        # Who was just let in gets a transport in the next round and is known in the one after: only then hang up.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        for transport in tuple(self.open):
            transport.abort()

    @property
    def messages(self) -> list[EmailMessage]:
        """Return every accepted message, oldest first."""
        return [read_message(envelope.original_content or b"") for envelope in self.envelopes]


def read_message(raw: bytes) -> EmailMessage:
    """Parse a message as it came over the wire."""
    message = message_from_bytes(raw, policy=POLICY)
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, kind: str) -> str:
    """Return the text of one alternative, ``plain`` or ``html``."""
    found = message.get_body((kind,))
    assert found is not None
    text: str = found.get_content()
    return text


class _Handler:
    def __init__(self) -> None:
        self.server: SmtpServer | None = None

    @property
    def kept(self) -> SmtpServer:
        assert self.server is not None
        return self.server

    # The server looks its hooks up by these names.
    async def handle_RCPT(  # noqa: N802
        self, _smtp: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if await self.kept.die("recipient"):
            return GONE
        if self.kept.behaviour.at_recipient:
            return self.kept.behaviour.at_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, smtp: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if await self.kept.die("data"):
            return GONE
        if self.kept.behaviour.at_data:
            return self.kept.behaviour.at_data
        self.kept.envelopes.append(envelope)
        if await self.kept.die("kept"):
            return GONE
        if self.kept.behaviour.hang_up_after_data:
            assert smtp.transport is not None
            smtp.transport.close()
        return "250 accepted"

    async def handle_QUIT(self, _smtp: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        await self.kept.die("goodbye")
        return "221 Bye"


GONE = "421 nobody hears this"


class _Conversation(SMTP):
    """One connection, known to the server as long as it is open."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert isinstance(transport, asyncio.Transport)
        self.event_handler.kept.open.add(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.kept.open.discard(self.transport)
        super().connection_lost(error)


def seat() -> socket.socket:
    """Return a socket that keeps its port for one server of this process, also while that server is away."""
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", 0))
    return taken


@contextmanager
def smtp_server(
    tls: ssl.SSLContext | None = None, *, starttls: bool = False, login: tuple[str, str] | None = None
) -> Iterator[SmtpServer]:
    """Run a server: plain, with TLS from the first byte, or with STARTTLS; ``login`` demands that user."""
    handler = _Handler()

    def check(_s: SMTP, _session: Session, _e: Envelope, _mechanism: str, data: object) -> AuthResult:
        wanted = login and LoginPassword(login[0].encode(), login[1].encode())
        return AuthResult(success=data == wanted, handled=False)

    def connection() -> SMTP:
        return _Conversation(
            handler,
            hostname="mail.test",
            enable_SMTPUTF8=False,
            tls_context=tls if starttls else None,
            require_starttls=starttls,
            authenticator=check if login else None,
            auth_required=login is not None,
            auth_require_tls=login is not None,
            loop=loop,
        )

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="smtp", daemon=True)
    thread.start()
    with seat() as kept:
        port: int = kept.getsockname()[1]
        handler.server = SmtpServer(
            port,
            loop,
            lambda: loop.create_server(connection, "127.0.0.1", port, ssl=None if starttls else tls),
        )
        handler.server.start()
        try:
            yield handler.server
        finally:
            handler.server.stop()
            asyncio.run_coroutine_threadsafe(_finish(), loop).result(5)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(5)
            loop.close()


async def _finish() -> None:
    """End the conversations still open."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
