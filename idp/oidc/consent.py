"""The member's consent (OpenID Connect Core 3.1.2.4): what is asked, and when it is owed.

A first-party portal asks nothing: the fund answers for it. A device is always asked for, whoever owns it: the member
must know that a device is about to be let in (RFC 8628 5.4). Every other portal asks once for what it wants to be told,
and again when it wants more, or says ``prompt=consent``.
"""

from __future__ import annotations

from typing import Final

from idp.oidc.claims import CLAIMS_OF
from idp.oidc.clients import Client
from idp.oidc.requests import AuthorizationRequest
from idp.oidc.wanted_claims import wanted_claims
from idp.signin.policy import Facts, Prompt


def asks(client: Client, asked: AuthorizationRequest) -> frozenset[str]:
    """Return the scopes a member must agree to; a single claim is asked for by the scope that tells it."""
    if client.metadata.idp_first_party and asked.device is None:
        return frozenset()
    wanted = wanted_claims(asked.claims).names
    telling = (scope for scope in client.metadata.idp_scopes_allowed if wanted.intersection(CLAIMS_OF.get(scope, ())))
    return frozenset((*asked.scopes, *telling))


def consent_owed(facts: Facts) -> bool:
    """The audience asks for something that the member has not allowed, or not for this request."""
    demand = facts.demand
    if not demand.asks:
        return False
    # A word given for this very request is kept with the others; taken back since, or for less, it does not do.
    return not demand.asks <= facts.allowed or (demand.anew and not demand.agreed)


CONSENT: Final = Prompt("consent", "oidc:consent", "consent_required", consent_owed)
