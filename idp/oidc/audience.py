"""For whom an access token is (RFC 8707, RFC 9068 3): the resource servers its client named, else our own userinfo.

A token for somebody else's resource server opens nothing at userinfo: the server that receives it must not be able to
ask us who the member is. A client that wants one token for both has the address of userinfo among its
``idp_resources`` and names it too.
"""

from __future__ import annotations

from typing import Final

USERINFO: Final = "/oidc/userinfo"


def audience(issuer: str, resource: str | None, *, of_member: bool = True) -> str | list[str]:
    """Return the ``aud`` of a token. One that speaks of no member and names nobody is for this provider alone."""
    if resource is None:
        return issuer + USERINFO if of_member else issuer
    named = resource.split()
    return named[0] if len(named) == 1 else named


def is_for_userinfo(issuer: str, resource: str | None) -> bool:
    """Tell whether userinfo is among those a member's token is for."""
    return resource is None or issuer + USERINFO in resource.split()
