"""The two signed texts: the ID token and userinfo, as they should be."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from joserfc import jwe
from joserfc.jwe import JWERegistry
from joserfc.jwk import RSAKey

from idp.demo.franceconnect import identity
from idp.demo.franceconnect.compact import compact, signature
from idp.demo.franceconnect.state import TOKEN_S, Grant, Mock
from idp.demo.franceconnect.tampering import Draft, tamper

Claims = dict[str, Any]
AMR: Final = ["fc", "pwd"]


def id_token_claims(mock: Mock, grant: Grant) -> Claims:
    """Eight technical members, nine with `amr`; nothing about the person."""
    now = mock.now()
    return {
        "sub": subject(mock, grant),
        "acr": grant.acr,
        "auth_time": grant.auth_time,
        "nonce": grant.nonce,
        "aud": grant.client.client_id,
        "exp": now + TOKEN_S,
        "iat": now,
        "iss": mock.issuer,
        **({"amr": AMR} if grant.wants_amr else {}),
    }


def userinfo_claims(mock: Mock, grant: Grant) -> Claims:
    """What the scopes opened, and five technical members; it ends with its access token."""
    return {
        **identity.claims(grant.citizen, grant.scopes, mock.level),
        "sub": subject(mock, grant),
        "aud": grant.client.client_id,
        "exp": grant.token_until,
        "iat": mock.now(),
        "iss": mock.issuer,
    }


def subject(mock: Mock, grant: Grant) -> str:
    """The `sub` of this grant."""
    return identity.subject(grant.citizen, grant.client.entity_id, mock.salt())


_CLAIMS: Final[Mapping[str, Callable[[Mock, Grant], Claims]]] = {
    "id_token": id_token_claims,
    "userinfo_token": userinfo_claims,
}
_OTHER: Final = {"id_token": "userinfo_token", "userinfo_token": "id_token"}


def issue(mock: Mock, grant: Grant, kind: str) -> tuple[str, str]:
    """The text of an `id_token` or `userinfo_token` and its media type: altered when a fault waits for it."""
    fault = mock.faults.take(kind)
    if fault is not None and fault.get("shape") == "swap":
        kind = _OTHER[kind]
    algorithm = grant.client.algorithm
    draft = Draft({"alg": algorithm, "kid": mock.keys.kids[algorithm]}, _CLAIMS[kind](mock, grant))
    if fault is not None:
        return tamper(mock, grant, draft, fault, lambda text: _sealed(mock, grant, text))
    signed = compact(draft.header, draft.claims, lambda text: signature(algorithm, mock.keys.of(algorithm), text))
    return _sealed(mock, grant, signed), "application/jwt"


def _sealed(mock: Mock, grant: Grant, signed: str) -> str:
    """Encrypted to the client's key, at FranceConnect+; as it is, otherwise."""
    if grant.encrypt_to is None:
        return signed
    key = grant.encrypt_to
    header = {
        "alg": "RSA-OAEP-256" if isinstance(key, RSAKey) else "ECDH-ES",
        "enc": "A256GCM",
        "cty": "JWT",
        "iss": mock.issuer,
        "aud": grant.client.client_id,
        **({"kid": key.kid} if key.kid else {}),
    }
    registry = JWERegistry(algorithms=["RSA-OAEP-256", "ECDH-ES", "A256GCM"], strict_check_header=False)
    return jwe.encrypt_compact(header, signed.encode(), key, registry=registry)
