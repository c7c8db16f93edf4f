"""Client assertions: a JWT in place of a secret (RFC 7523 3, OpenID Connect Core 9), judged claim by claim.

``private_key_jwt`` is signed by a key of the client's, ``client_secret_jwt`` by a secret that both know. Reading and
judging need the client and may need its keys from another machine (*ask*); that an assertion counts once is settled
in the unit of work that uses it (``client_auth.authenticate``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from idp.kernel.clock import HOUR, SECOND, Instant, seconds
from idp.kernel.errors import IdpError
from idp.kernel.ids import digest
from idp.kernel.strict import Malformed
from idp.oidc.client_keys import ClientKeys, KeysUnknown
from idp.oidc.clients import CLIENT_ALGORITHMS, PRIVATE_KEY_JWT, SECRET_JWT, Client
from idp.oidc.signed import SKEW, SYMMETRIC, Signed, check_times, read_signed

TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
METHODS: Final = (SECRET_JWT, PRIVATE_KEY_JWT)
LONGEST_LIFE: Final = HOUR
"""How far ahead ``exp`` may be. Each assertion is remembered until then, and one that was stolen unused is good for as
long: a time without a bound would be a password. An hour is what Authlib's clients take and cannot shorten; others
take a minute or five."""
_TYPES: Final = frozenset({"jwt", "client-authentication+jwt"})
_LONGEST_JTI: Final = 256
_MOST_AUDIENCES: Final = 10


class AssertionRefused(IdpError):
    """An assertion authenticates nobody. ``str()`` is the reason for the log, and holds nothing of the assertion."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An assertion that is right for this client *as it was read*; ``jti`` is a digest, not used up yet."""

    client: Client
    jti: str
    forget_at: Instant


def named_client(assertion: str) -> str:
    """Return the id of the client that an assertion says it is of; nothing is judged. Raises ``AssertionRefused``."""
    return _text(_read(assertion, (*CLIENT_ALGORITHMS, SYMMETRIC)).claims, "sub")


async def judge(
    assertion: str, client: Client, secret: str | None, keys: ClientKeys, audiences: frozenset[str], now: Instant
) -> Judged:
    """Return the assertion as judged. Raises ``AssertionRefused``.

    ``secret`` is the client's, readable, for ``client_secret_jwt`` alone; ``audiences`` are what we call ourselves.
    """
    method = client.metadata.token_endpoint_auth_method
    token = _read(assertion, _algorithms(client))
    forget_at = _check(token.claims, client.id, audiences, now)
    try:
        if method == PRIVATE_KEY_JWT:
            right = await keys.signed(token, client.metadata)
        else:
            right = secret is not None and token.is_signed_with(secret)
    except KeysUnknown as error:
        raise AssertionRefused(str(error)) from error
    if not right:
        raise AssertionRefused("the assertion is signed by no key of this client")
    return Judged(client, digest(_text(token.claims, "jti")), forget_at)


def _algorithms(client: Client) -> tuple[str, ...]:
    """Return the algorithms that this client may sign with: the one it registered, else any of its method."""
    metadata = client.metadata
    allowed = {PRIVATE_KEY_JWT: CLIENT_ALGORITHMS, SECRET_JWT: (SYMMETRIC,)}.get(
        metadata.token_endpoint_auth_method, ()
    )
    chosen = metadata.token_endpoint_auth_signing_alg
    return allowed if chosen is None else tuple(name for name in allowed if name == chosen)


def _read(assertion: str, algorithms: tuple[str, ...]) -> Signed:
    try:
        return read_signed(assertion, algorithms, _TYPES)
    except Malformed as error:
        raise AssertionRefused(f"the assertion {error}") from None


def _check(claims: Mapping[str, Any], client_id: str, audiences: frozenset[str], now: Instant) -> Instant:
    """Check the claims (RFC 7523 3); return when the assertion may be forgotten."""
    if (claims.get("iss"), claims.get("sub")) != (client_id, client_id):
        raise AssertionRefused("the assertion is of another client: iss and sub must be its client_id")
    _check_audience(claims.get("aud"), audiences)
    if not 0 < len(_text(claims, "jti")) <= _LONGEST_JTI:
        raise AssertionRefused("the assertion's jti is empty or too long")
    try:
        expires = check_times(claims, now)
    except Malformed as error:
        raise AssertionRefused(f"the assertion {error}") from None
    if expires is None:
        raise AssertionRefused("the assertion has no exp")
    if expires > seconds(now + LONGEST_LIFE + SKEW):
        raise AssertionRefused(f"the assertion lives longer than {seconds(LONGEST_LIFE)} s: exp")
    return (expires + 1) * SECOND + SKEW


def _check_audience(told: object, audiences: frozenset[str]) -> None:
    """Every audience must be us: whoever else an assertion is for could present it here (RFC 7523 3, audience
    injection). The issuer is the best one."""
    listed = [told] if isinstance(told, str) else told
    if not isinstance(listed, list) or not 0 < len(listed) <= _MOST_AUDIENCES:
        raise AssertionRefused("the assertion has no audience: aud")
    if not all(isinstance(each, str) and each in audiences for each in listed):
        raise AssertionRefused("the assertion is for somebody else: aud must be the issuer or the endpoint")


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str):
        raise AssertionRefused(f"the assertion's {name} is no text")
    return value
