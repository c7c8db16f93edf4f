"""A real SMTP server on the loopback: keeps what it accepts, refuses, hangs up or disappears when told to."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
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
    stop: Callable[[], None]
    behaviour: Behaviour = field(default_factory=Behaviour)
    envelopes: list[Envelope] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

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
    def _kept(self) -> SmtpServer:
        assert self.server is not None
        return self.server

    # The server looks its hooks up by these names.
    async def handle_RCPT(  # noqa: N802
        self, _smtp: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self._kept.behaviour.at_recipient:
            return self._kept.behaviour.at_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, smtp: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self._kept.behaviour.at_data:
            return self._kept.behaviour.at_data
        self._kept.envelopes.append(envelope)
        if self._kept.behaviour.hang_up_after_data:
            assert smtp.transport is not None
            smtp.transport.close()
        return "250 accepted"


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
        return SMTP(
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
    listener = socket.create_server(("127.0.0.1", 0))
    port: int = listener.getsockname()[1]
    factory = loop.create_server(connection, sock=listener, ssl=None if starttls else tls)
    running = loop.run_until_complete(factory)
    thread = threading.Thread(target=loop.run_forever, name="smtp", daemon=True)
    thread.start()

    def stop() -> None:
        if not loop.is_closed():
            asyncio.run_coroutine_threadsafe(_close(running), loop).result(5)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(5)
            loop.close()

    handler.server = SmtpServer(port, stop)
    try:
        yield handler.server
    finally:
        stop()


async def _close(server: asyncio.Server) -> None:
    """Stop listening and end the conversations still open."""
    server.close()
    await server.wait_closed()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
