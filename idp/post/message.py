"""Messages as they go over the wire: one recipient, headers nobody can inject into (look.md section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import urlsplit

from idp.kernel.clock import Instant, moment

LONGEST_ADDRESS = 254
"""RFC 5321 section 4.5.3.1.3, without the angle brackets."""

_NEVER_IN_AN_ADDRESS = frozenset('<>()[]:;,\\"')


class BadAddress(ValueError):
    """Not one plain e-mail address. The text never holds the address."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What one message says. ``id`` is the left side of its Message-ID: ids of ours only."""

    id: str
    to: str
    subject: str
    text: str
    html: str
    date: Instant


def recipient(address: str) -> Address:
    """Return the one recipient of a message, an international domain in its ASCII form.

    Raises ``BadAddress`` for whatever could be read as two addresses, a name or another header.
    """
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain or "@" in local:
        raise BadAddress("not one local part and one domain")
    if len(address) > LONGEST_ADDRESS:
        raise BadAddress("too long")
    if any(c.isspace() or not c.isprintable() or c in _NEVER_IN_AN_ADDRESS for c in address):
        raise BadAddress("characters that no address holds")
    try:
        return Address(addr_spec=f"{local}@{domain.encode('idna').decode('ascii')}")
    except (ValueError, IndexError, MessageError):
        # The cause quotes the address: it must reach neither a log nor the database.
        raise BadAddress("not an e-mail address") from None


def read_sender(sender: str) -> Address:
    """Return the From address of the setting, as ``a@b`` or ``Name <a@b>``. Raises ``BadAddress``."""
    name, opened, rest = sender.rpartition("<")
    if not opened:
        return recipient(sender.strip())
    if not rest.endswith(">") or not name.isprintable():
        raise BadAddress("not an address, nor a name and an address in angle brackets")
    plain = recipient(rest[:-1])
    return Address(name.strip().strip('"'), plain.username, plain.domain)


def message_host(issuer: str) -> str:
    """Return the right side of our Message-IDs: the issuer's host without its port (RFC 5322 3.6.4)."""
    host = urlsplit(issuer).hostname or "localhost"
    return f"[IPv6:{host}]" if ":" in host else host


def compose(draft: Draft, sender: Address, host: str) -> EmailMessage:
    """Return the draft as ``multipart/alternative``.

    Raises ``BadAddress``, and ``ValueError`` for a line break in a header.

    Quoted-printable keeps short lines as they are, whatever the servers on the way can carry: a word that
    stands alone on its line arrives so.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = recipient(draft.to)
    message["Subject"] = draft.subject
    message["Date"] = format_datetime(moment(draft.date))
    message["Message-ID"] = f"<{draft.id}@{host}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answer to an automatic message
    message.set_content(draft.text, charset="utf-8", cte="quoted-printable")
    message.add_alternative(draft.html, subtype="html", charset="utf-8", cte="quoted-printable")
    return message
