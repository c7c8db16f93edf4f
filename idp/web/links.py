"""Links to others: parameters appended to a URI that somebody registered with us."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode


def with_params(uri: str, params: Mapping[str, str]) -> str:
    """Append parameters to a registered URI, keeping its own query as it is (RFC 6749 3.1.2)."""
    if not params:
        return uri
    joint = "?" if "?" not in uri else "" if uri.endswith(("?", "&")) else "&"
    return uri + joint + urlencode(params)
