"""The mock's own keys: two that it publishes, and a stray one that it never does."""

import hashlib
from functools import cached_property
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey, RSAKey

Key = ECKey | RSAKey
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""How many points P-256 has: a private key is a number below it."""


class Keys:
    """One generation of keys. With a seed the EC keys are the same in every run; RSA keys never are.

    Key ids look like those of a hardware store, colons included.
    """

    def __init__(self, seed: int | None, generation: int = 0) -> None:
        self.generation = generation
        self._seed = seed
        tail = f"-{generation + 1}" if generation else ""
        self.kids = {alg: f"pkcs11:{alg}:hsm{tail}" for alg in ("ES256", "RS256")}

    @cached_property
    def ec(self) -> ECKey:
        """The ES256 key."""
        return self._ec("published")

    @cached_property
    def stray(self) -> ECKey:
        """An EC key that nobody is told about."""
        return self._ec("stray")

    @cached_property
    def rsa(self) -> RSAKey:
        """The RS256 key."""
        return RSAKey.generate_key(2048)

    @cached_property
    def stray_rsa(self) -> RSAKey:
        """An RSA key that nobody is told about."""
        return RSAKey.generate_key(2048)

    def of(self, algorithm: str) -> Key:
        """The published key of one algorithm."""
        return self.ec if algorithm == "ES256" else self.rsa

    def jwks(self, private: bool = False) -> list[dict[str, Any]]:
        """Both keys as JWKs."""
        return [
            {**self.of(alg).as_dict(private=private), "kid": self.kids[alg], "alg": alg, "use": "sig"}
            for alg in ("ES256", "RS256")
        ]

    def _ec(self, purpose: str) -> ECKey:
        if self._seed is None:
            return ECKey.generate_key("P-256")
        text = f"{self._seed}:{self.generation}:{purpose}"
        number = int.from_bytes(hashlib.sha512(text.encode()).digest()) % (_ORDER - 1) + 1
        key = ec.derive_private_key(number, ec.SECP256R1())
        return ECKey.import_key(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
