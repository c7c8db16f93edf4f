"""Base errors. Where an error goes is decided by its type: shown to the person, or returned to a client."""

from __future__ import annotations

from collections.abc import Mapping


class IdpError(Exception):
    """Base of every error this product raises on purpose."""


class ShownError(IdpError):
    """A page for the person in front of the browser.

    ``message`` is the stem of two catalogue ids, ``{message}.title`` and ``{message}.text``; ``status`` the HTTP
    status; ``params`` the values of the sentences; ``retry_after`` whole seconds for the header of that name.
    """

    def __init__(
        self, message: str, status: int, params: Mapping[str, str] | None = None, *, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.params = dict(params or {})
        self.retry_after = retry_after


class Conflict(IdpError):
    """A conditional write found other facts than the ones it decided on: somebody else was faster."""


class ConnectionHeld(IdpError):
    """A database connection was held while asking for another or while entering *ask*: a fault of ours."""


class OperatorError(IdpError):
    """A truthful sentence for the operator: the command ends with status 1 and shows it."""
