"""Mail by SMTP (RFC 5321): one connection per message, short time-outs, certificates verified.

What a refusal means is read from its code alone: the server's own sentence often quotes the member's
address, and neither the log nor the database may hold it.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

from idp.adapters.mail_folder import MailFolder
from idp.kernel.errors import OperatorError
from idp.kernel.holding import refuse_while_holding
from idp.post.deliverer import MailTransport, PermanentFailure, RecipientRefused, TemporaryFailure

TIMEOUT_SECONDS = 10.0
"""The longest wait for one answer of the server."""

_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_ENHANCED = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})(?:\s|\Z)")


@dataclass(frozen=True, slots=True)
class Server:
    """Where mails are handed over, as the setting says."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)


def read_url(url: str) -> Server:
    """Read ``smtp://``, ``smtps://`` or ``smtp+starttls://user:pass@host:port``. Raises ``OperatorError``."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        # The cause may quote the URL, and the URL a password.
        raise OperatorError("the SMTP URL cannot be read: is the port a number?") from None
    if parts.scheme not in _PORTS or not host:
        raise OperatorError("the SMTP URL must be smtp://host, smtps://host or smtp+starttls://host")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise OperatorError("the SMTP URL ends after host and port; a password writes / ? # @ as %XX")
    if (parts.username is None) != (parts.password is None):
        raise OperatorError("the SMTP URL needs both a user and a password, or neither")
    if parts.username is not None and parts.scheme == "smtp" and host not in _LOOPBACK:
        raise OperatorError("smtp:// would send the password in clear: use smtps:// or smtp+starttls://")
    user = None if parts.username is None else unquote(parts.username)
    password = None if parts.password is None else unquote(parts.password)
    return Server(parts.scheme, host, port or _PORTS[parts.scheme], user, password)


class SmtpTransport:
    """Hands messages to one SMTP server. ``trust`` replaces the machine's certificate authorities."""

    def __init__(self, url: str, trust: ssl.SSLContext | None = None) -> None:
        self._server = read_url(url)
        self._trust = trust

    def send(self, message: EmailMessage) -> None:
        """Hand one message over; see ``post.deliverer.MailTransport``."""
        refuse_while_holding("SMTP")
        try:
            with self._connected() as connection:
                _hand_over(connection, message)
        except OSError as error:
            # Every error of smtplib, ssl and the network is one. Only its kind and code are told.
            raise TemporaryFailure(f"SMTP: {type(error).__name__}{_code_of(error)}") from None

    def _authorities(self) -> ssl.SSLContext:
        return self._trust or ssl.create_default_context()

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """Open, secure and authenticate a connection; nothing is said in clear where TLS was asked for."""
        server = self._server
        connection = (
            smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=self._authorities())
            if server.scheme == "smtps"
            else smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
        )
        try:
            if server.scheme == "smtp+starttls":
                connection.starttls(context=self._authorities())
            if server.user is not None and server.password is not None:
                connection.login(server.user, server.password)
            yield connection
            _say_goodbye(connection)
        finally:
            connection.close()


def _hand_over(connection: smtplib.SMTP, message: EmailMessage) -> None:
    """Send the message. A refusal of recipient or message with a code 5yz is final (RFC 5321 4.2.1)."""
    try:
        connection.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, sentence = next(iter(error.recipients.values()))
        refusal = _refusal("the recipient", code, sentence)
        raise (RecipientRefused(*refusal.args) if isinstance(refusal, PermanentFailure) else refusal) from None
    except smtplib.SMTPDataError as error:
        raise _refusal("the message", error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPNotSupportedError:
        raise PermanentFailure("the server cannot carry an address with accents (SMTPUTF8)") from None


def _say_goodbye(connection: smtplib.SMTP) -> None:
    """Close politely. The message is accepted by now: a failure here must not have it sent again."""
    try:
        connection.quit()
    except OSError:
        connection.close()


def _refusal(what: str, code: int, sentence: bytes | str) -> TemporaryFailure | PermanentFailure:
    raw = sentence if isinstance(sentence, bytes) else sentence.encode("utf-8", "replace")
    enhanced = _ENHANCED.match(raw)
    detail = f" {enhanced.group(1).decode('ascii')}" if enhanced else ""
    reason = f"the server refused {what}: {code}{detail}"
    return PermanentFailure(reason) if 500 <= code <= 599 else TemporaryFailure(reason)


def _code_of(error: OSError) -> str:
    return f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""


def transport_for(url: str | None, folder: Path) -> MailTransport:
    """Return the way out that the settings name: an SMTP server, or files in ``folder``."""
    return MailFolder(folder) if url is None else SmtpTransport(url)
