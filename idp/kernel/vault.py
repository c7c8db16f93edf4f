"""The NIR at rest: a keyed digest for look-up, an encrypted value for the fund's own use (law 3).

Look-up digests carry the version of their key, so that the pepper can rotate; the vault uses AES-256-GCM.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


@dataclass(frozen=True, slots=True)
class Lookup:
    """One digest to look a value up by."""

    purpose: str
    key_version: int
    digest: str


class Pepper:
    """Keyed look-up digests; the newest key version writes, every version reads."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        self._keys = dict(keys)
        self.version = max(keys)

    def lookups(self, purpose: str, value: str) -> tuple[Lookup, ...]:
        """Return the digests of ``value`` under every key version, newest first."""
        return tuple(self._lookup(purpose, value, version) for version in sorted(self._keys, reverse=True))

    def lookup(self, purpose: str, value: str) -> Lookup:
        """Return the digest under the newest key version, the one new rows carry."""
        return self._lookup(purpose, value, self.version)

    def _lookup(self, purpose: str, value: str, version: int) -> Lookup:
        mac = hmac.digest(self._keys[version], f"{purpose}\x00{value}".encode(), "sha256")
        return Lookup(purpose, version, mac.hex())


class Vault:
    """Encrypts small values; the result names its key version in its first byte."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        self._ciphers = {version: AESGCM(key) for version, key in keys.items()}
        self._version = max(keys)

    def seal(self, value: str, bound_to: str) -> bytes:
        """Return ``value`` encrypted and bound to a context (a member's id): it opens nowhere else."""
        nonce = secrets.token_bytes(12)
        sealed = self._ciphers[self._version].encrypt(nonce, value.encode(), bound_to.encode())
        return bytes([self._version]) + nonce + sealed

    def open(self, sealed: bytes, bound_to: str) -> str:
        """Return the value. Raises ``cryptography.exceptions.InvalidTag`` when altered or bound elsewhere."""
        cipher = self._ciphers[sealed[0]]
        return cipher.decrypt(sealed[1:13], sealed[13:], bound_to.encode()).decode()
