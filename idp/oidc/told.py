"""What a client is told about a member: by scope, and by single claims that it wanted."""

from __future__ import annotations

from collections.abc import Iterable

from idp.oidc.claims import Claims, claims_of
from idp.oidc.clients import Client
from idp.oidc.ports import OidcUnit
from idp.oidc.profiles import profile_of
from idp.signin.policy import Standing


def told(
    unit: OidcUnit, client: Client, standing: Standing, scopes: Iterable[str], wanted: frozenset[str]
) -> Claims | None:
    """Return the claims of these scopes, and the wanted ones of any scope that the client may have; None for an account
    whose member is gone. ``wanted`` names of the protocol are nothing about the person. The receipt says that the
    member owes nothing (law 1)."""
    account = unit.accounts.get(standing.account)
    member = unit.members.get(account.member_id) if account is not None else None
    if account is None or member is None:
        return None
    tells = profile_of(client.metadata).tells
    claims = claims_of(tells, scopes, member, account)
    if wanted:
        whole = claims_of(tells, client.metadata.idp_scopes_allowed, member, account)
        claims |= {name: value for name, value in whole.items() if name in wanted}
    return claims
