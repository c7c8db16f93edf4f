"""Which key is in use: a signing key once every portal may have fetched it, a secret at once."""

from __future__ import annotations

import pytest

from idp.kernel.clock import MINUTE, SECOND
from idp.kernel.keyring import JWKS_CACHE, KeyFile, KeyPurpose, RingEntry, current

NOW = 1_800_000_000 * SECOND
SIGN, SECRET = KeyPurpose.SIGN_RS256, KeyPurpose.TICKETS


def entry(version: int, age: int, purpose: KeyPurpose = SIGN) -> RingEntry:
    return RingEntry(f"{purpose}-{version}", purpose, version, "f", None, NOW - age)


@pytest.mark.parametrize(
    ("purpose", "ages", "version"),
    [
        (SIGN, [0], 1),
        (SIGN, [90 * MINUTE, 0], 1),
        (SIGN, [90 * MINUTE, JWKS_CACHE - SECOND], 1),
        (SIGN, [90 * MINUTE, JWKS_CACHE], 2),
        (SIGN, [90 * MINUTE, 60 * MINUTE, 0], 2),
        (SIGN, [SECOND, 0], 1),
        (SECRET, [0], 1),
        (SECRET, [90 * MINUTE, 0], 2),
    ],
    ids=["first", "too new", "nearly", "old enough", "third too new", "two at once", "secret", "secret at once"],
)
def test_the_newest_that_may_be_used_is_in_use(purpose: KeyPurpose, ages: list[int], version: int) -> None:
    entries = tuple(entry(number, age, purpose) for number, age in enumerate(ages, 1))
    assert current(entries, purpose, NOW).version == version
    assert current(entries[::-1], purpose, NOW).version == version, "the order of the rows decides nothing"


def test_a_purpose_without_a_key_is_an_error() -> None:
    with pytest.raises(LookupError, match="vault"):
        current((entry(1, 0),), KeyPurpose.VAULT, NOW)


def test_the_fingerprint_tells_a_differing_file_and_no_key() -> None:
    one, other = KeyFile("k", SECRET, 1, b"a" * 32), KeyFile("k", SECRET, 1, b"b" * 32)
    assert one.fingerprint != other.fingerprint
    assert one.material.hex() not in one.fingerprint
