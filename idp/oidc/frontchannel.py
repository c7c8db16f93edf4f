"""Front-channel logout (OpenID Connect Front-Channel Logout 1.0): best effort, for certification alone.

Browsers keep a portal's cookies from a page of ours; what must be heard goes by the back channel.
"""

from __future__ import annotations

from idp.oidc.offered import Offered
from idp.oidc.ports import ClientStore
from idp.signin.ports import PortalSession
from idp.web.links import with_params


def frames(
    clients: ClientStore, portals: tuple[PortalSession, ...], issuer: str, offered: Offered
) -> tuple[str, ...]:
    """Return the pages by which portals end their sessions in this browser (section 2), with ``iss`` and ``sid``."""
    if not offered.frontchannel_logout:
        return ()
    found = []
    for portal in portals:
        client = clients.get(portal.client)
        uri = client.metadata.frontchannel_logout_uri if client is not None else None
        if uri is not None:
            found.append(with_params(uri, {"iss": issuer, "sid": portal.sid}))
    return tuple(found)
