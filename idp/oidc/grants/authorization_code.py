"""The authorization code grant (RFC 6749 4.1.3) with PKCE S256 (RFC 7636): a code is worth its tokens once.

Looking a code up decides nothing; it is spent by one conditional statement after everything the client sent was
checked, so that a wrong verifier burns nothing. Whatever is wrong, the client hears ``invalid_grant``.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, grants

from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.ids import digest
from idp.kernel.strict import encoded
from idp.oidc.clients import OFFLINE_ACCESS
from idp.oidc.exchange import Exchange, Ready, current
from idp.oidc.grants.target import target
from idp.oidc.ports import Code, Grant
from idp.oidc.requests import AuthorizationRequest
from idp.oidc.tokens import grant_expiry
from idp.signin.policy import standing

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}\Z")


@dataclass(frozen=True, slots=True)
class CodeView:
    """A code as Authlib wants to see it."""

    code: Code
    request: AuthorizationRequest

    def get_redirect_uri(self) -> str:
        """Return the redirect URI that the token request must repeat."""
        return self.request.redirect_uri

    def get_scope(self) -> str:
        """Return the scope granted."""
        return " ".join(self.request.scopes)


class AuthorizationCodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]  # the library has no types
    """Redeems codes."""

    def query_authorization_code(self, code: str, client: Any) -> CodeView | None:
        """Find the code of this client; one that was spent revokes everything that came from it (law 2)."""
        exchange = current()
        found = exchange.unit.grants.find_code(digest(code))
        if found is None or found.client_id != client.get_client_id():
            return None
        if found.used_at is not None:
            _replayed(exchange, found)
            return None
        return CodeView(found, AuthorizationRequest.from_json(found.request))

    def authenticate_user(self, authorization_code: CodeView) -> Ready:
        """Spend the code and open its grant. Raises ``InvalidGrantError``, ``InvalidTargetError``."""
        return redeemed(current(), authorization_code.code)

    def delete_authorization_code(self, authorization_code: CodeView) -> None:
        """Keep the spent row: a replay must be seen (law 2)."""


def redeemed(exchange: Exchange, code: Code) -> Ready:
    """Spend a code and open its grant: the receipt for making tokens. Raises ``InvalidGrantError``,
    ``InvalidTargetError``."""
    asked = AuthorizationRequest.from_json(code.request)
    resource = target(exchange, asked.resource)
    if not exchange.unit.grants.redeem(code.digest, exchange.now):
        again = exchange.unit.grants.find_code(code.digest)
        if again is not None and again.used_at is not None:
            _replayed(exchange, again)
        raise InvalidGrantError
    receipt = standing(exchange.unit.accounts.get(code.account_id), code.epoch, code.grant_id)
    if receipt is None:
        raise InvalidGrantError
    grant = Grant(
        id=receipt.grant,
        client_id=code.client_id,
        account_id=receipt.account,
        epoch=receipt.epoch,
        session_id=code.session_id,
        sub=code.sub,
        sid=code.sid,
        scope=" ".join(asked.scopes),
        offline=OFFLINE_ACCESS in asked.scopes,
        auth_time=code.auth_time,
        amr=code.amr,
        acr=code.acr,
        created_at=exchange.now,
        expires_at=grant_expiry(exchange.client, exchange.now),
        claims=asked.claims,
        resource=" ".join(asked.resource) or None,
    )
    exchange.unit.grants.open(grant)
    exchange.unit.audit.add(AuditEvent(Tag.TOKENS_ISSUED, account=receipt.account, client=code.client_id))
    return Ready(receipt, grant, nonce=asked.nonce, resource=resource)


class VerifiedChallenge:
    """PKCE as an extension: the verifier of the S256 challenge, whenever there was one, and never without one."""

    def __call__(self, grant: Any) -> None:
        """Register with a grant."""
        grant.register_hook("after_validate_token_request", self.verify)

    def verify(self, grant: Any, _result: object) -> None:
        """Check the verifier (RFC 7636 4.6; RFC 9700 4.8.2 against downgrade). Raises ``InvalidGrantError``."""
        challenge = grant.request.authorization_code.request.code_challenge
        verifier = grant.request.form.get("code_verifier")
        if challenge is None and verifier is None and not current().client.is_public:
            return
        if challenge is None or verifier is None or not _VERIFIER.match(verifier):
            raise InvalidGrantError
        if not hmac.compare_digest(s256(verifier), challenge):
            raise InvalidGrantError


def s256(verifier: str) -> str:
    """Return the challenge of a verifier (RFC 7636 4.2)."""
    return encoded(hashlib.sha256(verifier.encode("ascii")).digest())


def _replayed(exchange: Exchange, code: Code) -> None:
    exchange.unit.grants.revoke(code.grant_id, exchange.now)
    exchange.unit.audit.add(AuditEvent(Tag.CODE_REPLAYED, account=code.account_id, client=code.client_id))
