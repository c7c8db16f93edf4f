"""What this provider offers: the usual, and what only certification asks for (design section 7).

Discovery tells it, requests and registrations are checked against it. Implicit and hybrid put tokens into addresses
(RFC 9700 2.1.2), a request object or an iframe adds ways to err: nobody has them unless the operator says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CODE: Final = "code"
HYBRID: Final = ("code id_token", "code token", "code id_token token")
IMPLICIT: Final = ("id_token", "id_token token")
RESPONSE_MODES: Final = ("query", "fragment", "form_post")


@dataclass(frozen=True, slots=True)
class Offered:
    """One set of features. A response type is written with its words in the order of OAuth 2.0 Multiple Response
    Types 3 and 5."""

    response_types: tuple[str, ...]
    request_objects: bool
    frontchannel_logout: bool
    session_management: bool


USUAL: Final = Offered((CODE,), request_objects=False, frontchannel_logout=False, session_management=False)
CERTIFICATION: Final = Offered(
    (CODE, *IMPLICIT, *HYBRID), request_objects=True, frontchannel_logout=True, session_management=True
)


def offered(*, certification: bool) -> Offered:
    """Return what a provider with this setting offers."""
    return CERTIFICATION if certification else USUAL


def response_type(text: str) -> str:
    """Return a response type with its words in our order; their order has no meaning (RFC 6749 3.1.1)."""
    words = text.split()
    for known in CERTIFICATION.response_types:
        if sorted(known.split()) == sorted(words):
            return known
    return text
