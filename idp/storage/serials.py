"""The serial of a card at rest: a keyed digest bound to its member, as ``version:digest`` (law 3)."""

from __future__ import annotations

import hmac

from idp.kernel.vault import Pepper


class UnknownKey(LookupError):
    """The digest carries a key version that this node does not hold."""


def seal_serial(pepper: Pepper, member_id: str, serial: str) -> str:
    """Return the text to store, under the newest key."""
    lookup = pepper.lookup(_purpose(member_id), serial)
    return f"{lookup.key_version}:{lookup.digest}"


def no_serial(pepper: Pepper) -> str:
    """Return a stored text that no serial matches: comparing with it takes as long as with a card's."""
    return f"{pepper.version}:{'-' * 64}"


def serial_matches(pepper: Pepper, member_id: str, stored: str, serial: str) -> bool:
    """Compare in constant time, under the key the stored digest was made with. Raises ``UnknownKey``."""
    version, _, digest = stored.partition(":")
    for lookup in pepper.lookups(_purpose(member_id), serial):
        if str(lookup.key_version) == version:
            return hmac.compare_digest(lookup.digest, digest)
    raise UnknownKey(f"no look-up key of version {version}")


def _purpose(member_id: str) -> str:
    return f"serial:{member_id}"
