"""Links to others: what is made of a URI that somebody registered with us, which was checked then."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit


def with_params(uri: str, params: Mapping[str, str]) -> str:
    """Append parameters to a registered URI, keeping its own query as it is (RFC 6749 3.1.2)."""
    if not params:
        return uri
    joint = "?" if "?" not in uri else "" if uri.endswith(("?", "&")) else "&"
    return uri + joint + urlencode(params)


def origin(uri: str) -> str:
    """Return the origin of a URI, for the policy of a page that leads or listens there (RFC 6454 6.2)."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
