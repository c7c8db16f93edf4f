"""Reading what the upstream provider sent, strictly (``kernel.strict``): what cannot be read is not trusted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from idp.federation.errors import Distrusted
from idp.kernel import strict

TOKEN_BOUND = 16 * 1024
"""Characters of the longest token that is read; FranceConnect's have about 2,000."""


def read_object(body: bytes) -> dict[str, Any]:
    """Return a JSON object. Raises ``Distrusted``."""
    try:
        return strict.read_object(body)
    except strict.Malformed as error:
        raise Distrusted(f"an answer {error}") from None


def split_compact(token: str, parts: int) -> tuple[Mapping[str, Any], list[str]]:
    """Return the header and the parts of a compact JOSE object: 3 of a signature, 5 of an encryption.

    Raises ``Distrusted``.
    """
    try:
        return strict.split_compact(token, parts, TOKEN_BOUND)
    except strict.Malformed as error:
        raise Distrusted(f"a token {error}") from None
