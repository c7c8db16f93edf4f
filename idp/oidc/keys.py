"""The signing keys: imported once, published whole, the current one signs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from idp.kernel.clock import Instant
from idp.kernel.keyring import SIGNING, KeyFile, KeyPurpose, RingEntry, current

_PURPOSES: Final = {"RS256": KeyPurpose.SIGN_RS256, "ES256": KeyPurpose.SIGN_ES256}
_ALGORITHMS: Final = {purpose: algorithm for algorithm, purpose in _PURPOSES.items()}
ENCRYPTED_BY: Final = "ECDH-ES"
"""How tokens meant for us are encrypted (RFC 7518 4.6)."""
_LONGEST_HINT = 8192
_HEADER: Final = frozenset({"alg", "kid", "typ"})
"""What our own headers hold; anything else (``crit``) was written by somebody else."""

Key = RSAKey | ECKey


class SigningKeys:
    """The keys of this node over the ring of all nodes. Raises ``LookupError`` when no signing key is in the ring."""

    def __init__(self, files: Iterable[KeyFile], entries: tuple[RingEntry, ...]) -> None:
        self._entries = tuple(entry for entry in entries if entry.purpose in SIGNING)
        if not self._entries:
            raise LookupError("the key ring holds no signing key")
        self._files = {file.kid: file for file in files if file.purpose in SIGNING}
        self._private: dict[str, Key] = {}
        jwks = [json.loads(entry.public_jwk) for entry in self._entries if entry.public_jwk]
        self._public: dict[str, Key] = {jwk["kid"]: _public_key(jwk) for jwk in jwks}
        self._algorithm_of = {entry.kid: _ALGORITHMS[entry.purpose] for entry in self._entries}
        self._jwks = json.dumps({"keys": jwks}, separators=(",", ":")).encode()

    def jwks_bytes(self) -> bytes:
        """Return the JWK set (RFC 7517): every key of the ring, public members only."""
        return self._jwks

    def sign(self, claims: Mapping[str, Any], algorithm: str, now: Instant) -> str:
        """Return a JWT signed by the key current at ``now``. Raises ``LookupError`` when this node lacks it."""
        entry = current(self._entries, _PURPOSES[algorithm], now)
        header = {"alg": algorithm, "kid": entry.kid}
        return jwt.encode(header, dict(claims), self._private_key(entry.kid), [algorithm])

    def _private_key(self, kid: str) -> Key:
        """Import a key once, when it signs first: an RSA key costs 30 ms, and a start does not need it."""
        if kid not in self._private:
            self._private[kid] = _import(self._files[kid])
        return self._private[kid]

    def verify_own(self, token: str) -> dict[str, Any] | None:
        """Return the claims of a JWT we signed, however old, or None (OpenID Connect RP-Initiated Logout 2)."""
        if len(token) > _LONGEST_HINT:
            return None
        try:
            header = jws.extract_compact(token.encode("ascii")).headers()
            kid = header.get("kid")
            key = self._public.get(kid) if isinstance(kid, str) else None
            if key is None or not _HEADER.issuperset(header):
                return None
            return dict(jwt.decode(token, key, [self._algorithm_of[str(kid)]]).claims)
        except (JoseError, ValueError):
            return None


def public_jwk(file: KeyFile) -> str:
    """Return the public JWK of a key file as JSON text, for the ring and the JWK set."""
    key = _import(file)
    signs = file.purpose in SIGNING
    use, alg = ("sig", _ALGORITHMS[file.purpose]) if signs else ("enc", ENCRYPTED_BY)
    jwk = key.as_dict(private=False, kid=file.kid, use=use, alg=alg)
    return json.dumps(jwk, separators=(",", ":"), sort_keys=True)


def new_pem(purpose: KeyPurpose) -> bytes:
    """Make a new private key: RSA of 2048 bits for RS256, else P-256."""
    key: Key = RSAKey.generate_key(2048) if purpose is KeyPurpose.SIGN_RS256 else ECKey.generate_key("P-256")
    return key.as_pem(private=True)


def _import(file: KeyFile) -> Key:
    if file.purpose is KeyPurpose.SIGN_RS256:
        return RSAKey.import_key(file.material)
    return ECKey.import_key(file.material)


def _public_key(jwk: dict[str, Any]) -> Key:
    return RSAKey.import_key(jwk) if jwk["kty"] == "RSA" else ECKey.import_key(jwk)
