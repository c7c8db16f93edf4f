"""Which URIs a client may register (law 8): https, or http on this very machine, complete, and without surprises."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from idp.web.issuer import is_loopback

LONGEST = 2048
_ANSWERED: Final = frozenset({
    "access_token", "code", "error", "error_description", "error_uri", "expires_in", "id_token", "iss", "response",
    "scope", "session_state", "state", "token_type",
})  # fmt: skip
"""Parameters of authorization responses, as the registry of RFC 6749 11.2 has them for what we speak."""
_CHARACTERS = re.compile(r"[!$-;=?-\[\]_a-z~]+\Z")
"""The characters of RFC 3986 without ``#``, which starts a fragment."""
_AUTHORITY = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?)(?::[1-9][0-9]{0,4})?\Z")
"""A host as names and addresses are written, and a port: what every parser reads alike. RFC 3986 allows more in a
host, such as ``;`` and ``,``, which would end a directive of the policies that this authority goes into."""


def problem(uri: object) -> str | None:
    """Say in a few words what is wrong with a URI for the operator, or None. Pure."""
    if not isinstance(uri, str) or not uri:
        return "must be a URI"
    if len(uri) > LONGEST:
        return f"is longer than {LONGEST} characters"
    if "#" in uri:
        return "must not have a fragment"
    if not _CHARACTERS.match(uri):
        return "has characters that no URI has"
    try:
        parts = urlsplit(uri)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "cannot be read as a URI"
    if not host or "*" in host:
        return "needs a host, written out"
    if "@" in parts.netloc:
        return "must not have a user name or password"
    if not _AUTHORITY.match(parts.netloc):
        return "has a host or a port that cannot be read"
    if parts.scheme == "http" and not is_loopback(host):
        return "must use https (http only on localhost, 127.0.0.1 or [::1])"
    return None if parts.scheme in ("https", "http") else "must use https"


def answered_twice(redirect_uri: str) -> str | None:
    """Return a parameter of the URI's own query that an answer brings too, or None. Pure.

    The query stays in the answer (RFC 6749 3.1.2), where a parameter must not stand twice (3.1): which one counts
    would be each portal's guess.
    """
    own = parse_qsl(urlsplit(redirect_uri).query, keep_blank_values=True)
    return next((name for name, _ in own if name in _ANSWERED), None)
