"""Why a request to another machine gave nothing. No message holds an address, a header or a byte of an answer."""

from __future__ import annotations

from idp.kernel.errors import IdpError


class OutboundError(IdpError):
    """Base: there is no answer to read."""


class Refused(OutboundError):
    """Our own rules forbid the request: its URL, its scheme or an address of its host. Nothing was sent."""


class Unreachable(OutboundError):
    """No answer began: no name, no connection, no trusted TLS, hung up before the status, or no HTTP at all."""


class Unreadable(OutboundError):
    """An answer began and is not whole: it broke off, or came compressed although that was not asked for."""


class TooSlow(OutboundError):
    """The whole exchange took longer than its limit."""


class TooLarge(OutboundError):
    """Headers or body are longer than their bounds."""
