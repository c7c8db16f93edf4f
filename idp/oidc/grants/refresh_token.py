"""The refresh token grant (RFC 6749 6, RFC 9700 4.14): every use gives a new token, an old one ends the family.

The one designed exception of law 2: the immediately previous token of a confidential client, within 30 s and while
its successor is unused, gets a fresh successor, and the unused one dies. It forgives a lost answer, nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, grants

from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import SECOND
from idp.kernel.ids import digest
from idp.oidc.exchange import Exchange, Ready, current
from idp.oidc.grants.target import target
from idp.oidc.ports import Grant, RefreshToken
from idp.signin.policy import standing

GRACE = 30 * SECOND


@dataclass(frozen=True, slots=True)
class RefreshView:
    """A refresh token with its family, as Authlib wants to see it. Scope is kept on the family alone."""

    token: RefreshToken
    family: Grant

    def check_client(self, client: Any) -> bool:
        """Tell whether the family is this client's."""
        return bool(self.family.client_id == client.get_client_id())

    def get_scope(self) -> str:
        """Return the scope first granted, as far as the operator still allows it; a narrowed access token changes
        nothing here."""
        return " ".join(current().client.granted(tuple(self.family.scope.split())))


class RefreshTokenGrant(grants.RefreshTokenGrant):  # type: ignore[misc]  # the library has no types
    """Rotates refresh tokens."""

    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> RefreshView | None:
        """Find an honoured family and its token; nothing is spent before the whole request was checked.

        A replay revokes the family here, at the first sight of a spent token beyond its grace.
        """
        exchange, name = current(), digest(refresh_token)
        family_id = exchange.unit.grants.lock_family(name)
        family = exchange.unit.grants.living(family_id, exchange.now) if family_id else None
        token = exchange.unit.grants.find_refresh(name)
        if family is None or token is None or family.client_id != exchange.client.id:
            return None
        if _is_replay(exchange, token):
            _replayed(exchange, family)
            return None
        return RefreshView(token, family)

    def authenticate_user(self, refresh_token: RefreshView) -> Ready:
        """Spend the token: the receipt for making its successors. Raises ``InvalidGrantError``,
        ``InvalidTargetError``."""
        exchange, token, family = current(), refresh_token.token, refresh_token.family
        resource = target(exchange, (family.resource or "").split())
        if token.first_used_at is None:
            if not exchange.unit.grants.spend_refresh(token.digest, exchange.now):
                raise InvalidGrantError
        elif not exchange.unit.grants.bury_successor(token.digest, exchange.now):
            _replayed(exchange, family)
            raise InvalidGrantError
        receipt = standing(exchange.unit.accounts.get(family.account_id), family.epoch, family.id)
        if receipt is None:
            raise InvalidGrantError
        return Ready(receipt, family, spent=token.digest, resource=resource)

    def revoke_old_credential(self, refresh_token: RefreshView) -> None:
        """Nothing is left to do: the token was spent before its successor was made."""


def _is_replay(exchange: Exchange, token: RefreshToken) -> bool:
    """Tell whether a token was spent or killed before, and the grace does not cover it."""
    if token.dead_at is not None:
        return True
    if token.first_used_at is None:
        return False
    return exchange.client.is_public or exchange.now > token.first_used_at + GRACE


def _replayed(exchange: Exchange, family: Grant) -> None:
    exchange.unit.grants.revoke(family.id, exchange.now)
    event = AuditEvent(Tag.REFRESH_REPLAYED, account=family.account_id, client=family.client_id)
    exchange.unit.audit.add(event)
