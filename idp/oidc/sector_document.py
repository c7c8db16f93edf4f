"""The document at a ``sector_identifier_uri`` (OpenID Connect Registration 5): its host vouches for the addresses.

Clients of one sector are told the same subject for a member. Without this document anybody could name another's sector.
"""

from __future__ import annotations

from typing import Final

from idp.kernel.strict import Malformed, read_array
from idp.oidc.clients import ClientMetadataError, Metadata
from idp.outbound.client import Outbound
from idp.outbound.errors import OutboundError

_FIELD: Final = "sector_identifier_uri"
_REFUSED: Final = "must answer with a JSON array that holds every redirect URI"
"""One sentence for all that can go wrong: whoever registers must not learn which machines answer us, and what."""


async def check_sector(outbound: Outbound, metadata: Metadata) -> None:
    """Fetch the document (*ask*: nothing is held). Raises ``ClientMetadataError`` when it does not vouch."""
    if metadata.sector_identifier_uri is None:
        return
    try:
        answered = await outbound.ask("GET", metadata.sector_identifier_uri, headers={"accept": "application/json"})
        listed = read_array(answered.body) if answered.status == 200 else []
    except (OutboundError, Malformed) as error:
        raise ClientMetadataError(_FIELD, _REFUSED) from error
    vouched = {each for each in listed if isinstance(each, str)}
    if not vouched.issuperset(metadata.redirect_uris):
        raise ClientMetadataError(_FIELD, _REFUSED)
