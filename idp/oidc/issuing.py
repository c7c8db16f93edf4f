"""What a request comes to once the member is cleared: a code, tokens by the browser, or a device let in (law 1)."""

from __future__ import annotations

from collections.abc import Mapping

from idp.kernel.errors import ShownError
from idp.kernel.ids import digest
from idp.oidc.clients import Client
from idp.oidc.codes import issue_code
from idp.oidc.exchange import Exchange
from idp.oidc.front import front_tokens
from idp.oidc.levels import level_told
from idp.oidc.offered import CODE
from idp.oidc.ports import OidcUnit
from idp.oidc.requests import AuthorizationRequest
from idp.oidc.wanted_claims import wanted_claims
from idp.signin.policy import LOGIN, Cleared, Facts


def issue(exchange: Exchange, cleared: Cleared, facts: Facts, asked: AuthorizationRequest) -> Mapping[str, str]:
    """Return the parameters of the answer; a device's browser gets none. Raises ``ReturnedError`` for a member or a
    level that was not asked for, ``ShownError`` when the device was decided on meanwhile."""
    unit, client, session, account = exchange.unit, exchange.client, facts.session, facts.account
    if session is None or account is None:  # a receipt without them does not exist
        raise asked.refusal(LOGIN.error, "nobody is signed in")
    if not is_hinted(unit, facts, client, asked):
        raise asked.refusal(LOGIN.error, "the member signed in is not the one of id_token_hint")
    acr = level_told(cleared.acr, client.metadata.idp_acr_map, account.proven_by)
    if acr is None:  # the code of OpenID Connect Core Unmet Authentication Requirements 1.0
        raise asked.refusal("unmet_authentication_requirements", "the member was not proven well enough")
    demanded = wanted_claims(asked.claims).acr
    if demanded and acr not in demanded:
        raise asked.refusal("unmet_authentication_requirements", "no level demanded as essential was reached")
    if asked.device is not None:
        if not unit.devices.allow(asked.device, digest(issue_code(exchange, cleared, session, asked, acr)), facts.now):
            raise ShownError("error.device_over", 409)
        return {}
    code = issue_code(exchange, cleared, session, asked, acr) if CODE in asked.response_type.split() else None
    tokens = front_tokens(exchange, cleared, session, asked, acr, code)
    return tokens if code is None else {"code": code, **tokens}


def is_hinted(unit: OidcUnit, facts: Facts, client: Client, asked: AuthorizationRequest) -> bool:
    """Tell whether the member here is the one of the hint (OpenID Connect Core 3.1.2.1), or nobody was hinted."""
    if asked.hint_sub is None or facts.account is None:
        return asked.hint_sub is None
    return unit.grants.subject(facts.account.id, client.sector) == asked.hint_sub
