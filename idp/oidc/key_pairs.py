"""Key pairs as they are written: made as PEM for a file, told in public as a JWK (RFC 7517), read again from both."""

from __future__ import annotations

import json
from typing import Any, Final

from joserfc.jwk import ECKey, RSAKey

from idp.kernel.keyring import SIGNING, KeyFile, KeyPurpose

ALGORITHM_OF: Final = {KeyPurpose.SIGN_RS256: "RS256", KeyPurpose.SIGN_ES256: "ES256"}
ENCRYPTED_BY: Final = "ECDH-ES"
"""How tokens meant for us are encrypted (RFC 7518 4.6)."""

Key = RSAKey | ECKey


def public_jwk(file: KeyFile) -> str:
    """Return the public JWK of a key file as JSON text, for the ring and the JWK set."""
    key = read_private(file)
    signs = file.purpose in SIGNING
    use, alg = ("sig", ALGORITHM_OF[file.purpose]) if signs else ("enc", ENCRYPTED_BY)
    jwk = key.as_dict(private=False, kid=file.kid, use=use, alg=alg)
    return json.dumps(jwk, separators=(",", ":"), sort_keys=True)


def new_pem(purpose: KeyPurpose) -> bytes:
    """Make a new private key: RSA of 2048 bits for RS256, else P-256."""
    key: Key = RSAKey.generate_key(2048) if purpose is KeyPurpose.SIGN_RS256 else ECKey.generate_key("P-256")
    return key.as_pem(private=True)


def read_private(file: KeyFile) -> Key:
    """Import the pair of a file, which costs 30 ms for RSA."""
    if file.purpose is KeyPurpose.SIGN_RS256:
        return RSAKey.import_key(file.material)
    return ECKey.import_key(file.material)


def read_public(jwk: dict[str, Any]) -> Key:
    """Import the public half."""
    return RSAKey.import_key(jwk) if jwk["kty"] == "RSA" else ECKey.import_key(jwk)
