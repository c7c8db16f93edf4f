"""Signing keys for tests: ES256, which costs little, made once in a process; the rows that enter them into the ring."""

from __future__ import annotations

import json
from functools import cache

from joserfc import jws

from idp.kernel.clock import Instant
from idp.kernel.keyring import KeyFile, KeyPurpose, RingEntry
from idp.oidc.key_pairs import new_pem, public_jwk
from idp.oidc.keys import SigningKeys

PURPOSE = KeyPurpose.SIGN_ES256


@cache
def key_file(version: int) -> KeyFile:
    return KeyFile(f"key-{version}", PURPOSE, version, new_pem(PURPOSE))


@cache
def _jwk(version: int) -> str:
    return public_jwk(key_file(version))


def row(version: int, created_at: Instant) -> RingEntry:
    file = key_file(version)
    return RingEntry(file.kid, PURPOSE, version, file.fingerprint, _jwk(version), created_at)


def kid_of(token: str) -> str:
    return str(jws.extract_compact(token.encode()).headers()["kid"])


def published(keys: SigningKeys, now: Instant) -> set[str]:
    return {jwk["kid"] for jwk in json.loads(keys.jwks_bytes(now))["keys"]}
