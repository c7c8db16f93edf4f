"""*Read*: the first beat. The body is awaited whole, within bounds, into a plain immutable form (law 10)."""

from __future__ import annotations

from urllib.parse import parse_qsl

import anyio
from starlette.requests import ClientDisconnect, Request

from idp.kernel.errors import ShownError

BODY_LIMIT = 64 * 1024
"""Bytes of an urlencoded body: a member types a few hundred, a portal a few thousand."""
DRAIN_LIMIT = 32 * 1024 * 1024
FIELD_LIMIT = 60
_DRAIN_SECONDS = 10


class Form:
    """What was posted: names to values, in order. Control characters became U+FFFD, so that no store sees a NUL."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs

    def get(self, name: str) -> str:
        """Return the first value of a field, or the empty text."""
        return next((value for key, value in self.pairs if key == name), "")


async def read_body(request: Request) -> bytes:
    """Return the body, whole.

    Raises ``ShownError`` 413 above the limit, after draining so that the browser sees the page, and 408 for a body that
    did not arrive.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > DRAIN_LIMIT:
        raise ShownError("error.too_large", 413)
    chunks: list[bytes] = []
    size = 0
    try:
        with anyio.move_on_after(_DRAIN_SECONDS) as scope:
            async for chunk in request.stream():
                size += len(chunk)
                if size > DRAIN_LIMIT:
                    break
                if size <= BODY_LIMIT:
                    chunks.append(chunk)
    except ClientDisconnect as gone:
        raise ShownError("error.form_expired", 408) from gone  # nobody reads it; it is no fault of ours
    if size > BODY_LIMIT:
        raise ShownError("error.too_large", 413)
    if scope.cancelled_caught:
        raise ShownError("error.form_expired", 408)
    return b"".join(chunks)


def parse_pairs(raw: bytes) -> list[tuple[str, str]]:
    """Decode urlencoded pairs, keeping order and repeats. Raises ``ShownError`` 413 past the number of fields."""
    try:
        return parse_qsl(
            raw.decode("utf-8", "replace"), keep_blank_values=True, errors="replace", max_num_fields=FIELD_LIMIT
        )
    except ValueError as error:
        raise ShownError("error.too_large", 413) from error


async def read_form(request: Request) -> Form:
    """Read one of our own forms. Raises ``ShownError`` 413, 408, or 415 for another content type."""
    body = await read_body(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise ShownError("error.form_expired", 415)
    return Form([(clean(name), clean(value)) for name, value in parse_pairs(body)])


def clean(text: str) -> str:
    """Replace control characters: they have no place in any field of ours."""
    return "".join("\ufffd" if (c < " " and c not in "\t\r\n") or c == "\x7f" else c for c in text)
