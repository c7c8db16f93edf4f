"""Clients' logos (OpenID Connect Registration 2): fetched when they are registered, checked, then served by us.

A member's browser asks nobody else for a picture: who is signing in where stays between the member and us. A logo that
cannot be had keeps nobody from registering; the page then has the portal's initials.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from idp.kernel.log import get_logger
from idp.oidc.pictures import picture
from idp.outbound.errors import OutboundError

if TYPE_CHECKING:
    from idp.oidc.clients import Client, Metadata
    from idp.outbound.client import Outbound

PATH: Final = "/oidc/logo"
LONGEST: Final = 64 * 1024
"""Bytes of the longest logo."""
WIDEST: Final = 1024
"""Pixels of a side."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture whose kind we told from its bytes, never from what its site says."""

    media_type: str
    body: bytes


def read_logo(body: bytes) -> Logo | None:
    """Return a picture of a kind that runs no script and unpacks to no more than our pages can show; None for anything
    else, SVG among it. Pure."""
    found = picture(body)
    if found is None or not all(0 < side <= WIDEST for side in found[1]):
        return None
    return Logo(found[0], body)


async def fetch_logo(outbound: Outbound, metadata: Metadata, known: Client | None = None) -> Logo | None:
    """Return the logo that a client registers (*ask*: nothing is held); None when there is none to keep anew.

    ``known`` is the client as it was: the logo of an address that did not change is not fetched a second time.
    """
    uri = metadata.logo_uri
    if uri is None or (known is not None and known.logo_at is not None and known.metadata.logo_uri == uri):
        return None
    try:
        answered = await outbound.ask("GET", uri, headers={"accept": "image/*"}, limit=LONGEST)
    except OutboundError as error:
        get_logger().info("client.logo_not_fetched", reason=str(error))
        return None
    logo = read_logo(answered.body) if answered.status == 200 else None
    if logo is None:
        get_logger().info("client.logo_not_taken", status=answered.status)
    return logo


def logo_path(client: Client) -> str | None:
    """Return where we serve a client's logo; None when there is none. The address changes with the logo."""
    return None if client.logo_at is None else f"{PATH}/{quote(client.id, safe='')}?{client.logo_at}"
