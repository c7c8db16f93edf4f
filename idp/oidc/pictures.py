"""How large a picture is, read from its first bytes: a small file may unpack to gigabytes on an old phone.

PNG 11.2.1 (IHDR); GIF89a 18 (logical screen); RFC 9649 2.4 to 2.7 (WebP); ITU-T T.81 B.2.2 (JPEG, the frame header).
"""

from __future__ import annotations

from collections.abc import Callable
from struct import error, unpack_from
from typing import Final

Size = tuple[int, int]

_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of a JPEG's frame header; the three others are tables and an extension."""
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a segment."""


def picture(body: bytes) -> tuple[str, Size] | None:
    """Return the media type and the width and height in pixels; None for anything that is no such picture. Pure."""
    for starts, media_type, size in _KINDS:
        if body.startswith(starts):
            try:
                found = size(body)
            except (error, IndexError):
                return None
            return None if found is None else (media_type, found)
    return None


def _png(body: bytes) -> Size | None:
    return _pair(">II", body, 16) if body[12:16] == b"IHDR" else None


def _gif(body: bytes) -> Size:
    return _pair("<HH", body, 6)


def _webp(body: bytes) -> Size | None:
    match body[8:16]:
        case b"WEBPVP8X":
            return int.from_bytes(body[24:27], "little") + 1, int.from_bytes(body[27:30], "little") + 1
        case b"WEBPVP8L" if body[20] == 0x2F:
            (bits,) = unpack_from("<I", body, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"WEBPVP8 " if body[23:26] == b"\x9d\x01\x2a":
            width, height = _pair("<HH", body, 26)
            return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg(body: bytes) -> Size | None:
    place = 2
    while body[place] == 0xFF:
        marker = body[place + 1]
        if marker == 0xFF:  # filling
            place += 1
        elif marker in _ALONE:
            place += 2
        elif marker in _FRAMES:
            height, width = _pair(">HH", body, place + 5)
            return width, height
        else:
            (length,) = unpack_from(">H", body, place + 2)
            place += 2 + length
    return None


def _pair(layout: str, body: bytes, place: int) -> Size:
    first, second = unpack_from(layout, body, place)
    return first, second


_KINDS: Final[tuple[tuple[bytes, str, Callable[[bytes], Size | None]], ...]] = (
    (b"\x89PNG\r\n\x1a\n", "image/png", _png),
    (b"\xff\xd8\xff", "image/jpeg", _jpeg),
    (b"GIF87a", "image/gif", _gif),
    (b"GIF89a", "image/gif", _gif),
    (b"RIFF", "image/webp", _webp),
)
